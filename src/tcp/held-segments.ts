/** Segments that came ahead of a hole, as copies: in order, without overlap; the first bytes seen for a place stay. */
import type { SegmentView } from "../packet/segment-view.js";

/** Bytes [at, end) of the stream; `bytes` is the captured part, shorter when a snapshot length cut the packet. */
export interface HeldSegment {
  readonly at: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  readonly packet: number;
  /** Byte of the packet that `bytes[0]` is. */
  readonly origin: number;
  readonly timeNs: number;
}

/** What a held segment costs beside its bytes: the objects that keep it, so that a flood of tiny ones is bounded too. */
export const HELD_SEGMENT_BYTES = 256;

export class HeldSegments {
  readonly list: HeldSegment[] = [];
  /** Of all segments, overhead included. */
  cost = 0;

  /** Puts a segment at its place, next to the others without overlap. */
  add(segment: HeldSegment): void {
    const { list } = this;
    let i = list.length;
    while (i > 0 && list[i - 1].at > segment.at) i--;
    if (i === list.length) list.push(segment);
    else list.splice(i, 0, segment);
    this.cost += segment.bytes.length + HELD_SEGMENT_BYTES;
  }

  /** Index of the first segment that ends behind `at`; the list's length when none does. */
  findEndingBehind(at: number): number {
    const { list } = this;
    let i = list.length;
    while (i > 0 && list[i - 1].end > at) i--;
    return i;
  }

  removeFirst(count: number): void {
    for (let i = 0; i < count; i++) this.cost -= this.list[i].bytes.length + HELD_SEGMENT_BYTES;
    this.list.splice(0, count);
  }
}

/** Bytes [from, end) of the stream, out of a segment that begins at `at`; what is captured of them. */
export function copyOf(segment: SegmentView, at: number, from: number, end: number): HeldSegment {
  const start = Math.min(segment.payloadStart + (from - at), segment.payloadEnd);
  const stop = Math.min(segment.payloadStart + (end - at), segment.payloadEnd);
  return {
    at: from,
    end,
    bytes: segment.buf.slice(start, stop),
    packet: segment.packet,
    origin: start + segment.packetOrigin,
    timeNs: segment.timeNs,
  };
}

/** Whether stream bytes [from, to) are the same in both; `at`: where the segment begins. */
export function isEqual(held: HeldSegment, segment: SegmentView, at: number, from: number, to: number): boolean {
  const inHeld = -held.at;
  const inSegment = segment.payloadStart - at;
  for (let i = from; i < to; i++) if (held.bytes[i + inHeld] !== segment.buf[i + inSegment]) return false;
  return true;
}
