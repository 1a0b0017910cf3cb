/**
 * How many entries lost header blocks put into the table, as the blocks since tell.
 *
 * Peers send the same names in the same order again and again. So a block is read under each possible number of lost
 * insertions, and those are kept that make its names the ones of a block seen before. The number is the same for every block
 * since the loss: what one leaves open, the next may settle.
 */
import type { DynamicTable } from "./dynamic-table.js";
import type { HeaderField } from "./header-field.js";

/** Lost insertions that are thought of: a connection's first request inserts about ten entries. */
const MAX_LOST = 64;
const ALL: readonly number[] = Array.from({ length: MAX_LOST + 1 }, (_, count) => count);

/** Entries that have to be recognised in one block, or in all, before a number is believed: one alone fits by chance. */
const ENOUGH_IN_BLOCK = 2;
const ENOUGH_IN_ALL = 3;

/** The names of a block's fields: as texts, or as the dynamic index (0: the newest) that has it. */
export type BlockNames = readonly (string | number)[];

/** A name that is not known: that of an entry which was lost, or never seen. */
const UNKNOWN = "";
/** Where the table has no entry: no name begins with a space. */
const NO_ENTRY = " ";

/** What a block is under one number. */
interface Reading {
  readonly names: readonly string[];
  /** Numbers of the entries from before the loss. */
  readonly older: readonly number[];
  readonly lost: number;
}

export class LostInsertions {
  /** Entries with a number below it were there before the loss. */
  readonly below: number;
  /** How many unknown entries stand for the lost ones by now. */
  assumed = 0;
  private possible = ALL;
  /** By number: the entries of before that blocks which it explains refer to. */
  private recognised = new Map<number, Set<number>>();
  private blocks = 0;

  /** `distrusted`: entries with a number below it may have moved before, nobody knows how far. */
  constructor(
    private readonly table: DynamicTable,
    private readonly distrusted: number,
    private readonly hadUnknownEntries: boolean,
  ) {
    this.below = table.inserted;
  }

  /** Insertions between the loss and now: they moved the older entries back by as many. */
  get since(): number {
    return this.table.inserted - this.below - this.assumed;
  }

  /** Forgets what the blocks told so far. */
  restart(): void {
    this.possible = ALL;
    this.recognised.clear();
    this.blocks = 0;
  }

  /** The likeliest number after this block too; `isKnown`: it can be no other. */
  weigh(names: BlockNames, shapes: readonly (readonly HeaderField[])[]): { count: number; isKnown: boolean } {
    const readings = new Map<number, Reading>();
    for (const count of ALL) {
      const reading = this.read(names, count);
      if (reading.older.length > 0 && shapes.some((shape) => explains(shape, reading))) readings.set(count, reading);
    }
    const likely = [...readings].filter(([, reading]) => isLikely(reading)).map(([count]) => count);
    let left = this.possible.filter((count) => likely.includes(count));
    if (left.length === 0 && likely.length > 0) {
      this.restart(); // what was thought before comes from blocks that only looked like others
      left = likely;
    }
    if (left.length === 0) left = this.possible.filter((count) => readings.has(count));
    if (left.length === 0) return { count: this.guess(names), isKnown: false };
    this.possible = left;
    this.blocks++;
    for (const count of left) {
      const recognised = this.recognised.get(count) ?? new Set();
      for (const number of readings.get(count)!.older) recognised.add(number);
      this.recognised.set(count, recognised);
    }
    const [count] = left;
    return { count, isKnown: left.length === 1 && (likely.includes(count) || this.isRecognised(count)) };
  }

  private isRecognised(count: number): boolean {
    return this.blocks > 1 && this.recognised.get(count)!.size >= ENOUGH_IN_ALL;
  }

  /** No block seen before has such names: the fewest with which every index has an entry, and no name comes twice. */
  private guess(names: BlockNames): number {
    if (this.possible !== ALL) return this.possible[0];
    for (const count of ALL) {
      if (count < this.assumed) continue;
      const known = this.read(names, count).names.filter((name) => name !== UNKNOWN);
      if (!known.includes(NO_ENTRY) && new Set(known).size === known.length) return count;
    }
    return this.assumed;
  }

  private read(block: BlockNames, count: number): Reading {
    const { table, since, assumed } = this;
    const older: number[] = [];
    let lost = 0;
    const names = block.map((name) => {
      if (typeof name === "string") return name;
      if (name < since) return table.field(name).name;
      const index = name - count + assumed;
      const isLost = name < since + count;
      const isKnown = !isLost && index < table.count && table.numberOf(index) >= this.distrusted;
      if (isKnown && table.field(index).name !== UNKNOWN) {
        older.push(table.numberOf(index));
        return table.field(index).name;
      }
      lost++;
      return isLost || index < table.count || this.hadUnknownEntries ? UNKNOWN : NO_ENTRY;
    });
    return { names, older, lost };
  }
}

function isLikely({ older, lost }: Reading): boolean {
  return older.length >= Math.max(ENOUGH_IN_BLOCK, lost);
}

/** Whether a block of this shape can be read so: what was lost fits anywhere. */
function explains(shape: readonly HeaderField[], { names }: Reading): boolean {
  if (shape.length !== names.length) return false;
  return names.every((name, i) => name === UNKNOWN || name === shape[i].name);
}
