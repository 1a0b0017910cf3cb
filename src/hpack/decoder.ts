/**
 * Header blocks of one direction of a connection → header fields (RFC 7541).
 *
 *      0   1   2   3   4   5   6   7
 *    +---+---+---+---+---+---+---+---+
 *    | 1 |        Index (7+)         |   §6.1    indexed field
 *    | 0 | 1 |      Index (6+)       |   §6.2.1  literal, put into the dynamic table
 *    | 0 | 0 | 1 |   Max size (5+)   |   §6.3    dynamic table size update
 *    | 0 | 0 | 0 | 1 |  Index (4+)   |   §6.2.3  literal, never indexed
 *    | 0 | 0 | 0 | 0 |  Index (4+)   |   §6.2.2  literal, not indexed
 *    +---+---+---+---+---+---+---+---+
 *    a literal goes on with its name, when Index is 0, and its value:  | H | Length (7+) |  String …
 *
 * Nothing throws. What breaks the RFC is reported, and decoding goes on wherever a step exists; the table is kept in step also
 * where a limit ends the emission of fields. The decoder may have joined late: then an index beyond what it saw inserted is a
 * placeholder, not an error.
 */
import { decodeLatin1, decodeUtf8Strict } from "../bytes/text.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import { DynamicTable, ENTRY_OVERHEAD } from "./dynamic-table.js";
import { type HeaderField, observedField } from "./header-field.js";
import { decodeHuffman, type HuffmanOutput } from "./huffman.js";
import { Placeholders } from "./placeholders.js";
import { STATIC_LENGTH, STATIC_TABLE } from "./static-table.js";

/** RFC 9113 §6.5.2: the initial value of SETTINGS_HEADER_TABLE_SIZE. */
export const DEFAULT_TABLE_SIZE = 4096;

/** RFC 7541 §5.1 sets no limit; 2^32 - 1 is the largest setting, and nothing larger has a meaning. */
const MAX_INTEGER = 0xffffffff;

/** Every string passes through it; it grows to what the largest block needed, which maxHeaderBlockBytes bounds. */
const huffman: HuffmanOutput = { bytes: new Uint8Array(256), length: 0, fault: "" };

export interface HpackOptions {
  /** The connection began before we did: the table may hold entries, and its size limit is not known. */
  readonly joinedLate?: boolean;
}

export class HpackDecoder {
  readonly table: DynamicTable;
  readonly placeholders = new Placeholders();
  /** Of the last block: false when fields were left out (a limit, damage). */
  complete = true;

  private buf: Uint8Array = new Uint8Array(0);
  private position = 0;
  private end = 0;
  private short = false;
  private blockStart = 0;
  private origin = 0;
  private listBytes = 0;
  private stringBytes = 0;
  /** What SETTINGS_HEADER_TABLE_SIZE allows the encoder; null: not known. */
  private allowedSize: number | null;
  /** The limit fell below the table's size: the next block must begin with an update. */
  private updateDue = false;

