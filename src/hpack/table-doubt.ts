/**
 * Where the dynamic table stands after header blocks were lost.
 *
 * A lost block may have inserted entries, and then every older entry stands further back than we think. How many were inserted
 * is found by the next blocks: peers send the same names in the same order again and again, so a block is read under each
 * possible number of lost insertions, and the number that makes its names those of a block seen before is taken. If one
 * number only does so, the table is in step again. Until then fields of older entries are told as inferred.
 */
import type { DynamicTable } from "./dynamic-table.js";
import { ENTRY_OVERHEAD } from "./dynamic-table.js";
import type { HeaderField } from "./header-field.js";
import { parseNames } from "./names.js";
import type { Placeholders } from "./placeholders.js";

/** Shapes of blocks, which names in which order, that are kept for comparison: a peer sends a handful. */
const REMEMBERED = 12;
/** Blocks of more fields are not kept: there may be many connections. */
const MAX_FIELDS = 40;
/** Lost insertions that are thought of: a connection's first request inserts about ten entries. */
const MAX_SHIFT = 64;

/** No name: none begins with a space. */
const NO_ENTRY = " ";

export class TableDoubt {
  active = false;
  private readonly shapes: (readonly HeaderField[])[] = [];
  private shapeCount = 0;
  /** Entries with a number below it were there before the loss. */
  private below = 0;
  /** What the table had before the loss. */
  private hadUnknownEntries = false;
  /** By entry number: the field as it is told while in doubt. */
  private copies: Map<number, HeaderField> | null = null;

  constructor(
    private readonly table: DynamicTable,
    private readonly placeholders: Placeholders,
  ) {}

  begin(): void {
    if (!this.active) this.hadUnknownEntries = this.table.hasUnknownEntries;
    this.table.addUnknownEntries();
    this.active = true;
    this.below = this.table.inserted;
    this.copies = null;
  }

  /** The entry at `index`, marked as inferred if the loss makes it doubtful. */
  field(index: number): HeaderField {
    const number = this.table.numberOf(index);
    const field = this.table.field(index);
    if (number >= this.below || field.placeholder !== 0) return field;
    this.copies ??= new Map();
    let copy = this.copies.get(number);
    if (copy === undefined) {
      copy = { ...field, nameSource: "inferred", valueSource: "inferred" };
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
    const { table } = this;
    if (!table.hasUnknownEntries) {
      this.settle(); // what was lost is evicted
      return 0;
    }
    const names = parseNames(buf, start, end, MAX_FIELDS);
    // insertions between the loss and now moved the older entries back by as many
    const since = table.inserted - this.below;
    if (names === null || !names.some((name) => typeof name === "number" && name >= since)) return 0;
    const shifts: number[] = [];
    for (let shift = 0; shift <= MAX_SHIFT && shifts.length < 2; shift++) {
      if (this.fits(names, shift, since)) shifts.push(shift);
    }
    const shift = shifts[0] ?? this.firstPlausible(names, since);
    if (shift > 0) this.shift(shift, since);
    if (shifts.length === 1) this.settle();
    return shift;
  }

  /** The fewest lost insertions with which every index has an entry, and no name comes twice. */
  private firstPlausible(names: readonly (string | number)[], since: number): number {
    for (let shift = 0; shift <= MAX_SHIFT; shift++) {
      const under = names.map((name) => this.nameUnder(name, shift, since)).filter((name) => name !== "");
      if (!under.includes(NO_ENTRY) && new Set(under).size === under.length) return shift;
    }
    return 0;
  }

  private settle(): void {
    this.active = false;
    this.table.hasUnknownEntries &&= this.hadUnknownEntries;
    this.copies = null;
  }

  /** Whether the block's names, if `shift` insertions were lost, are those of a block seen before. */
  private fits(names: readonly (string | number)[], shift: number, since: number): boolean {
    return this.shapes.some((fields) => {
      if (fields.length !== names.length) return false;
      let recognised = 0;
      let lost = 0;
      for (let i = 0; i < names.length; i++) {
        const name = this.nameUnder(names[i], shift, since);
        if (name === "") lost++;
        else if (name !== fields[i].name) return false;
        else if (typeof names[i] === "number" && (names[i] as number) >= since + shift) recognised++;
      }
      // what was inserted inside the loss fits anywhere, and a single name by chance
      return recognised >= 2 && recognised >= lost;
    });
  }

  /** The name at a dynamic index; "" when it is one of those that were lost. */
  private nameUnder(name: string | number, shift: number, since: number): string {
    if (typeof name === "string") return name;
    if (name < since) return this.table.field(name).name;
    if (name < since + shift) return "";
    return name - shift < this.table.count ? this.table.field(name - shift).name : NO_ENTRY;
  }

  /** Puts `count` unknown entries where the loss was, behind the `since` entries inserted after it. */
  private shift(count: number, since: number): void {
    const newer = this.table.takeNewest(since);
    for (let i = 0; i < count; i++) this.table.insert(this.placeholders.make(), ENTRY_OVERHEAD, -1);
    for (const { field, size, origin } of newer) this.table.insert(field, size, origin);
  }
}

function sameNames(some: readonly HeaderField[], others: readonly HeaderField[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) {
    if (some[i].name !== others[i].name) return false;
  }
  return true;
}
