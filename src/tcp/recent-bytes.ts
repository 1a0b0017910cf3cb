/**
 * A sample of the bytes that were passed on of late, by which a retransmission with other content is noticed. The bytes
 * themselves are gone by then: keeping them would cost a copy of everything. SAMPLES bytes, spread evenly, of each of the last
 * SEGMENTS segments cost some ten nanoseconds; what differs in other bytes only, or comes later, passes unnoticed.
 */
const SEGMENTS = 2048;
const SAMPLES = 8;

export class RecentBytes {
  private readonly halves = new Float64Array(SEGMENTS).fill(-1);
  private readonly starts = new Float64Array(SEGMENTS);
  private readonly lengths = new Int32Array(SEGMENTS);
  private readonly samples = new Uint8Array(SEGMENTS * SAMPLES);
  private next = 0;

  /** Bytes `buf[start, end)` stand at offset `at` of a stream; `half`: a number of that stream's own. */
  remember(half: number, at: number, buf: Uint8Array, start: number, end: number): void {
    const { samples, next } = this;
    const length = end - start;
    this.halves[next] = half;
    this.starts[next] = at;
    this.lengths[next] = length;
    const stride = strideOf(length);
    let sample = next * SAMPLES;
    if (length < SAMPLES) for (let i = start; i < end; i++) samples[sample++] = buf[i];
    else for (let i = start, last = sample + SAMPLES; sample < last; i += stride) samples[sample++] = buf[i];
    this.next = (next + 1) % SEGMENTS;
  }

  /** Whether stream bytes [from, to), of which the first is `buf[start]`, are known to have been others. */
  differ(half: number, from: number, to: number, buf: Uint8Array, start: number): boolean {
    let unchecked = to - from;
    for (let back = 1; back <= SEGMENTS && unchecked > 0; back++) {
      const entry = (this.next - back + SEGMENTS) % SEGMENTS;
      if (this.halves[entry] !== half) continue;
      const at = this.starts[entry];
      const length = this.lengths[entry];
      const overlap = Math.min(to, at + length) - Math.max(from, at);
      if (overlap <= 0) continue;
      unchecked -= overlap;
      const stride = strideOf(length);
      const count = Math.min(length, SAMPLES);
      for (let k = 0; k < count; k++) {
        const offset = at + k * stride;
        if (offset < from || offset >= to) continue;
        if (this.samples[entry * SAMPLES + k] !== buf[start + offset - from]) return true;
      }
    }
    return false;
  }
}

function strideOf(length: number): number {
  return length <= SAMPLES ? 1 : Math.floor(length / SAMPLES);
}
