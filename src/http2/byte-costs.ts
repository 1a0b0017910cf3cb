/**
 * What each byte is worth as evidence: the rarer a value is in the bytes at hand, the more it says that it stands where a frame
 * header wants it. Zeros count for little in data that are full of them.
 */

/** Bytes that are thought of as seen before the first: a quarter of them zeros, the others any. */
const PRIOR_BYTES = 256;
const PRIOR_ZEROS = PRIOR_BYTES / 4;
const PRIOR_OTHER = (PRIOR_BYTES - PRIOR_ZEROS) / 255;

/** The evidence of what cannot be. */
export const IMPOSSIBLE = Number.NEGATIVE_INFINITY;

export class ByteCosts {
  /** By value: minus the binary logarithm of its share, in bits. */
  readonly bits = new Float64Array(256);
  private readonly counts = new Uint32Array(256);
  private counted = 0;
  /** How many were counted when `bits` was made. */
  private known = 0;

  constructor() {
    this.update();
  }

  /** Counts the bytes `buf[counted, length)`; the costs follow as the number of bytes grows by a quarter. */
  count(buf: Uint8Array, length: number): void {
    const { counts } = this;
    for (let i = this.counted; i < length; i++) counts[buf[i]]++;
    this.counted = Math.max(this.counted, length);
    if (this.counted > this.known * 1.25) this.update();
  }

  /** The first `count` bytes are gone; what they taught stays. */
  forget(count: number): void {
    this.counted = Math.max(0, this.counted - count);
    this.known = this.counted;
  }

  /** The cost of `buf[start, end)`. */
  of(buf: Uint8Array, start: number, end: number): number {
    let bits = 0;
    for (let i = start; i < end; i++) bits += this.bits[buf[i]];
    return bits;
  }

  private update(): void {
    this.known = this.counted;
    let total = PRIOR_BYTES;
    for (const count of this.counts) total += count;
    for (let value = 0; value < 256; value++) {
      const share = (this.counts[value] + (value === 0 ? PRIOR_ZEROS : PRIOR_OTHER)) / total;
      this.bits[value] = -Math.log2(share);
    }
  }
}
