/**
 * The entries of one direction's dynamic table that were never seen: a number for each, the same for as long as it lives, and
 * what was worked out about it since.
 */
import type { HeaderField, Source } from "./header-field.js";

/** What is known of an entry that was never seen. Every field that comes from it looks here. */
interface UnknownEntry {
  /** 1, 2, … in each direction. */
  readonly placeholder: number;
  name: string;
  value: string;
  nameSource: Source;
  valueSource: Source;
  /** The field that it took its name from; null: none. */
  readonly named: HeaderField | null;
}

/** The field of such an entry; or, with a value of its own, a literal that takes its name from one. */
class UnknownField implements HeaderField {
  constructor(
    private readonly entry: UnknownEntry,
    private readonly literal: string | null,
    readonly valueBytes: Uint8Array | null,
    readonly neverIndexed: boolean,
  ) {}

  get placeholder(): number {
    return this.nameSource === "observed" && this.valueSource === "observed" ? 0 : this.entry.placeholder;
  }

  get name(): string {
    const { name, nameSource, named } = this.entry;
    return nameSource === "unknown" && named !== null ? named.name : name;
  }

  get nameSource(): Source {
    const { nameSource, named } = this.entry;
    return nameSource === "unknown" && named !== null ? named.nameSource : nameSource;
  }

  get value(): string {
    return this.literal ?? this.entry.value;
  }

  get valueSource(): Source {
    return this.literal === null ? this.entry.valueSource : "observed";
  }

  inferName(name: string): void {
    if (this.nameSource !== "unknown") return;
    this.entry.name = name;
    this.entry.nameSource = "inferred";
  }

  inferValue(value: string): void {
    if (this.literal !== null || this.entry.valueSource !== "unknown") return;
    this.entry.value = value;
    this.entry.valueSource = "inferred";
  }

  /** A literal with this field's name. */
  named(value: string, valueBytes: Uint8Array | null, neverIndexed: boolean): HeaderField {
    return new UnknownField(this.entry, value, valueBytes, neverIndexed);
  }
}

/** Unknown entries that can still be looked up: twice what a table of maxHpackTableBytes holds. Older ones stay as they are. */
const MAX_REMEMBERED = 4096;

export class Placeholders {
  /** How many there were: they are numbered 1 … count. */
  count = 0;
  /** By entry number (see DynamicTable). */
  private byEntry: Map<number, HeaderField> | null = null;

  has(entryNumber: number): boolean {
    return this.byEntry?.has(entryNumber) ?? false;
  }

  /** The field that stands for an entry: made when it is first referred to, and shared from then on. */
  entry(entryNumber: number): HeaderField {
    this.byEntry ??= new Map();
    let field = this.byEntry.get(entryNumber);
    if (field === undefined) {
      field = this.make();
      forgetOldest(this.byEntry);
      this.byEntry.set(entryNumber, field);
    }
    return field;
  }

  /** A new one, whose name may be known: that of `named`. */
  make(named: HeaderField | null = null): HeaderField {
    const entry: UnknownEntry = {
      placeholder: ++this.count,
      name: "",
      value: "",
      nameSource: "unknown",
      valueSource: "unknown",
      named,
    };
    return new UnknownField(entry, null, null, false);
  }

  /** A literal that takes its name from `named`, whose name was not observed; null: from an entry that cannot be. */
  literal(named: HeaderField | null, value: string, valueBytes: Uint8Array | null, neverIndexed: boolean): HeaderField {
    const field = named instanceof UnknownField ? named : (this.make(named) as UnknownField);
    return field.named(value, valueBytes, neverIndexed);
  }
}

/**
 * States the name that the entry behind `field` must have had, which was never seen: every field that comes from it has the
 * name then, also those handed out before. No effect on a field whose name is known.
 */
export function inferName(field: HeaderField, name: string): void {
  if (field instanceof UnknownField) field.inferName(name);
}

/** The same for its value. */
export function inferValue(field: HeaderField, value: string): void {
  if (field instanceof UnknownField) field.inferValue(value);
}

function forgetOldest(map: Map<number, unknown>): void {
  if (map.size < MAX_REMEMBERED) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
