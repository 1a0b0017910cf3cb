/**
 * The newest bytes of one side of a connection with the packets that brought them: frames are told behind their last byte, and
 * whoever explains one wants its bytes then.
 */
import type { OffsetMap } from "../bytes/offset-map.js";
import type { MemoryBudget } from "../grpc/growing-buffer.js";

/** Bytes of one packet that followed each other in the stream. */
export interface Segment {
  /** null: the bytes came from no capture. */
  readonly packet: number | null;
  /** Byte of the packet at which they begin; NaN where it is not known. */
  readonly origin: number;
  /** Their offset in the side's stream. */
  readonly at: number;
  readonly length: number;
  readonly timeNs: number;
}

/** Stream bytes [at, at + length), of one segment. */
export interface Piece {
  readonly at: number;
  readonly length: number;
  readonly segment: Segment;
  /** Owned; null: they were seen, and a limit kept them out. */
  readonly bytes: Uint8Array | null;
}

/** The largest frame that there can be (RFC 9113 §4.1: a length of 24 bits), and as much as is held to find a connection's first. */
const MAX_BYTES = 2 ** 24 + 9 + 65_536;

export class ByteLog {
  private pieces: Piece[] = [];
  private first = 0;
  private heldBytes = 0;

  constructor(private readonly budget: MemoryBudget) {}

  push(buf: Uint8Array, start: number, end: number, at: number, timeNs: number, map: OffsetMap | null): void {
    if (map === null) {
      const segment = { packet: null, origin: Number.NaN, at, length: end - start, timeNs };
      this.add(segment, buf, start, end);
      return;
    }
    map.pieces(at, at + end - start, (pieceAt, length, packet, origin) => {
      const from = start + pieceAt - at;
      this.add({ packet, origin, at: pieceAt, length, timeNs }, buf, from, from + length);
    });
  }

  private add(segment: Segment, buf: Uint8Array, start: number, end: number): void {
    const { at, length } = segment;
    const isKept = this.budget.take(length);
    if (isKept) this.heldBytes += length;
    this.pieces.push({ at, length, segment, bytes: isKept ? buf.slice(start, end) : null });
    while (this.heldBytes > MAX_BYTES) this.dropFirst();
  }

  /** What is there of stream bytes [from, to). Bytes that were lost are in no piece. Borrows the log's bytes. */
  between(from: number, to: number): Piece[] {
    const found: Piece[] = [];
    for (let i = this.first; i < this.pieces.length; i++) {
      const piece = this.pieces[i];
      if (piece.at >= to) break;
      const part = clip(piece, from, to);
      if (part !== null) found.push(part);
    }
    return found;
  }

  /** Nobody will ask for bytes before `at` any more. */
  forgetBefore(at: number): void {
    while (this.first < this.pieces.length && this.pieces[this.first].at + this.pieces[this.first].length <= at)
      this.dropFirst();
    if (this.first > 64 && this.first * 2 > this.pieces.length) {
      this.pieces = this.pieces.slice(this.first);
      this.first = 0;
    }
  }

  clear(): void {
    this.forgetBefore(Number.POSITIVE_INFINITY);
    this.pieces = [];
    this.first = 0;
  }

  private dropFirst(): void {
    const { bytes } = this.pieces[this.first++];
    if (bytes === null) return;
    this.budget.give(bytes.length);
    this.heldBytes -= bytes.length;
  }
}

/** The part of a piece that lies in stream bytes [from, to); null: there is none. */
export function clip(piece: Piece, from: number, to: number): Piece | null {
  const { at, length, segment, bytes } = piece;
  const start = Math.max(at, from);
  const end = Math.min(at + length, to);
  if (end <= start) return null;
  if (start === at && end === at + length) return piece;
  return { at: start, length: end - start, segment, bytes: bytes?.subarray(start - at, end - at) ?? null };
}

/** Byte of its packet at which a piece begins; null where it is not known. */
export function packetOffset({ at, segment }: Piece): number | null {
  return Number.isNaN(segment.origin) ? null : segment.origin + at - segment.at;
}
