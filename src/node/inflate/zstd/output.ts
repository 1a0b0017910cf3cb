/** Decompressed bytes, in a buffer that grows with what is written, up to a bound; whoever takes them early lets go of the oldest. */
import { TooLarge } from "../too-large.js";

const SMALLEST = 4096;

/** Up to this many bytes, copying one by one takes less time than asking for all of them to be copied. */
const FEW_BYTES = 32;

export class Output {
  length = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private frameStart = 0;

  constructor(private readonly maxBytes: number) {}

  beginFrame(): void {
    this.frameStart = this.length;
  }

  /** Writes `source[start, end)`. */
  push(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    const { bytes, length } = this;
    if (count > FEW_BYTES) bytes.set(source.subarray(start, end), length);
    else for (let i = 0; i < count; i++) bytes[length + i] = source[start + i];
    this.length += count;
  }

  fill(byte: number, count: number): void {
    this.reserve(count);
    this.bytes.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** Writes `count` bytes again that stand `offset` before the end; they may overlap what they write. */
  repeat(offset: number, count: number): void {
    if (offset < 1 || offset > this.length - this.frameStart)
      throw new Error("a match reaches before the frame or its window");
    this.reserve(count);
    const { bytes, length } = this;
    if (count > FEW_BYTES && offset >= count) bytes.copyWithin(length, length - offset, length - offset + count);
    else for (let i = length; i < length + count; i++) bytes[i] = bytes[i - offset];
    this.length += count;
  }

  /** What was written behind `start`, borrowed until more is written. */
  since(start: number): Uint8Array {
    return this.bytes.subarray(start, this.length);
  }

  /** Lets go of all but the last `count` bytes. */
  keepLast(count: number): void {
    const dropped = Math.max(0, this.length - count);
    this.bytes.copyWithin(0, dropped, this.length);
    this.length -= dropped;
    this.frameStart = Math.max(0, this.frameStart - dropped);
  }

  take(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private reserve(count: number): void {
    const wanted = this.length + count;
    if (wanted > this.maxBytes) throw new TooLarge();
    if (wanted <= this.bytes.length) return;
    const bigger = new Uint8Array(Math.min(this.maxBytes, Math.max(wanted, 2 * this.bytes.length, SMALLEST)));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
  }
}
