/**
 * Members of objects that were written in the order of the wire, to be put into that of their declaration. One run for each
 * object that is open.
 */
export class Segments {
  private index = new Int32Array(64);
  private from = new Int32Array(64);
  private count = 0;
  private scratch = new Uint8Array(256);

  /** Forgets everything: an earlier message may have been given up in the middle. */
  reset(): void {
    this.count = 0;
  }

  /** Opens an object; the answer names it. */
  open(): number {
    return this.count;
  }

  /** A member begins at `from`; it ends where the next one begins. */
  add(index: number, from: number): void {
    if (this.count === this.index.length) this.grow();
    this.index[this.count] = index;
    this.from[this.count++] = from;
  }

  /** Puts the members of the innermost object in order; the last one ends at `end`. False: a member is there twice. */
  close(object: number, out: Uint8Array, end: number): boolean {
    const { index, from, count } = this;
    this.count = object;
    let ordered = true;
    for (let i = object + 1; i < count; i++) ordered &&= index[i] > index[i - 1];
    if (ordered) return true;
    const order = Array.from({ length: count - object }, (_, i) => object + i).sort((a, b) => index[a] - index[b]);
    if (order.some((i, k) => k > 0 && index[i] === index[order[k - 1]])) return false;
    const start = from[object];
    if (this.scratch.length < end - start) this.scratch = new Uint8Array(2 * (end - start));
    this.scratch.set(out.subarray(start, end));
    let at = start;
    for (const i of order) {
      const length = (i + 1 < count ? from[i + 1] : end) - from[i];
      out.set(this.scratch.subarray(from[i] - start, from[i] - start + length), at);
      at += length;
    }
    return true;
  }

  private grow(): void {
    const [index, from] = [new Int32Array(this.count * 2), new Int32Array(this.count * 2)];
    index.set(this.index);
    from.set(this.from);
    this.index = index;
    this.from = from;
  }
}
