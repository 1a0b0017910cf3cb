/**
 * The entries of one direction's dynamic table that were never seen: a number for each, the same for as long as it lives, and
 * what was worked out about it since.
 */
import { type HeaderField, type MutableField, placeholderField } from "./header-field.js";

export class Placeholders {
  /** By entry number (see DynamicTable): the shared field. */
  private readonly byEntry = new Map<number, MutableField>();
  /** By placeholder: every field that has its name or its value from that entry, the entry's own first. */
  private readonly sharing: MutableField[][] = [];

  has(entryNumber: number): boolean {
    return this.byEntry.has(entryNumber);
  }

  /** The field that stands for an entry: made when it is first referred to. */
  entry(entryNumber: number): HeaderField {
    let field = this.byEntry.get(entryNumber);
    if (field === undefined) {
      field = this.nameless();
      this.byEntry.set(entryNumber, field);
    }
    return field;
  }

  /** A new placeholder that stands for no known entry. */
  nameless(): MutableField {
    const field = placeholderField(this.sharing.length + 1);
    this.sharing.push([field]);
    return field;
  }

  /** `field` takes its name from `named`, a placeholder or a field that shares one: whatever is found out counts for both. */
  shareName(named: HeaderField, field: MutableField): void {
    field.nameSource = named.nameSource;
    field.placeholder = named.placeholder;
    this.sharing[named.placeholder - 1].push(field);
  }

  /** How many placeholders there are: they are numbered 1 … count. */
  get count(): number {
    return this.sharing.length;
  }

  /** The field of a placeholder, or null: it was never made. */
  field(placeholder: number): HeaderField | null {
    return this.sharing[placeholder - 1]?.[0] ?? null;
  }

  /** States the name that an entry must have had. Every field that shares it is filled in, also those handed out before. */
  inferName(placeholder: number, name: string): void {
    for (const field of this.sharing[placeholder - 1] ?? []) {
      if (field.nameSource !== "unknown") continue;
      field.name = name;
      field.nameSource = "inferred";
    }
  }

  /** States name and value of an entry. */
  inferField(placeholder: number, name: string, value: string): void {
    this.inferName(placeholder, name);
    const field = this.sharing[placeholder - 1]?.[0];
    if (field === undefined || field.valueSource !== "unknown") return;
    field.value = value;
    field.valueSource = "inferred";
  }
}
