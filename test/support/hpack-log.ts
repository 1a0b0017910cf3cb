/** Runs header blocks through an HpackDecoder and writes down what came out, as plain values to compare. */

import { HpackDecoder, type HpackOptions } from "../../src/hpack/decoder.js";
import type { HeaderField } from "../../src/hpack/header-field.js";
import { LIMITS, type Limits } from "../../src/limits.js";

export class HpackRun {
  /** "CODE @offset", of all blocks. */
  readonly told: string[] = [];
  readonly decoder: HpackDecoder;

  constructor(options: HpackOptions = {}, limits: Partial<Limits> = {}) {
    const report = (code: string, _values: unknown, place?: { at?: number }) =>
      this.told.push(place?.at === undefined ? code : `${code} @${place.at}`);
    this.decoder = new HpackDecoder(report, { ...LIMITS, ...limits }, options);
  }

  /** The block's fields as "name: value"; from a buffer that is overwritten afterwards. */
  decode(block: Uint8Array): string[] {
    const buf = block.slice();
    const fields = this.decoder.decode(buf, 0, buf.length);
    buf.fill(0xff);
    return fields.map(formatField);
  }

  /** The dynamic table, newest first. */
  table(): string[] {
    const { table } = this.decoder;
    return Array.from({ length: table.count }, (_, index) => {
      return `${formatField(table.field(index))} (${table.entrySize(index)})`;
    });
  }
}

/** "name: value"; what is not known as "?" and the placeholder's number, what is inferred with "~" before it. */
export function formatField(field: HeaderField): string {
  const mark = { observed: "", inferred: "~", unknown: `?${field.placeholder}` };
  const { name, value, nameSource, valueSource, neverIndexed } = field;
  return `${mark[nameSource]}${name}: ${mark[valueSource]}${value}${neverIndexed ? " (never indexed)" : ""}`;
}
