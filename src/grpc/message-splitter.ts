/**
 * The DATA of one half of a stream → length-prefixed messages (gRPC PROTOCOL-HTTP2, Length-Prefixed-Message).
 *
 *   +---------------------+---------------------------+-------------------+
 *   | Compressed-Flag (8) | Message-Length (32, BE)   | Message … Length  |
 *   +---------------------+---------------------------+-------------------+
 *
 * DATA comes in pieces cut anywhere, several messages in a piece or a message in many pieces. A body is copied once, into a
 * buffer that grows with what arrives, never with what the prefix claims; past a limit the head is kept and the rest counted.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { readU32BE } from "../bytes/integers.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import type { BodyReader } from "./body-reader.js";
import { isRunOfMessages, mayBeginMessage, PREFIX_LENGTH } from "./boundary.js";
import { GrowingBuffer, type MemoryBudget } from "./growing-buffer.js";

/** Why a message is not whole: its bytes, or those of its prefix, were not all seen, or a limit kept some of them out. */
export type MissingBytes = "cut" | "prefix" | "limit";

export interface MessageSink {
  /**
   * A message as it stood on the wire. `flag`: the Compressed-Flag byte. `length`: what the prefix claims, 0 where it was cut. `body`: the bytes that
   * were seen and kept, owned; shorter than `length` when `missing` says why. `packets`: the numbers of the packets that carry
   * prefix and body, owned. `timeNs`: when its last byte arrived.
   */
  message(
    side: Side,
    flag: number,
    length: number,
    body: Uint8Array,
    packets: number[],
    timeNs: number,
    missing: MissingBytes | null,
  ): void;
}

const EMPTY = new Uint8Array(0);

export class MessageSplitter implements BodyReader {
  /** Bytes of the prefix that were seen, and what they say so far. */
  private prefixLength = 0;
  private flag = 0;
  private bodyLength = 0;
  private body: GrowingBuffer | null = null;
  private packets: number[] = [];
  private timeNs = 0;
  /** "known": the next byte belongs to the open message, or begins one. "tried": the open message is one only if its end fits. */
  private step: "known" | "lost" | "tried" = "known";

  constructor(
    private readonly sink: MessageSink,
    private readonly side: Side,
    private readonly provenance: OffsetMap | null,
    private readonly maxMessageBytes: number,
    private readonly budget: MemoryBudget,
  ) {}

  /** The bytes so far end where a message ends. */
  get atBoundary(): boolean {
    return this.prefixLength === 0 && this.step === "known";
  }

  /** The half began before its bytes do. */
  joinLate(): void {
    this.step = "lost";
  }

  /** The next DATA bytes, `buf[start, end)`; `at` is the offset of the first in the connection's byte stream. */
  push(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.timeNs = timeNs;
    if (this.step !== "known" && !this.findStep(buf, start, end)) return;
    let i = start;
    while (i < end) {
      if (this.prefixLength === 0 && end - i >= PREFIX_LENGTH) {
        const length = readU32BE(buf, i + 1);
        const bodyEnd = i + PREFIX_LENGTH + length;
        if (bodyEnd <= end && length <= this.maxMessageBytes) {
          const packets = this.provenance?.packets(at + (i - start), at + (bodyEnd - start)) ?? [];
          this.sink.message(this.side, buf[i], length, buf.slice(i + PREFIX_LENGTH, bodyEnd), packets, timeNs, null);
          i = bodyEnd;
          continue;
        }
      }
      const taken = this.body === null ? this.pushPrefix(buf, i, end) : this.pushBody(this.body, buf, i, end);
      this.provenance?.addPackets(at + (i - start), at + (i - start) + taken, this.packets);
      i += taken;
      if (this.body?.total === this.bodyLength) this.finish();
    }
  }

  /**
   * `length` bytes of this half's DATA were never seen; infinity: nobody knows how many. What they cut ends here. Where they end
   * behind the open message it is not known where the next one begins, and none is told until it is.
   */
  lost(length: number): void {
    if (this.step === "known" && this.body !== null && length <= this.bodyLength - this.body.total) {
      this.body.skip(length);
      if (this.body.total === this.bodyLength) this.finish();
      return;
    }
    this.end();
    this.step = "lost";
  }

  /** The half is over; a message that is still open ends short. */
  end(): void {
    if (this.step === "tried") this.dropTried();
    else if (this.prefixLength > 0) this.finish();
  }

  /** Whether the messages of `buf[start, end)` can be read, after bytes were lost. */
  private findStep(buf: Uint8Array, start: number, end: number): boolean {
    if (this.step === "tried") {
      const left = this.bodyLength - this.body!.total;
      if (left > end - start) return true;
      if (left === end - start || isRunOfMessages(buf, start + left, end)) {
        this.step = "known";
        return true;
      }
      this.dropTried();
    }
    if (isRunOfMessages(buf, start, end)) this.step = "known";
    else if (mayBeginMessage(buf, start, end)) this.step = "tried";
    return this.step !== "lost";
  }

  /** The open message is none. */
  private dropTried(): void {
    this.drop();
    this.step = "lost";
  }

  /** Forgets the open message; what it took of the budget is given back. */
  drop(): void {
    this.body?.take();
    this.body = null;
    this.prefixLength = this.bodyLength = 0;
    this.packets = [];
  }

  /** Takes bytes of a prefix; returns how many. */
  private pushPrefix(buf: Uint8Array, start: number, end: number): number {
    const take = Math.min(PREFIX_LENGTH - this.prefixLength, end - start);
    for (let i = start; i < start + take; i++) {
      if (this.prefixLength++ === 0) this.flag = buf[i];
      else this.bodyLength = this.bodyLength * 256 + buf[i];
    }
    if (this.prefixLength === PREFIX_LENGTH)
      this.body = new GrowingBuffer(Math.min(this.bodyLength, this.maxMessageBytes), this.budget);
    return take;
  }

  private pushBody(body: GrowingBuffer, buf: Uint8Array, start: number, end: number): number {
    const take = Math.min(this.bodyLength - body.total, end - start);
    body.push(buf, start, start + take);
    return take;
  }

  private finish(): void {
    const { body, packets, flag, bodyLength } = this;
    const kept = body?.take() ?? EMPTY;
    const isWhole = body !== null && kept.length === bodyLength;
    const length = body === null ? 0 : bodyLength;
    const isLimited = body !== null && body.total === bodyLength && !body.skipped;
    this.prefixLength = 0;
    this.bodyLength = 0;
    this.body = null;
    this.packets = [];
    this.sink.message(
      this.side,
      flag,
      length,
      kept,
      packets,
      this.timeNs,
      isWhole ? null : isLimited ? "limit" : body === null ? "prefix" : "cut",
    );
  }
}
