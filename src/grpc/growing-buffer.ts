/** Collects the bytes of one message. Memory follows what arrives, doubling, up to a limit; past it bytes are counted only. */

/** What all open messages together may hold. */
export class MemoryBudget {
  private used = 0;

  constructor(private readonly maxBytes: number) {}

  take(bytes: number): boolean {
    if (this.used + bytes > this.maxBytes) return false;
    this.used += bytes;
    return true;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}

const SMALLEST = 1024;

export class GrowingBuffer {
  /** Bytes pushed or skipped. */
  total = 0;
  /** True: some bytes were never seen, and what is kept ends before them. */
  skipped = false;
  private bytes = new Uint8Array(0);
  private kept = 0;
  private full = false;

  constructor(
    private readonly maxBytes: number,
    private readonly budget: MemoryBudget,
  ) {}

  push(buf: Uint8Array, start: number, end: number): void {
    this.total += end - start;
    if (this.full) return;
    const wanted = Math.min(this.kept + end - start, this.maxBytes);
    if (wanted > this.bytes.length && !this.grow(wanted)) this.full = true;
    const room = Math.min(end - start, this.bytes.length - this.kept);
    this.bytes.set(buf.subarray(start, start + room), this.kept);
    this.kept += room;
    if (room < end - start) this.full = true;
  }

  skip(length: number): void {
    this.total += length;
    this.skipped = true;
    this.full = true;
  }

  /** The bytes kept, the buffer's own from now on; the budget gets its share back. */
  take(): Uint8Array {
    this.budget.give(this.bytes.length);
    const bytes = this.kept === this.bytes.length ? this.bytes : this.bytes.slice(0, this.kept);
    this.bytes = new Uint8Array(0);
    return bytes;
  }

  private grow(wanted: number): boolean {
    const size = Math.min(Math.max(wanted, 2 * this.bytes.length, SMALLEST), this.maxBytes);
    if (!this.budget.take(size - this.bytes.length)) return false;
    const bigger = new Uint8Array(size);
    bigger.set(this.bytes.subarray(0, this.kept));
    this.bytes = bigger;
    return true;
  }
}
