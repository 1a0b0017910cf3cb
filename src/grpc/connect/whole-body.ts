/** The body of a unary Connect call is one message, without a prefix. */
import type { Side } from "../../bytes/byte-stream-sink.js";
import type { OffsetMap } from "../../bytes/offset-map.js";
import type { BodyReader } from "../body-reader.js";
import { GrowingBuffer, type MemoryBudget } from "../growing-buffer.js";
import type { MessageSink } from "../message-splitter.js";

export class WholeBody implements BodyReader {
  private readonly body: GrowingBuffer;
  private readonly packets: number[] = [];
  private timeNs: number;
  private isOver = false;

  /**
   * `flag`: 1 for a compressed one. `head`: the place and time of its headers, which stand for an empty body. `half.ended`, asked at
   * the end: whether the sender said that the body is over. `declared`: its content-length; 0: none.
   */
  constructor(
    private readonly sink: MessageSink,
    private readonly side: Side,
    private readonly provenance: OffsetMap | null,
    maxMessageBytes: number,
    budget: MemoryBudget,
    private readonly flag: number,
    private readonly head: { readonly at: number; readonly end: number; readonly endNs: number },
    private readonly half: { readonly ended: boolean },
    private readonly declared: number,
  ) {
    this.body = new GrowingBuffer(maxMessageBytes, budget);
    this.timeNs = head.endNs;
  }

  push(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.timeNs = timeNs;
    this.body.push(buf, start, end);
    this.provenance?.addPackets(at, at + end - start, this.packets);
  }

  lost(length: number): void {
    this.body.skip(length);
  }

  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    const { body, packets } = this;
    const { total, skipped } = body;
    const kept = body.take();
    const isWhole = this.half.ended;
    if (total === 0) {
      if (!isWhole) return;
      this.provenance?.addPackets(this.head.at, this.head.end, packets);
    }
    const missing = !isWhole || skipped ? "cut" : kept.length < total ? "limit" : null;
    const length = isWhole ? total : Math.max(total, this.declared);
    this.sink.message(this.side, this.flag, length, kept, packets, this.timeNs, missing);
  }
}
