/**
 * The bytes of one side, which begin anywhere in a frame: held until it is clear where the next frame begins.
 *
 * The bytes at hand are searched first; they are copied only when they do not say. At most maxDetectBytes are held: then the
 * oldest are given up, and the search goes on.
 */
import { ChainFinder } from "./frame-chain.js";
import type { ChainContext } from "./frame-evidence.js";

/**
 * Evidence asked for, in bits (see frame-evidence.ts). That the bytes are HTTP/2 is known; what has to be ruled out is the inside
 * of DATA. A lone frame of fixed form, or two that agree, suffice.
 */
const NEEDED_BITS = 20;
/** When no more bytes will come, or a hole follows, the alternative is to drop them. */
const NEEDED_BITS_AT_END = 14;

/** Bytes as ByteStreamSink.data has them, of one side. */
export interface Chunk {
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly at: number;
  readonly timeNs: number;
}

export class Resync {
  /** Bytes that were given up, as they belong to a frame that began before; and the stream offset of the first one. */
  passedOver = 0;
  firstAt = -1;
  /** The frames are found: from where `offer` stopped on, or, if any bytes were held, from the first of these chunks on. */
  found: "no" | "at hand" | "held" = "no";
  chunks: Chunk[] = [];
  private bytes = new Uint8Array(0);
  private length = 0;
  /** Of the held bytes, `start` and `end` counted from the first byte ever held. */
  private held: Omit<Chunk, "buf">[] = [];
  /** Held bytes that were dropped. */
  private dropped = 0;
  private readonly finder: ChainFinder;

  constructor(
    context: ChainContext,
    private readonly maxBytes: number,
  ) {
    this.finder = new ChainFinder(context);
  }

  /** Takes bytes of the chunk from `start` on; returns how far: where the frames begin, or behind what it holds now. */
  offer(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): number {
    const last = Math.min(end, start + this.maxBytes);
    if (this.firstAt < 0) this.firstAt = at;
    if (this.length === 0) {
      const chain = this.finder.find(buf.subarray(start, last), last - start, NEEDED_BITS);
      if (chain !== null) {
        this.passedOver += chain.start;
        this.found = "at hand";
        return start + chain.start;
      }
    }
    this.hold(buf, start, last, at, timeNs);
    if (!this.search(NEEDED_BITS) && this.length > this.maxBytes) this.drop(this.length - (this.maxBytes >> 1));
    return last;
  }

  /** Nothing more will come that belongs to it: takes what is held with less evidence. */
  finish(): void {
    if (this.length > 0 && this.search(NEEDED_BITS_AT_END)) return;
    this.passedOver += this.length;
    this.length = 0;
  }

  private search(neededBits: number): boolean {
    const chain = this.finder.find(this.bytes, this.length, neededBits);
    if (chain === null) return false;
    this.passedOver += chain.start;
    this.found = "held";
    const from = this.dropped + chain.start;
    for (const { start, end, at, timeNs } of this.held) {
      if (end <= from) continue;
      const first = Math.max(start, from);
      const chunk = { start: first - this.dropped, end: end - this.dropped, at: at + first - start, timeNs };
      this.chunks.push({ buf: this.bytes, ...chunk });
    }
    return true;
  }

  private hold(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    const length = this.length + end - start;
    if (this.bytes.length < length) {
      const bigger = new Uint8Array(Math.max(256, 2 * length));
      bigger.set(this.bytes.subarray(0, this.length));
      this.bytes = bigger;
    }
    this.bytes.set(buf.subarray(start, end), this.length);
    this.held.push({ start: this.dropped + this.length, end: this.dropped + length, at, timeNs });
    this.length = length;
  }

  private drop(count: number): void {
    this.passedOver += count;
    this.finder.forget(count);
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
    this.dropped += count;
    this.held = this.held.filter(({ end }) => end > this.dropped);
  }
}
