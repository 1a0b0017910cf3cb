/**
 * Provenance: which packet, and which byte of it, carried a byte of an ordered stream.
 *
 * A piecewise-linear map: piece i covers stream offsets [start(i), start(i + 1)) and maps offset x to byte
 * `origin(i) + (x - start(i))` of packet `packet(i)`. Nothing is stored per message or per field: whoever wants to know asks
 * with a range. The map is a window: at `maxPieces` the oldest half is forgotten. It takes no memory before the first piece.
 */
export class OffsetMap {
  /** FIELDS numbers for each piece, in one array: start, packet, origin. A map is made for each side of each connection. */
  private fields = EMPTY;
  private count = 0;
  /** Stream offset just behind the newest piece. */
  private limit = 0;

  constructor(private readonly maxPieces = 16_384) {}

  /** Bytes [at, at + length) of the stream stand in packet number `packet` from its byte `origin` on (NaN: not known). `at` never decreases. */
  append(at: number, length: number, packet: number, origin: number): void {
    if (this.count * FIELDS === this.fields.length) this.makeRoom();
    const field = this.count++ * FIELDS;
    this.fields[field] = at;
    this.fields[field + PACKET] = packet;
    this.fields[field + ORIGIN] = origin;
    this.limit = at + length;
  }

  /** The numbers of the packets that carry stream bytes [from, to), each once, in stream order. */
  packets(from: number, to: number): number[] {
    if (this.count === 0 || from >= this.limit) return [];
    const first = this.find(from);
    const numbers = this.start(first) < to ? [this.fields[first * FIELDS + PACKET]] : [];
    if (first + 1 < this.count && this.start(first + 1) < to) this.addPackets(from, to, numbers);
    return numbers;
  }

  /** Adds to `numbers` those packets that carry [from, to) and are not in it already. Cheap at the stream's end. */
  addPackets(from: number, to: number, numbers: number[]): void {
    if (this.count === 0 || from >= this.limit) return;
    for (let i = this.find(from); i < this.count && this.start(i) < to; i++) {
      const number = this.fields[i * FIELDS + PACKET];
      // What else a packet carried of the same range, before or behind a late one, stands near.
      if (!numbers.includes(number, Math.max(0, numbers.length - NEAR))) numbers.push(number);
    }
  }

  /** Cuts [from, to) into the parts that lie in one packet each; `visit` gets stream offset, length, packet and byte in it. */
  pieces(from: number, to: number, visit: (at: number, length: number, packet: number, origin: number) => void): void {
    if (this.count === 0) return;
    const fields = this.fields;
    for (let i = this.find(from); i < this.count && this.start(i) < to; i++) {
      const start = this.start(i);
      const pieceStart = Math.max(from, start);
      const pieceEnd = Math.min(to, i + 1 < this.count ? this.start(i + 1) : this.limit);
      if (pieceEnd <= pieceStart) continue;
      const origin = fields[i * FIELDS + ORIGIN] + pieceStart - start;
      visit(pieceStart, pieceEnd - pieceStart, fields[i * FIELDS + PACKET], origin);
    }
  }

  private start(piece: number): number {
    return this.fields[piece * FIELDS];
  }

  /** Index of the piece that covers `offset`; the first piece when it lies before all of them. Looks at the newest first. */
  private find(offset: number): number {
    let high = this.count - 1;
    if (this.start(high) <= offset) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private makeRoom(): void {
    if (this.count >= this.maxPieces) {
      const drop = this.count >> 1;
      this.fields.copyWithin(0, drop * FIELDS, this.count * FIELDS);
      this.count -= drop;
      return;
    }
    const bigger = new Float64Array(Math.max(FIRST_PIECES * FIELDS, this.fields.length * 2));
    bigger.set(this.fields);
    this.fields = bigger;
  }
}

/** A packet of 64 KiB and what the smallest usual ones of 64 bytes can put in between. */
const NEAR = 1_000;
const FIELDS = 3;
const PACKET = 1;
const ORIGIN = 2;
const FIRST_PIECES = 8;
const EMPTY = new Float64Array(0);
