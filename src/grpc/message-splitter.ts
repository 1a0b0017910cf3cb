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
import type { OffsetMap } from "../bytes/offset-map.js";
import { GrowingBuffer, type MemoryBudget } from "./growing-buffer.js";

export const PREFIX_LENGTH = 5;

/** A message as it stood on the wire. Owned. */
export interface WireMessage {
  /** The Compressed-Flag byte: 0 or 1 by the protocol. */
  readonly flag: number;
  /** The length that the prefix claims. */
  readonly length: number;
  /** The bytes that were seen and kept; shorter than `length` when the message is not whole. */
  readonly body: Uint8Array;
  /** Numbers of the packets that carry prefix and body. */
  readonly packets: number[];
  /** When its last byte arrived. */
  readonly timeNs: number;
  readonly complete: boolean;
  /** Why not complete: null when it is. */
  readonly missing: "cut" | "limit" | null;
}

export class MessageSplitter {
  private readonly prefix = new Uint8Array(PREFIX_LENGTH);
  private prefixLength = 0;
  private bodyLength = 0;
  private body: GrowingBuffer | null = null;
  private packets: number[] = [];
  private timeNs = 0;

  constructor(
    private readonly emit: (message: WireMessage) => void,
    private readonly provenance: OffsetMap | null,
    private readonly maxMessageBytes: number,
    private readonly budget: MemoryBudget,
  ) {}

  /** True inside a message: its prefix has begun, its last byte has not come. */
  get open(): boolean {
    return this.prefixLength > 0;
  }

  /** The next DATA bytes, `buf[start, end)`; `at` is the offset of the first in the connection's byte stream. */
  push(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.timeNs = timeNs;
    let i = start;
    while (i < end) {
      if (this.prefixLength === 0 && end - i >= PREFIX_LENGTH) {
        const length = ((buf[i + 1] << 24) | (buf[i + 2] << 16) | (buf[i + 3] << 8) | buf[i + 4]) >>> 0;
        const bodyEnd = i + PREFIX_LENGTH + length;
        if (bodyEnd <= end && length <= this.maxMessageBytes) {
          const packets = this.provenance?.packets(at + (i - start), at + (bodyEnd - start)) ?? [];
          const body = buf.slice(i + PREFIX_LENGTH, bodyEnd);
          this.emit({ flag: buf[i], length, body, packets, timeNs, complete: true, missing: null });
          i = bodyEnd;
          continue;
        }
      }
      i += this.pushPart(buf, i, end, at + (i - start));
    }
  }

  /** `length` bytes of this half's DATA were never seen. What they cut ends here; a prefix inside them is not known. */
  lost(length: number): void {
    if (this.prefixLength === PREFIX_LENGTH && this.body !== null && length <= this.bodyLength - this.body.total) {
      this.body.skip(length);
      if (this.body.total === this.bodyLength) this.finish();
      return;
    }
    if (this.open) this.finish();
  }

  /** The half is over; a message that is still open ends short. */
  end(): void {
    if (this.open) this.finish();
  }

  /** Takes bytes of a message that does not lie in one piece; returns how many. */
  private pushPart(buf: Uint8Array, start: number, end: number, at: number): number {
    const take =
      this.prefixLength < PREFIX_LENGTH
        ? Math.min(PREFIX_LENGTH - this.prefixLength, end - start)
        : Math.min(this.bodyLength - this.body!.total, end - start);
    this.provenance?.addPackets(at, at + take, this.packets);
    if (this.prefixLength < PREFIX_LENGTH) {
      this.prefix.set(buf.subarray(start, start + take), this.prefixLength);
      this.prefixLength += take;
      if (this.prefixLength < PREFIX_LENGTH) return take;
      const { prefix } = this;
      this.bodyLength = ((prefix[1] << 24) | (prefix[2] << 16) | (prefix[3] << 8) | prefix[4]) >>> 0;
      this.body = new GrowingBuffer(Math.min(this.bodyLength, this.maxMessageBytes), this.budget);
    } else {
      this.body!.push(buf, start, start + take);
    }
    if (this.body!.total === this.bodyLength) this.finish();
    return take;
  }

  private finish(): void {
    const { body, packets } = this;
    const seen = body?.total ?? 0;
    const kept = body?.take() ?? new Uint8Array(0);
    const complete = this.prefixLength === PREFIX_LENGTH && kept.length === this.bodyLength;
    const missing = complete ? null : seen === this.bodyLength && body !== null && !body.skipped ? "limit" : "cut";
    const message = {
      flag: this.prefix[0],
      length: this.bodyLength,
      body: kept,
      packets,
      timeNs: this.timeNs,
      complete,
      missing,
    } as const;
    this.prefixLength = 0;
    this.bodyLength = 0;
    this.body = null;
    this.packets = [];
    this.emit(message);
  }
}