  /** `report` gets places whose `at` counts from the block's first byte. */
  constructor(
    private readonly report: Report,
    private readonly limits: Limits,
    { joinedLate = false }: HpackOptions = {},
  ) {
    this.allowedSize = joinedLate ? null : DEFAULT_TABLE_SIZE;
    this.table = new DynamicTable(joinedLate ? limits.maxHpackTableBytes : DEFAULT_TABLE_SIZE, joinedLate);
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, acknowledged by this direction's sender, so its later blocks keep to it. */
  setAllowedSize(bytes: number): void {
    // RFC 9113 §4.3.1: "If the decoder reduces the maximum size … the encoder MUST … Dynamic Table Size Update instruction"
    this.updateDue = this.allowedSize !== null && bytes < this.table.maxSize;
    this.allowedSize = bytes;
  }

  /**
   * Decodes the whole block `buf[start, end)`. `origin` is kept with the entries that it inserts (DynamicTable.origin).
   * Fields past maxHeaderFields or past maxHeaderBlockBytes together are left out, and `complete` is then false.
   */
  decode(buf: Uint8Array, start: number, end: number, origin = 0): HeaderField[] {
    const fields: HeaderField[] = [];
    this.buf = buf;
    this.position = start;
    this.end = end;
    this.blockStart = start;
    this.origin = origin;
    this.listBytes = 0;
    this.complete = true;
    let atStart = true;
    while (this.position < end) {
      const from = this.position;
      const first = buf[from];
      this.short = false;
      if (first >= 0x80) {
        const field = this.entry(this.integer(0x7f), from);
        if (field !== null) this.emit(fields, field);
      } else if (first >= 0x40) {
        this.insertLiteral(fields, from);
      } else if (first >= 0x20) {
        this.sizeUpdate(atStart, from);
        continue;
      } else {
        const field = this.literal(0x0f, first >= 0x10, from);
        if (field !== null) this.emit(fields, field);
      }
      if (atStart && this.updateDue) this.reportMissingUpdate(from);
      atStart = false;
      if (this.short) {
        this.complete = false;
        this.report("HPACK_BLOCK_TRUNCATED", {}, { at: from - start, length: end - from });
        break;
      }
    }
    this.buf = NO_BYTES;
    return fields;
  }

  private emit(fields: HeaderField[], field: HeaderField): void {
    this.listBytes += field.name.length + field.value.length + ENTRY_OVERHEAD;
    if (fields.length < this.limits.maxHeaderFields && this.listBytes <= this.limits.maxHeaderBlockBytes) {
      fields.push(field);
      return;
    }
    if (this.complete) {
      const { maxHeaderFields, maxHeaderBlockBytes } = this.limits;
      this.report("HPACK_FIELDS_LIMIT", { fields: maxHeaderFields, bytes: maxHeaderBlockBytes }, {});
    }
    this.complete = false;
  }

  /** The field at a table index, or null where there is none. */
  private entry(index: number, from: number): HeaderField | null {
    if (this.short) return null;
    if (index > STATIC_LENGTH) {
      const { table } = this;
      const dynamicIndex = index - STATIC_LENGTH - 1;
      if (dynamicIndex < table.count) return table.field(dynamicIndex);
      if (table.mayHold(dynamicIndex)) {
        const number = table.numberOf(dynamicIndex);
        if (!this.placeholders.has(number)) this.report("HPACK_INDEX_UNKNOWN", { index }, this.place(from));
        return this.placeholders.entry(number);
      }
    } else if (index > 0) return STATIC_TABLE[index];
    // §2.3.3: "Indices strictly greater than the sum of the lengths of both tables MUST be treated as a decoding error."
    // §6.1: "The index value of 0 is not used. It MUST be treated as a decoding error if found in an indexed header field."
    this.complete = false;
    this.report("HPACK_INDEX_INVALID", { index, entries: this.table.count }, this.place(from));
    return null;
  }

  private insertLiteral(fields: HeaderField[], from: number): void {
    const field = this.literal(0x3f, false, from);
    if (field === null) return;
    const size = this.nameBytes + this.stringBytes + ENTRY_OVERHEAD;
    this.table.insert(field, size, this.origin);
    this.emit(fields, field);
  }

  /** Bytes of the last literal's name. */
  private nameBytes = 0;

  private literal(mask: number, neverIndexed: boolean, from: number): HeaderField | null {
    const index = this.integer(mask);
    if (this.short) return null;
    let name: string;
    let named: HeaderField | null = null;
    if (index === 0) {
      name = this.string().text;
      if (this.short) return null;
      this.nameBytes = this.stringBytes;
    } else {
      named = this.entry(index, from) ?? this.placeholders.nameless();
      name = named.name;
      this.nameBytes = name.length;
    }
    const { text, bytes } = this.string();
    if (this.short) return null;
    const field = observedField(name, text, bytes, neverIndexed);
    if (named !== null && named.nameSource !== "observed") this.placeholders.shareName(named, field);
    return field;
  }

  /** §5.1, from the prefix at `position`. Sets `short` where the block ends inside. */
  private integer(mask: number): number {
    const { buf, end } = this;
    let value = buf[this.position++] & mask;
    if (value < mask) return value;
    for (let scale = 1; ; scale *= 128) {
      if (this.position >= end) {
        this.short = true;
        return 0;
      }
      const byte = buf[this.position++];
      if (value <= MAX_INTEGER) value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    if (value <= MAX_INTEGER) return value;
    // §5.1: "Integer encodings that exceed implementation limits -- in value or octet length -- MUST be treated as decoding errors."
    this.report("HPACK_INTEGER_OVERFLOW", {}, this.place(this.position - 1));
    return MAX_INTEGER;
  }

  /** §5.2, from its length on. */
  private string(): { text: string; bytes: Uint8Array | null } {
    if (this.position >= this.end) return this.cut();
    const coded = this.buf[this.position] >= 0x80;
    const length = this.integer(0x7f);
    if (this.short || length > this.end - this.position) return this.cut();
    const from = this.position;
    this.position += length;
    if (!coded) {
      this.stringBytes = length;
      return this.text(this.buf, from, this.position);
    }
    decodeHuffman(this.buf, from, this.position, huffman);
    this.stringBytes = huffman.length;
    if (huffman.fault !== "") {
      this.complete = false;
      this.report("HPACK_HUFFMAN_INVALID", { fault: huffman.fault }, { at: from - this.blockStart, length });
    }
    return this.text(huffman.bytes, 0, huffman.length);
  }

  private text(buf: Uint8Array, start: number, end: number): { text: string; bytes: Uint8Array | null } {
    const text = decodeUtf8Strict(buf, start, end);
    if (text !== null) return { text, bytes: null };
    return { text: decodeLatin1(buf, start, end), bytes: buf.slice(start, end) };
  }

  private cut(): { text: string; bytes: null } {
    this.short = true;
    return CUT;
  }

  /** §6.3. */
  private sizeUpdate(atStart: boolean, from: number): void {
    const size = this.integer(0x1f);
    if (this.short) {
      this.reportShort(from);
      return;
    }
    this.updateDue = false;
    // §4.2: "This dynamic table size update MUST occur at the beginning of the first header block following the change"
    if (!atStart) this.report("HPACK_SIZE_UPDATE_LATE", { size }, this.place(from));
    // §6.3: "The new maximum size MUST be lower than or equal to the limit determined by the protocol using HPACK."
    if (this.allowedSize !== null && size > this.allowedSize)
      this.report("HPACK_SIZE_UPDATE_TOO_LARGE", { size, allowed: this.allowedSize }, this.place(from));
    const { maxHpackTableBytes } = this.limits;
    if (size > maxHpackTableBytes)
      this.report("HPACK_TABLE_LIMIT", { size, limit: maxHpackTableBytes }, this.place(from));
    this.table.resize(Math.min(size, maxHpackTableBytes));
  }

  private reportShort(from: number): void {
    this.complete = false;
    this.position = this.end;
    this.report("HPACK_BLOCK_TRUNCATED", {}, { at: from - this.blockStart, length: this.end - from });
  }

  private reportMissingUpdate(from: number): void {
    this.updateDue = false;
    this.report("HPACK_SIZE_UPDATE_MISSING", { allowed: this.allowedSize ?? 0 }, this.place(from));
  }

  private place(at: number): { at: number; length: number } {
    return { at: at - this.blockStart, length: Math.max(1, this.position - at) };
  }
}

const NO_BYTES = new Uint8Array(0);
const CUT = { text: "", bytes: null };
