/** Segments that came ahead of a hole, as copies: in order, without overlap; the first bytes seen for a place stay. */

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
