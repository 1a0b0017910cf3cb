/** What one side of an HTTP/1.1 exchange sent → items. */
import { decodeLatin1 } from "../bytes/text.js";
import { unread } from "./frame-parts.js";
import type { ItemSource, Pending } from "./item-source.js";
import { lineParts } from "./line-parts.js";
import type { SideBytes } from "./side-bytes.js";
import type { Item, Part } from "./span.js";
import type { KeptRun } from "./stream-log.js";

export class RunExplainer {
  /** Heads so far: behind the first final one come trailers. */
  private heads = 0;

  /** `body`: the items of the body. */
  constructor(
    private readonly bytes: SideBytes,
    private readonly source: ItemSource,
    private readonly body: Pending,
  ) {}

  *explain(run: KeptRun): Generator<Item> {
    const { at, end, what } = run;
    if (what === "head") yield* this.head(run);
    else if (what === "body") yield* this.source.pull(this.body, at, end);
    else if (what === "framing") yield* this.source.fill(at, end, this.framing(run));
    else yield* this.source.fill(at, end, unread("not read: the call was over"));
  }

  private *head({ side, at, end }: KeptRun): Generator<Item> {
    const bytes = this.bytes.gather([at, end]);
    const [who, startLine, name] =
      side === 0 ? ["client →", "request line", "request"] : ["server ←", "status line", "response"];
    const isTrailers =
      bytes !== null &&
      this.heads > 0 &&
      !/^(HTTP\/1|\S+ \S+ HTTP\/1)/.test(decodeLatin1(bytes, 0, Math.min(bytes.length, 512)));
    this.heads++;
    const heading = `${who} HTTP/1.1 ${name} ${isTrailers ? "trailers" : "headers"}`;
    if (bytes === null) {
      yield* this.source.fill(at, end, { ...unread("not read: bytes are missing"), heading, isBlock: true });
      return;
    }
    for (const { start, end: lineEnd, part } of lineParts(bytes, isTrailers ? null : startLine)) {
      const headed = start === 0 ? { ...part, heading, isBlock: true } : part;
      yield* this.source.fill(at + start, at + lineEnd, headed);
    }
  }

  /** Chunk sizes (RFC 9112 §7.1) with the line ends around them. */
  private framing({ at, end }: KeptRun): Part {
    const bytes = this.bytes.gather([at, end]);
    const size = bytes === null ? null : /[0-9a-f]+/i.exec(decodeLatin1(bytes, 0, bytes.length));
    const value = size == null ? null : Number.parseInt(size[0], 16);
    const text = value === null ? "between chunks" : value === 0 ? "the last chunk" : `chunk of ${value} bytes`;
    return { layer: "http1", role: "chunk", name: "chunk-size", json: String(value), text, depth: 0 };
  }
}
