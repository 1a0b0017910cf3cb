/**
 * The last header blocks of one direction that read alike for as long as the table stays as it is. A peer sends the same few
 * blocks for call after call; one that is among these is found by its bytes, with the very list of fields that it had before.
 */
import type { HeaderField } from "./header-field.js";

/** A connection's calls are mostly of a few methods, and end in a few ways. */
const KEPT = 4;
/** Longer blocks are not kept: there may be many connections. */
const MAX_BYTES = 512;

export interface RepeatedBlock {
  readonly bytes: Uint8Array;
  readonly fields: HeaderField[];
  readonly listBytes: number;
}

export class RepeatedBlocks {
  private readonly blocks: RepeatedBlock[] = [];
  private count = 0;
  private oldest = 0;

  /** The block of the bytes `buf[start, end)`; null: it is not among those kept. */
  find(buf: Uint8Array, start: number, end: number): RepeatedBlock | null {
    for (let i = 0; i < this.count; i++) {
      const block = this.blocks[i];
      if (block.bytes.length === end - start && isSame(block.bytes, buf, start)) return block;
    }
    return null;
  }

  /** Keeps a block in place of the oldest. */
  keep(buf: Uint8Array, start: number, end: number, fields: HeaderField[], listBytes: number): void {
    if (end - start > MAX_BYTES) return;
    const block = { bytes: buf.slice(start, end), fields, listBytes };
    if (this.count < KEPT) this.blocks[this.count++] = block;
    else {
      this.blocks[this.oldest] = block;
      this.oldest = (this.oldest + 1) % KEPT;
    }
  }

  /** The table has changed: what an index says may be another field. */
  clear(): void {
    this.count = this.oldest = 0;
  }
}

/** Blocks differ most in what is said last. */
function isSame(bytes: Uint8Array, buf: Uint8Array, start: number): boolean {
  for (let i = bytes.length - 1; i >= 0; i--) if (bytes[i] !== buf[start + i]) return false;
  return true;
}
