/** Parts and items of one side → spans in the order of its bytes, each byte once: what no item tells is told as unread, or lost. */
import { LOST, type SizedPart, unread } from "./frame-parts.js";
import type { SideBytes } from "./side-bytes.js";
import type { Item, Part, Span } from "./span.js";

/** Items to come, the next of which can be looked at. */
export class Pending {
  private next: IteratorResult<Item>;

  constructor(private readonly items: Iterator<Item>) {
    this.next = items.next();
  }

  get head(): Item | null {
    return this.next.done ? null : this.next.value;
  }

  advance(): void {
    this.next = this.items.next();
  }
}

export class ItemSource {
  constructor(private readonly bytes: SideBytes) {}

  /** The parts, one behind the other from `from` on; what they leave of the bytes before `to` is not read. */
  *sized(parts: readonly SizedPart[], from: number, to: number): Generator<Item> {
    let at = from;
    for (const [length, part] of parts) {
      const next = Math.min(to, at + length);
      yield* this.fill(at, next, part);
      at = next;
    }
    yield* this.fill(at, to, unread("not read"));
  }

  *fill(from: number, to: number, part: Part): Generator<Item> {
    if (to > from) for (const span of this.bytes.spans([from, to], part)) yield lostOr(span);
  }

  /** The items that begin in [from, to), and whatever lies between them. */
  *pull(pending: Pending, from: number, to: number): Generator<Item> {
    let at = from;
    for (let item = pending.head; item !== null; item = pending.head) {
      if (item.kind === "inner") {
        yield item;
        pending.advance();
        continue;
      }
      if (item.at >= to) break;
      yield* this.fill(at, item.at, unread("not read"));
      const next = item.at + item.length;
      // Bytes are told once, whatever two parts say.
      if (item.at >= at && next <= to) yield lostOr(item);
      else yield* this.fill(Math.max(at, item.at), Math.min(next, to), item.part);
      at = Math.max(at, Math.min(next, to));
      pending.advance();
    }
    yield* this.fill(at, to, unread("not read"));
  }
}

function lostOr(span: Span): Span {
  return span.segment === null ? { ...span, part: LOST } : span;
}
