/** A small HPACK encoder with a dynamic table, so that tests have blocks as real peers send them. Nothing is Huffman-coded. */
import { STATIC_LENGTH, STATIC_TABLE } from "../../src/hpack/static-table.js";
import { concat, indexed, integer, string } from "./frames.js";

type Field = readonly [name: string, value: string];

export class HpackEncoder {
  /** Newest first. */
  private table: Field[] = [];

  constructor(private readonly maxBytes = 4096) {}

  /** Refers to what the tables have; puts everything else into the dynamic table. */
  encode(fields: readonly Field[]): Uint8Array {
    return concat(...fields.map((field) => this.field(field)));
  }

  private field([name, value]: Field): Uint8Array {
    const whole = this.find((field) => field[0] === name && field[1] === value);
    if (whole > 0) return indexed(whole);
    const named = this.find((field) => field[0] === name);
    this.insert([name, value]);
    if (named > 0) return concat(integer(0x40, 6, named), string(value));
    return concat([0x40], string(name), string(value));
  }

  /** The index of the first field of both tables that does; 0: none. */
  private find(does: (field: Field) => boolean): number {
    for (let index = 1; index <= STATIC_LENGTH; index++) {
      const { name, value } = STATIC_TABLE[index];
      if (does([name, value])) return index;
    }
    return this.table.findIndex(does) + 1 && STATIC_LENGTH + 1 + this.table.findIndex(does);
  }

  private insert(field: Field): void {
    this.table.unshift(field);
    const size = () => this.table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (size() > this.maxBytes) this.table.pop();
  }
}
