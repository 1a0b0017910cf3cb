/**
 * The dynamic table of RFC 7541 §2.3.2 as a ring, seen by an observer who may have joined late.
 *
 * An entry's number is how many insertions came before it (the first insertion that we see is number 0; those before it are
 * negative), so it stays the same while newer entries push its index up. Evicting late does no harm to a decoder: a right
 * encoder refers only to entries that it still has.
 */
import type { HeaderField } from "./header-field.js";

/** RFC 7541 §4.1: "The size of an entry is the sum of its name's length in octets, its value's length in octets, and 32." */
export const ENTRY_OVERHEAD = 32;

export interface TableEntry {
  readonly field: HeaderField;
  readonly size: number;
  readonly origin: number;
}

export class DynamicTable {
  /** Entries that are known, and their size together. */
  count = 0;
  size = 0;
  /** Insertions so far: the number of the next entry. */
  inserted = 0;
  private fields: (HeaderField | null)[] = [];
  private sizes = new Float64Array(0);
  private origins = new Float64Array(0);
  private mask = -1;
  /** Entries that were never seen have numbers below it. */
  private unknownBelow = 0;

  constructor(
    public maxSize: number,
    /** Whether entries that were never seen may still be in it. */
    public hasUnknownEntries: boolean,
  ) {}

  /** Insertions may have been lost just now. */
  addUnknownEntries(): void {
    this.hasUnknownEntries = true;
    this.unknownBelow = this.inserted;
  }

  /** Number of the entry at `index`, 0 being the newest. */
  numberOf(index: number): number {
    return this.inserted - 1 - index;
  }

  /** The entry at `index`, 0 ≤ index < count. */
  field(index: number): HeaderField {
    return this.fields[(this.inserted - 1 - index) & this.mask]!;
  }

  entrySize(index: number): number {
    return this.sizes[(this.inserted - 1 - index) & this.mask];
  }

  /** What `insert` was told of the entry's origin. */
  origin(index: number): number {
    return this.origins[(this.inserted - 1 - index) & this.mask];
  }

  /** Takes back the last `count` insertions; oldest first. */
  takeNewest(count: number): TableEntry[] {
    const entries: TableEntry[] = [];
    for (let taken = Math.min(count, this.count); taken > 0; taken--) {
      entries.unshift({ field: this.field(0), size: this.entrySize(0), origin: this.origin(0) });
      this.inserted--;
      this.count--;
      this.size -= entries[0].size;
      this.fields[this.inserted & this.mask] = null;
    }
    return entries;
  }

  /** Whether an entry never seen can stand at `index` ≥ count: each of those between takes at least its overhead. */
  mayHold(index: number): boolean {
    return this.hasUnknownEntries && this.size + (index + 1 - this.count) * ENTRY_OVERHEAD <= this.maxSize;
  }

  /**
   * RFC 7541 §4.4: entries are evicted from the end until the new one fits. "It is not an error to attempt to add an entry
   * that is larger than the maximum size; an attempt to add an entry larger than the maximum size causes the table to be
   * emptied of all existing entries and results in an empty table." False then.
   */
  insert(field: HeaderField, size: number, origin: number): boolean {
    this.evict(this.maxSize - size);
    if (size > this.maxSize) return false;
    if (this.count === this.fields.length) this.grow();
    const slot = this.inserted++ & this.mask;
    this.fields[slot] = field;
    this.sizes[slot] = size;
    this.origins[slot] = origin;
    this.count++;
    this.size += size;
    return true;
  }

  resize(maxSize: number): void {
    this.maxSize = maxSize;
    this.evict(maxSize);
    if (maxSize < ENTRY_OVERHEAD) this.hasUnknownEntries = false;
  }

  private evict(allowed: number): void {
    while (this.count > 0 && this.size > allowed) {
      const number = this.inserted - this.count;
      const slot = number & this.mask;
      this.size -= this.sizes[slot];
      this.fields[slot] = null;
      this.count--;
      if (number >= this.unknownBelow) this.hasUnknownEntries = false; // they are older, so they went first
    }
    if (allowed < 0) this.hasUnknownEntries = false;
  }

  private grow(): void {
    const length = Math.max(16, this.fields.length * 2);
    const fields: (HeaderField | null)[] = new Array(length).fill(null);
    const sizes = new Float64Array(length);
    const origins = new Float64Array(length);
    const mask = length - 1;
    for (let number = this.inserted - this.count; number < this.inserted; number++) {
      fields[number & mask] = this.fields[number & this.mask];
      sizes[number & mask] = this.sizes[number & this.mask];
      origins[number & mask] = this.origins[number & this.mask];
    }
    this.fields = fields;
    this.sizes = sizes;
    this.origins = origins;
    this.mask = mask;
  }
}
