/** The bytes that one side sent on a stream: stream ranges → spans, one for each packet that they lie in. */
import type { Side } from "../bytes/byte-stream-sink.js";
import { clip, type Piece, packetOffset } from "./byte-log.js";
import type { Part, Span } from "./span.js";
import type { Stretch } from "./stream-log.js";

/** Stream offsets, in pairs: [from, to, from, to, …), ascending. */
export type Ranges = readonly number[];

export class SideBytes {
  /** `stretches`: of one side, by ascending offset. */
  constructor(
    private readonly side: Side,
    private readonly stretches: readonly Stretch[],
  ) {}

  /** What is there of stream bytes [from, to). */
  pieces(from: number, to: number): Piece[] {
    const found: Piece[] = [];
    for (let i = this.find(from); i < this.stretches.length && this.stretches[i].at < to; i++) {
      for (const piece of this.stretches[i].pieces) {
        const part = clip(piece, from, to);
        if (part !== null) found.push(part);
      }
    }
    return found;
  }

  /** Where all bytes of the ranges are kept, those; else null. */
  gather(ranges: Ranges): Uint8Array | null {
    const bytes = new Uint8Array(lengthOf(ranges));
    let length = 0;
    for (let i = 0; i < ranges.length; i += 2) {
      for (const piece of this.pieces(ranges[i], ranges[i + 1])) {
        if (piece.bytes === null) return null;
        bytes.set(piece.bytes, length);
        length += piece.length;
      }
    }
    return length === bytes.length ? bytes : null;
  }

  /** Spans of the part for all bytes of the ranges; those that are in no piece were lost. */
  spans(ranges: Ranges, part: Part): Span[] {
    const found: Omit<Span, "piece" | "pieces">[] = [];
    const { side } = this;
    for (let i = 0; i < ranges.length; i += 2) {
      let at = ranges[i];
      const lose = (to: number): void => {
        if (to > at)
          found.push({ kind: "span", part, side, at, length: to - at, segment: null, offset: null, bytes: null });
      };
      for (const piece of this.pieces(ranges[i], ranges[i + 1])) {
        lose(piece.at);
        const { length, segment, bytes } = piece;
        found.push({ kind: "span", part, side, at: piece.at, length, segment, offset: packetOffset(piece), bytes });
        at = piece.at + length;
      }
      lose(ranges[i + 1]);
    }
    return found.map((span, i) => ({ ...span, piece: i + 1, pieces: found.length }));
  }

  /** Index of the first stretch that ends behind `offset`. */
  private find(offset: number): number {
    let low = 0;
    let high = this.stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.stretches[middle].end > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

export function lengthOf(ranges: Ranges): number {
  let length = 0;
  for (let i = 0; i < ranges.length; i += 2) length += ranges[i + 1] - ranges[i];
  return length;
}

/** Takes ranges apart from the front. */
export class RangeCursor {
  private index = 0;
  private at: number;

  constructor(private readonly ranges: Ranges) {
    this.at = ranges[0] ?? 0;
  }

  /** The ranges of the next `length` bytes, or of what is left. */
  take(length: number): number[] {
    const taken: number[] = [];
    for (let left = length; left > 0 && this.index < this.ranges.length; ) {
      const end = this.ranges[this.index + 1];
      const to = Math.min(end, this.at + left);
      if (to > this.at) taken.push(this.at, to);
      left -= to - this.at;
      this.at = to;
      if (to < end) continue;
      this.index += 2;
      this.at = this.ranges[this.index] ?? 0;
    }
    return taken;
  }
}

/** Adds bytes [from, to) behind the others. */
export function addRange(ranges: number[], from: number, to: number): void {
  if (ranges.length > 0 && ranges[ranges.length - 1] === from) ranges[ranges.length - 1] = to;
  else ranges.push(from, to);
}
