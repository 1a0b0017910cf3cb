/**
 * A call and the frames of its stream → items, in the order in which the frames came: every byte of every frame stands in one
 * span and in no other. Made one after the other as somebody asks: a large call has millions.
 */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { Call } from "../call/call.js";
import {
  CONTINUATION,
  DATA,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FRAME_HEADER_LENGTH,
  HEADERS,
} from "../http2/frame-type.js";
import {
  carriesFragment,
  headerParts,
  LOST,
  PADDING,
  payloadParts,
  prefixParts,
  type SizedPart,
  unread,
} from "./frame-parts.js";
import { representationParts } from "./header-parts.js";
import { messageItems } from "./message-parts.js";
import { fragmentOf, placeMessages } from "./messages.js";
import { addRange, lengthOf, RangeCursor, type Ranges, SideBytes } from "./side-bytes.js";
import type { Item, Part, Span } from "./span.js";
import { frameEnd, type KeptFrame, type StreamLog } from "./stream-log.js";

export function* explainCall(call: Call, log: StreamLog): Generator<Item> {
  const sides = [new ExplainedSide(CLIENT, call, log), new ExplainedSide(SERVER, call, log)];
  for (const event of log.events) if (event.kind === "frame") yield* sides[event.side].frame(event);
}

/** Items to come, the next of which can be looked at. */
class Pending {
  private next: IteratorResult<Item>;

  constructor(private readonly items: Iterator<Item>) {
    this.next = items.next();
  }

  get head(): Item | null {
    return this.next.done ? null : this.next.value;
  }

  /** Puts `item` in place of the head; null takes it off. */
  replace(item: Item | null): void {
    this.next = item === null ? this.items.next() : { done: false, value: item };
  }
}

class ExplainedSide {
  private readonly frames: readonly KeptFrame[];
  private readonly bytes: SideBytes;
  private readonly data: Pending;
  /** Header blocks so far. */
  private blocks = 0;
  private block = new Pending([][Symbol.iterator]());

  constructor(
    side: Side,
    private readonly call: Call,
    log: StreamLog,
  ) {
    const events = log.events.filter((event) => event.side === side);
    this.frames = events.filter((event) => event.kind === "frame");
    this.bytes = new SideBytes(side, this.frames);
    const places = placeMessages(side, events, call.context.limits);
    this.data = new Pending(this.messages(side, places));
  }

  private *messages(side: Side, places: ReturnType<typeof placeMessages>): Generator<Item> {
    for (const place of places) yield* messageItems(this.call, this.call.half(side), place, this.bytes);
  }

  *frame(frame: KeptFrame): Generator<Item> {
    const { at, type } = frame;
    const end = frameEnd(frame);
    yield* this.sized(headerParts(frame, this.meaning(frame)), at, at + FRAME_HEADER_LENGTH);
    if (!carriesFragment(type)) {
      yield* this.sized(payloadParts(frame), at + FRAME_HEADER_LENGTH, end);
      return;
    }
    const [from, to] = fragmentOf(frame);
    const padStart = Math.max(from, end - (frame.padLength ?? 0));
    yield* this.sized(prefixParts(frame), at + FRAME_HEADER_LENGTH, from);
    if (type !== DATA && type !== CONTINUATION) this.block = new Pending(this.blockItems(frame));
    yield* this.pull(type === DATA ? this.data : this.block, from, to);
    yield* this.fill(to, padStart, unread("not read: the call was over"));
    yield* this.fill(padStart, end, PADDING);
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

  /** The parts, one behind the other from `from` on; what they leave of the bytes before `to` is not read. */
  private *sized(parts: readonly SizedPart[], from: number, to: number): Generator<Item> {
    let at = from;
    for (const [length, part] of parts) {
      const next = Math.min(to, at + length);
      yield* this.fill(at, next, part);
      at = next;
    }
    yield* this.fill(at, to, unread("not read"));
  }

  private *fill(from: number, to: number, part: Part): Generator<Item> {
    if (to > from) for (const span of this.bytes.spans([from, to], part)) yield lostOr(span);
  }

  /** The items that begin in [from, to), and whatever lies between them. */
  private *pull(pending: Pending, from: number, to: number): Generator<Item> {
    let at = from;
    for (let item = pending.head; item !== null; item = pending.head) {
      if (item.kind === "inner") {
        yield item;
        pending.replace(null);
        continue;
      }
      if (item.at >= to) break;
      yield* this.fill(at, item.at, unread("not read"));
      const next = item.at + item.length;
      // Bytes are told once, whatever two parts say.
      if (item.at >= at && next <= to) yield lostOr(item);
      else yield* this.fill(Math.max(at, item.at), Math.min(next, to), item.part);
      at = Math.max(at, Math.min(next, to));
      pending.replace(null);
    }
    yield* this.fill(at, to, unread("not read"));
  }

  /** The representations of the block that `first` begins. */
  private *blockItems(first: KeptFrame): Generator<Item> {
    const ranges: number[] = [];
    const representations = [];
    for (let i = this.frames.indexOf(first); i < this.frames.length; i++) {
      const frame = this.frames[i];
      if (frame !== first && frame.type !== CONTINUATION) break;
      addRange(ranges, ...fragmentOf(frame));
      representations.push(...frame.representations);
      if ((frame.flags & FLAG_END_HEADERS) !== 0) break;
    }
    const bytes = this.bytes.gather(ranges);
    const { merged } = this.call.context;
    const total = lengthOf(ranges);
    let at = 0;
    const cursor = new RangeCursor(ranges as Ranges);
    for (const representation of representations) {
      for (const { start, end, part } of representationParts(representation, bytes, merged)) {
        if (start < at || end > total) continue;
        cursor.take(start - at);
        yield* this.bytes.spans(cursor.take(end - start), part);
        at = end;
      }
    }
  }
}

function lostOr(span: Span): Span {
  return span.segment === null ? { ...span, part: LOST } : span;
}
