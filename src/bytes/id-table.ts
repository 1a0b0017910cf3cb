/**
 * Objects by their ids, in the order in which they were added.
 *
 * For tables that are filled and emptied all the time: a Map makes its memory anew whenever it shrinks, and with a stream or two
 * open at once it does so for every stream. Here nothing is allocated but when the table grows.
 */

/** What can stand in a table, in one at a time. The links belong to the table. */
export interface IdEntry<T> {
  /** A whole number below 2^31. */
  readonly id: number;
  nextInBucket: T | null;
  older: T | null;
  newer: T | null;
}

const FIRST_BUCKETS = 4;

export class IdTable<T extends IdEntry<T>> {
  size = 0;
  oldest: T | null = null;
  private newest: T | null = null;
  private buckets: (T | null)[] = new Array(FIRST_BUCKETS).fill(null);

  get(id: number): T | null {
    let entry = this.buckets[bucketOf(id, this.buckets.length)];
    while (entry !== null && entry.id !== id) entry = entry.nextInBucket;
    return entry;
  }

  /** Adds an entry that is not in the table. It hides an older one of the same id from `get`. */
  add(entry: T): void {
    if (this.size >= this.buckets.length) this.grow();
    this.size++;
    this.chain(entry);
    entry.older = this.newest;
    if (this.newest === null) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
  }

  /** Nothing happens when it is not in the table. */
  remove(entry: T): void {
    const index = bucketOf(entry.id, this.buckets.length);
    let previous: T | null = null;
    let other = this.buckets[index];
    for (; other !== entry; other = other.nextInBucket) {
      if (other === null) return;
      previous = other;
    }
    if (previous === null) this.buckets[index] = entry.nextInBucket;
    else previous.nextInBucket = entry.nextInBucket;
    if (entry.older === null) this.oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === null) this.newest = entry.older;
    else entry.newer.older = entry.older;
    entry.nextInBucket = entry.older = entry.newer = null;
    this.size--;
  }

  /** Oldest first. What it has given may be removed meanwhile; nothing else may, and what is added is not given. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let entry = this.oldest; entry !== null; ) {
      const { newer }: T = entry;
      yield entry;
      entry = newer;
    }
  }

  private chain(entry: T): void {
    const index = bucketOf(entry.id, this.buckets.length);
    entry.nextInBucket = this.buckets[index];
    this.buckets[index] = entry;
  }

  private grow(): void {
    this.buckets = new Array(this.buckets.length * 4).fill(null);
    for (const entry of this) this.chain(entry);
  }
}

/** Another one in each process: ids that all fall into one bucket cannot be chosen beforehand. Odd. */
const MULTIPLIER = Math.floor(Math.random() * 2 ** 32) | 1;

/** Multiply-shift hashing: the upper bits of the product. `buckets`: a power of two. */
function bucketOf(id: number, buckets: number): number {
  return Math.imul(id, MULTIPLIER) >>> (Math.clz32(buckets) + 1);
}
