/** Chunks that are read as they are needed → contiguous bytes. Memory follows the bytes that come, never those that are asked for. */

const SMALLEST = 64 * 1024;

export class PulledBytes {
  /** What is there stands in `bytes[at, end)`. */
  bytes: Uint8Array = new Uint8Array(SMALLEST);
  at = 0;
  private end = 0;

  constructor(private readonly chunks: AsyncIterator<Uint8Array>) {}

  has(count: number): boolean {
    return this.end - this.at >= count;
  }

  /** Reads on until `count` bytes are there. False: there are not as many. */
  async want(count: number): Promise<boolean> {
    while (!this.has(count)) {
      const { value, done } = await this.chunks.next();
      if (done) return false;
      this.add(value);
    }
    return true;
  }

  /** Passes over `count` bytes without keeping them. False: there are not as many. */
  async skip(count: number): Promise<boolean> {
    let left = count;
    while (!this.has(left)) {
      left -= this.end - this.at;
      this.at = this.end;
      if (!(await this.want(1))) return false;
    }
    this.at += left;
    return true;
  }

  private add(chunk: Uint8Array): void {
    const held = this.bytes.subarray(this.at, this.end);
    const wanted = held.length + chunk.length;
    if (this.end + chunk.length > this.bytes.length) {
      // Half of it stays free, so that bytes are not moved again and again.
      if (2 * wanted > this.bytes.length) this.bytes = new Uint8Array(2 * wanted);
      this.bytes.set(held);
      this.at = 0;
      this.end = held.length;
    }
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }
}
