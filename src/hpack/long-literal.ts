/**
 * A literal that is longer than a whole header block may be: its strings are passed over, and only what the dynamic table's
 * size needs is kept, so that the table stays in step.
 */
import { ENTRY_OVERHEAD } from "./dynamic-table.js";
import { IntegerReader } from "./integer.js";

/** A Huffman-coded string of n bytes is at least n × 8 / 30 long: no code has more than 30 bits. */
const MIN_DECODED_PER_BYTE = 8 / 30;

export class LongLiteral {
  open = false;
  /** Whether it goes into the dynamic table. */
  inserts = false;
  /** Index of its name; 0: a literal. */
  nameIndex = 0;
  /** Its entry's size, at least. */
  size = 0;
  private stringsLeft = 0;
  /** Bytes of the current string that are still to come; -1: its length comes next. */
  private left = -1;
  private readonly integer = new IntegerReader();

  /** Takes `buf[start, end)`, where a literal begins and does not end. Returns what `pass` does; -1: it is not even a literal's head. */
  begin(buf: Uint8Array, start: number, end: number): number {
    this.inserts = buf[start] >= 0x40;
    this.nameIndex = this.integer.read(buf, start, end, this.inserts ? 0x3f : 0x0f);
    if (this.integer.short) return -1;
    this.size = ENTRY_OVERHEAD;
    this.stringsLeft = this.nameIndex === 0 ? 2 : 1;
    this.left = -1;
    this.open = true;
    return this.pass(buf, this.integer.next, end);
  }

  /** Passes over what of the literal is in `buf[start, end)`; returns where it stopped: at its end, or before a cut length. */
  pass(buf: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.stringsLeft > 0) {
      if (this.left < 0) {
        const huffman = at < end && buf[at] >= 0x80;
        const length = this.integer.read(buf, at, end, 0x7f);
        if (this.integer.short) return at;
        at = this.integer.next;
        this.left = length;
        this.size += huffman ? Math.floor(length * MIN_DECODED_PER_BYTE) : length;
      }
      const passed = Math.min(this.left, end - at);
      this.left -= passed;
      at += passed;
      if (this.left > 0) return at;
      this.left = -1;
      this.stringsLeft--;
    }
    this.open = false;
    return at;
  }
}
