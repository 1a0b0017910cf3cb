/**
 * What each byte is worth as evidence: the rarer a value is in the bytes at hand, the more it says that it stands where a frame
 * header wants it. Zeros count for little in data that are full of them.
 */

/** The evidence of what cannot be. */
export const IMPOSSIBLE = Number.NEGATIVE_INFINITY;

/** Bytes that are thought of as seen before the first, when nothing is known: a quarter of them zeros, the others any. */
const PRIOR_BYTES = 256;

/** Bytes that are counted at most: what a few packets hold says what the others are like. */
const MAX_BYTES = 8192;

/** The costs are worked out again when as many bytes are new, and a quarter of all. */
const NEW_BYTES = 64;

function costs(counts: Uint32Array, priorBytes: number): Float64Array {
  const priorZeros = priorBytes / 4;
  const priorOther = (priorBytes - priorZeros) / 255;
  let total = priorBytes;
  for (let value = 0; value < 256; value++) total += counts[value];
  const bits = new Float64Array(256);
  for (let value = 0; value < 256; value++)
    bits[value] = Math.log2(total / (counts[value] + (value === 0 ? priorZeros : priorOther)));
  return bits;
}

const NOTHING_COUNTED = costs(new Uint32Array(256), PRIOR_BYTES);

export class ByteCosts {
  /** By value: minus the binary logarithm of its share, in bits. */
  bits = NOTHING_COUNTED;
  private readonly counts = new Uint32Array(256);
  /** Bytes of the buffer that were counted, and how many had been when `bits` was made. */
  private counted = 0;
  private known = 0;

  constructor(private readonly priorBytes = PRIOR_BYTES) {}

  /** Counts the beginning of `buf[0, length)`, as far as it was not counted before. */
  count(buf: Uint8Array, length: number): void {
    const { counts } = this;
    const end = Math.min(length, MAX_BYTES);
    for (let i = this.counted; i < end; i++) counts[buf[i]]++;
    this.counted = Math.max(this.counted, end);
    const few = Math.min(NEW_BYTES, this.priorBytes);
    if (this.counted - this.known < Math.max(few, this.known / 4)) return;
    this.known = this.counted;
    this.bits = costs(counts, this.priorBytes);
  }

  /** The first `count` bytes of the buffer are gone; what they taught stays. */
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
}
