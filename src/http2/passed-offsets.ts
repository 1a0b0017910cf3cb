/**
 * Where the frames of chains begin that were followed. A chain that begins at such an offset is the rest of those that passed it;
 * were each of them followed to its end, many short frames would cost the square of their number.
 */

/** Chains that may pass an offset with less evidence than none, before no further one is tried there. */
const MAX_PASSES = 64;

export class PassedOffsets {
  private readonly passes = new Map<number, number>();

  /** A chain came to `offset` with `bits` of evidence. */
  note(offset: number, bits: number): void {
    // the rest alone has no more evidence than all of it
    const passes = bits >= 0 ? MAX_PASSES : 1;
    this.passes.set(offset, (this.passes.get(offset) ?? 0) + passes);
  }

  /** Whether a chain that begins at `offset` need not be tried. */
  has(offset: number): boolean {
    return (this.passes.get(offset) ?? 0) >= MAX_PASSES;
  }

  clear(): void {
    this.passes.clear();
  }
}
