/**
 * Provenance: which packet, and which byte of it, carried a byte of an ordered stream.
 *
 * A piecewise-linear map kept as parallel typed arrays: piece i covers stream offsets [start[i], start[i + 1]) and maps
 * offset x to byte `origin[i] + (x - start[i])` of packet `packet[i]`. Nothing is stored per message or per field: whoever
 * wants to know asks with a range. The map is a window: at `maxPieces` the oldest half is forgotten.
 */
export class OffsetMap {
  private start: Float64Array;
  private packet: Float64Array;
  private origin: Float64Array;
  private count = 0;
  /** Stream offset just behind the newest piece. */
  private limit = 0;

  constructor(private readonly maxPieces = 16_384) {
    this.start = new Float64Array(4);
    this.packet = new Float64Array(4);
    this.origin = new Float64Array(4);
  }

  /** Bytes [at, at + length) of the stream stand in packet number `packet` from its byte `origin` on. `at` never decreases. */
  append(at: number, length: number, packet: number, origin: number): void {
    if (this.count === this.start.length) this.makeRoom();
    const i = this.count++;
    this.start[i] = at;
    this.packet[i] = packet;
    this.origin[i] = origin;
    this.limit = at + length;
  }

  /** The numbers of the packets that carry stream bytes [from, to), each once, in stream order. */
  packets(from: number, to: number): number[] {
    const numbers: number[] = [];
    if (this.count === 0 || from >= this.limit) return numbers;
    for (let i = this.find(from); i < this.count && this.start[i] < to; i++) {
      const number = this.packet[i];
      if (numbers.length === 0 || (numbers[numbers.length - 1] !== number && !numbers.includes(number)))
        numbers.push(number);
    }
    return numbers;
  }

  /** Adds to `numbers` those packets that carry [from, to) and are not its last element already. Cheap at the stream's end. */
  addPackets(from: number, to: number, numbers: number[]): void {
    if (this.count === 0 || from >= this.limit) return;
    for (let i = this.find(from); i < this.count && this.start[i] < to; i++) {
      const number = this.packet[i];
      if (numbers[numbers.length - 1] !== number && !numbers.includes(number)) numbers.push(number);
    }
  }

  /** Cuts [from, to) into the parts that lie in one packet each; `visit` gets stream offset, length, packet and byte in it. */
  pieces(from: number, to: number, visit: (at: number, length: number, packet: number, origin: number) => void): void {
    if (this.count === 0) return;
    for (let i = this.find(from); i < this.count && this.start[i] < to; i++) {
      const pieceStart = Math.max(from, this.start[i]);
      const pieceEnd = Math.min(to, i + 1 < this.count ? this.start[i + 1] : this.limit);
      if (pieceEnd > pieceStart)
        visit(pieceStart, pieceEnd - pieceStart, this.packet[i], this.origin[i] + pieceStart - this.start[i]);
    }
  }

  /** Index of the piece that covers `offset`; the first piece when it lies before all of them. Looks at the newest first. */
  private find(offset: number): number {
    const { start } = this;
    let high = this.count - 1;
    if (start[high] <= offset) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (start[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private makeRoom(): void {
    if (this.count >= this.maxPieces) {
      const drop = this.count >> 1;
      for (const array of [this.start, this.packet, this.origin]) array.copyWithin(0, drop, this.count);
      this.count -= drop;
      return;
    }
    this.start = grown(this.start);
    this.packet = grown(this.packet);
    this.origin = grown(this.origin);
  }
}

function grown(array: Float64Array): Float64Array {
  const bigger = new Float64Array(array.length * 2);
  bigger.set(array);
  return bigger;
}
