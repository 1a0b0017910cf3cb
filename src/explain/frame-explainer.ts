/** The frames of one side of a stream → items. */
import { append } from "../bytes/append.js";
import { CLIENT } from "../bytes/byte-stream-sink.js";
import {
  CONTINUATION,
  DATA,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FRAME_HEADER_LENGTH,
  HEADERS,
} from "../http2/frame-type.js";
import { fragmentOf } from "./body-pieces.js";
import { carriesFragment, headerParts, PADDING, payloadParts, prefixParts, unread } from "./frame-parts.js";
import { representationParts } from "./header-parts.js";
import { type ItemSource, Pending } from "./item-source.js";
import { addRange, lengthOf, RangeCursor, type SideBytes } from "./side-bytes.js";
import type { Item } from "./span.js";
import type { KeptFrame, KeptRepresentation } from "./stream-log.js";

export class FrameExplainer {
  /** Header blocks so far. */
  private blocks = 0;
  private block = new Pending([][Symbol.iterator]());

  /** `body`: the items of the DATA. */
  constructor(
    private readonly frames: readonly KeptFrame[],
    private readonly bytes: SideBytes,
    private readonly source: ItemSource,
    private readonly body: Pending,
    private readonly merged: readonly string[] | null,
  ) {}

  *explain(frame: KeptFrame): Generator<Item> {
    const { at, end, type } = frame;
    const { source } = this;
    yield* source.sized(headerParts(frame, this.meaning(frame)), at, at + FRAME_HEADER_LENGTH);
    if (!carriesFragment(type)) {
      yield* source.sized(payloadParts(frame), at + FRAME_HEADER_LENGTH, end);
      return;
    }
    const [from, to] = fragmentOf(frame);
    const padStart = Math.max(from, end - (frame.padLength ?? 0));
    yield* source.sized(prefixParts(frame), at + FRAME_HEADER_LENGTH, from);
    if (type !== DATA && type !== CONTINUATION) this.block = new Pending(this.blockItems(frame));
    yield* source.pull(type === DATA ? this.body : this.block, from, to);
    yield* source.fill(to, padStart, unread("not read: the call was over"));
    yield* source.fill(padStart, end, PADDING);
  }

  /** What a frame's payload is to the call (PROTOCOL-HTTP2, Request and Response). */
  private meaning({ side, type, flags }: KeptFrame): string {
    if (type === CONTINUATION) return "the header block goes on";
    if (type !== HEADERS) return "";
    const isFirst = this.blocks++ === 0;
    const ends = (flags & FLAG_END_STREAM) !== 0;
    if (side === CLIENT) return isFirst ? "request headers" : "request trailers";
    if (!ends) return "response headers";
    return isFirst ? "trailers only" : "trailers";
  }

  /** The representations of the block that `first` begins. */
  private *blockItems(first: KeptFrame): Generator<Item> {
    const ranges: number[] = [];
    const representations: KeptRepresentation[] = [];
    for (let i = this.frames.indexOf(first); i < this.frames.length; i++) {
      const frame = this.frames[i];
      if (frame !== first && frame.type !== CONTINUATION) break;
      addRange(ranges, ...fragmentOf(frame));
      append(representations, frame.representations);
      if ((frame.flags & FLAG_END_HEADERS) !== 0) break;
    }
    const bytes = this.bytes.gather(ranges);
    const total = lengthOf(ranges);
    const cursor = new RangeCursor(ranges);
    let at = 0;
    for (const representation of representations) {
      for (const { start, end, part } of representationParts(representation, bytes, this.merged)) {
        if (start < at || end > total) continue;
        cursor.take(start - at);
        yield* this.bytes.spans(cursor.take(end - start), part);
        at = end;
      }
    }
  }
}
