/** The names of a header block's fields as far as they can be read without the dynamic table, for comparing blocks. */
import { IntegerReader } from "./integer.js";
import { STATIC_LENGTH, STATIC_TABLE } from "./static-table.js";
import { StringReader } from "./string-reader.js";

const integer = new IntegerReader();
const string = new StringReader();

/**
 * Per field its name, or the dynamic index (0: the newest entry, as the table stands before the block) that has it. Null: more
 * than `maxFields` fields, or the block is damaged.
 */
export function parseNames(buf: Uint8Array, start: number, end: number, maxFields: number): (string | number)[] | null {
  const names: (string | number)[] = [];
  const inserted: (string | number)[] = [];
  let at = start;
  while (at < end) {
    const first = buf[at];
    const indexed = first >= 0x80;
    const incremental = first >= 0x40;
    const update = !incremental && first >= 0x20;
    const index = integer.read(buf, at, end, indexed ? 0x7f : incremental ? 0x3f : update ? 0x1f : 0x0f);
    if (integer.short || integer.overflow) return null;
    at = integer.next;
    if (update) continue;
    let name: string | number;
    if (index === 0) {
      if (indexed || at >= end) return null;
      string.read(buf, at, end);
      if (string.short) return null;
      at = string.next;
      name = string.text;
    } else if (index <= STATIC_LENGTH) name = STATIC_TABLE[index].name;
    else {
      const dynamicIndex = index - STATIC_LENGTH - 1;
      name =
        dynamicIndex < inserted.length ? inserted[inserted.length - 1 - dynamicIndex] : dynamicIndex - inserted.length;
    }
    if (!indexed) {
      const length = at < end ? integer.read(buf, at, end, 0x7f) : 0;
      if (at >= end || integer.short || length > end - integer.next) return null;
      at = integer.next + length;
      if (incremental) inserted.push(name);
    }
    if (names.push(name) > maxFields) return null;
  }
  return names;
}
