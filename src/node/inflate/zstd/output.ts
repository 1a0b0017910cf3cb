/** Decompressed bytes, in a buffer that grows with what is written, up to a bound. */
import { TooLarge } from "../too-large.js";

const SMALLEST = 4096;

export class Output {
  length = 0;
  private bytes: Uint8Array = new Uint8Array(0);
  private frameStart = 0;

  constructor(private readonly maxBytes: number) {}

  beginFrame(): void {
    this.frameStart = this.length;
  }

  push(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  fill(byte: number, count: number): void {
    this.reserve(count);
    this.bytes.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** Writes `count` bytes again that stand `offset` before the end; they may overlap what they write. */
  repeat(offset: number, count: number): void {
    if (offset < 1 || offset > this.length - this.frameStart) throw new Error("a match reaches before the frame");
    this.reserve(count);
    const { bytes, length } = this;
    if (offset >= count) bytes.copyWithin(length, length - offset, length - offset + count);
    else for (let i = length; i < length + count; i++) bytes[i] = bytes[i - offset];
    this.length += count;
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
