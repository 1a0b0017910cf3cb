/**
 * Where the dynamic table stands after header blocks were lost.
 *
 * A lost block may have inserted entries, and then every older entry stands further back than we think. How many were inserted
 * is found by the next blocks (lost-insertions.ts). Until it is known, fields of older entries are told as inferred; they are
 * as good as read once it turns out that they were read from the right entries. A second loss before that leaves the oldest
 * entries in doubt for good.
 */
import { DoubtfulField } from "./doubtful-field.js";
import type { DynamicTable } from "./dynamic-table.js";
import { ENTRY_OVERHEAD } from "./dynamic-table.js";
import type { HeaderField } from "./header-field.js";
import { LostInsertions } from "./lost-insertions.js";
import { parseNames } from "./names.js";
import type { Placeholders } from "./placeholders.js";

/** Shapes of blocks, which names in which order, that are kept for comparison: a peer sends a handful. */
const REMEMBERED = 12;
/** Blocks of more fields are not kept: there may be many connections. */
const MAX_FIELDS = 40;

export class TableDoubt {
  private readonly shapes: (readonly HeaderField[])[] = [];
  private shapeCount = 0;
  /** null: the number of lost insertions is known, or does not matter any more. */
  private loss: LostInsertions | null = null;
  /** Entries with a number below it are in doubt until they are evicted. */
  private distrusted = Number.NEGATIVE_INFINITY;
  /** Whether the table may have had entries that were never seen before the last loss. */
  private hadUnknownEntries = false;
  /** By entry number: the field as it is told while in doubt. */
  private copies: Map<number, DoubtfulField> | null = null;

  constructor(
    private readonly table: DynamicTable,
    private readonly placeholders: Placeholders,
  ) {}

  get active(): boolean {
    return this.loss !== null || this.holdsDistrusted();
  }

  begin(): void {
    this.copies = null;
    if (this.loss?.since === 0) {
      this.loss.restart(); // as good as one loss
      return;
    }
    this.hadUnknownEntries = this.table.hasUnknownEntries;
    if (this.loss !== null) this.distrusted = this.loss.below + this.loss.assumed;
    this.table.addUnknownEntries();
    this.loss = new LostInsertions(this.table, this.distrusted, this.hadUnknownEntries);
  }

  /** The entry at `index`, marked as inferred if a loss makes it doubtful. */
  field(index: number): HeaderField {
    const number = this.table.numberOf(index);
    const field = this.table.field(index);
    if (number >= (this.loss?.below ?? this.distrusted)) return field;
    if (field.nameSource !== "observed" && field.valueSource !== "observed") return field;
    this.copies ??= new Map();
    let copy = this.copies.get(number);
    if (copy === undefined) {
      copy = new DoubtfulField(field);
      this.copies.set(number, copy);
    }
    return copy;
  }

  /** Keeps the names of a block for comparison; never names that were worked out in doubt, or a wrong guess would confirm itself. */
  remember(fields: readonly HeaderField[]): void {
    if (fields.length > MAX_FIELDS || fields.length === 0) return;
    if (this.active && fields.some(({ nameSource }) => nameSource !== "observed")) return;
    const { shapes } = this;
    for (let i = 0; i < shapes.length; i++) {
      if (sameNames(shapes[i], fields)) return;
    }
    shapes[this.shapeCount++ % REMEMBERED] = fields;
  }

  /**
   * Looks at the next block for how many insertions were lost, and puts that many unknown entries into the table. Returns how
   * many it put.
   */
  resolve(buf: Uint8Array, start: number, end: number): number {
    const { loss, table } = this;
    if (loss === null) return 0;
    if (!table.hasUnknownEntries) {
      this.settle(); // what was lost is evicted, and all that was older
      return 0;
    }
    const names = parseNames(buf, start, end, MAX_FIELDS);
    if (names === null || !names.some((name) => typeof name === "number" && name >= loss.since)) return 0;
    const { count, isKnown } = loss.weigh(names, this.shapes);
    const entries = count - loss.assumed;
    if (entries !== 0) this.assume(loss, count);
    if (!isKnown) return Math.max(0, entries);
    for (const [number, copy] of this.copies ?? []) copy.isSure = number >= this.distrusted;
    this.settle();
    return Math.max(0, entries);
  }

  private settle(): void {
    this.loss = null;
    this.table.hasUnknownEntries &&= this.hadUnknownEntries;
    this.copies = null;
  }

  private holdsDistrusted(): boolean {
    return this.table.inserted - this.table.count < this.distrusted;
  }

  /** Lets `count` unknown entries stand where the loss was, behind those inserted after it. */
  private assume(loss: LostInsertions, count: number): void {
    const { table } = this;
    const newer = table.takeNewest(loss.since);
    const unknown = table.takeNewest(loss.assumed);
    for (let i = loss.assumed; i < count; i++) table.insert(this.placeholders.make(), ENTRY_OVERHEAD, -1);
    // the newest of them keep their places among each other
    const kept = [...unknown.slice(Math.max(0, unknown.length - count)), ...newer];
    for (const { field, size, origin } of kept) table.insert(field, size, origin);
    loss.assumed = count;
    this.copies = null; // they were read from other entries
  }
}

function sameNames(some: readonly HeaderField[], others: readonly HeaderField[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) {
    if (some[i].name !== others[i].name) return false;
  }
  return true;
}
