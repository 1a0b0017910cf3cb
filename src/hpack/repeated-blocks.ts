/**
 * The last header blocks of one direction that read alike for as long as the table stays as it is. A peer sends the same few
 * blocks for call after call; one that is among these is found by its bytes, with the very list of fields that it had before.
 */
import type { HeaderField } from "./header-field.js";

/** A connection's calls are mostly of a few methods, and end in a few ways. */
const KEPT = 4;
/** Longer blocks are not kept: there may be many connections. */
const MAX_BYTES = 512;

/** All of its fields were read, and none of them is in doubt. */
export class RepeatedBlock {
  /** Left to whoever reads the fields: what was made of them once. */
  memo: { faultlessAs: string | null; facts: unknown } = { faultlessAs: null, facts: null };

  constructor(
    readonly bytes: Uint8Array,
    readonly fields: HeaderField[],
    readonly listBytes: number,
  ) {}
}

export class RepeatedBlocks {
  private blocks: RepeatedBlock[] = [];
  private oldest = 0;

  /** The block of the bytes `buf[start, end)`; null: it is not among those kept. */
  find(buf: Uint8Array, start: number, end: number): RepeatedBlock | null {
    const { blocks } = this;
    for (let i = 0; i < blocks.length; i++) {
      const { bytes } = blocks[i];
      if (bytes.length === end - start && isSame(bytes, buf, start)) return blocks[i];
    }
    return null;
  }

  /** Keeps a block in place of the oldest; null: it is too long. */
  keep(buf: Uint8Array, start: number, end: number, fields: HeaderField[], listBytes: number): RepeatedBlock | null {
    if (end - start > MAX_BYTES) return null;
    const block = new RepeatedBlock(buf.slice(start, end), fields, listBytes);
    this.blocks[this.oldest] = block;
    this.oldest = (this.oldest + 1) % KEPT;
    return block;
  }

  /** The table has changed: what an index says may be another field. Returns what was kept. */
  clear(): readonly RepeatedBlock[] {
    const { blocks } = this;
    if (blocks.length > 0) this.blocks = [];
    this.oldest = 0;
    return blocks;
  }
}

/** Blocks differ most in what is said last. */
function isSame(bytes: Uint8Array, buf: Uint8Array, start: number): boolean {
  for (let i = bytes.length - 1; i >= 0; i--) if (bytes[i] !== buf[start + i]) return false;
  return true;
}
