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
 *    a literal goes on with its name, when Index is 0, and its value: string literals (§5.2)
 *
 * Nothing throws. What breaks the RFC is reported, and decoding goes on wherever a step exists; the table is kept in step also
 * where a limit ends the emission of fields. The decoder may have joined late, or have lost bytes: then an index beyond what
 * it saw inserted is a placeholder, not an error.
 *
 * Contract for speed: an indexed field costs one look-up and no allocation; a literal costs its text, once. A block that was
 * sent before, and changes nothing, costs a comparison of its bytes.
 */
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import { DynamicTable, ENTRY_OVERHEAD } from "./dynamic-table.js";
import { type HeaderField, observedField } from "./header-field.js";
import { IntegerReader } from "./integer.js";
import { LongLiteral } from "./long-literal.js";
import { Placeholders } from "./placeholders.js";
import { type RepeatedBlock, RepeatedBlocks } from "./repeated-blocks.js";
import { emptyRepresentation, type RepresentationKind, type RepresentationSink } from "./representation.js";
import { SizeUpdates } from "./size-updates.js";
import { STATIC_LENGTH, STATIC_TABLE } from "./static-table.js";
import { StringReader } from "./string-reader.js";
import { TableDoubt } from "./table-doubt.js";

/** RFC 9113 §6.5.2: the initial value of SETTINGS_HEADER_TABLE_SIZE. */
export const DEFAULT_TABLE_SIZE = 4096;

/** Shared by all decoders, as none is called while another one runs: there may be many connections. */
const integer = new IntegerReader();
const string = new StringReader();
const view = emptyRepresentation();

export interface HpackOptions {
  /** The connection began before we did: the table may hold entries, and its size limit is not known. */
  readonly joinedLate?: boolean;
  /** Is told every representation. */
  readonly trace?: RepresentationSink | null;
  /** Is told each name that comes as a literal, with its offset in the block: the place to check its characters. */
  readonly newName?: ((name: string, at: number) => void) | null;
}

export class HpackDecoder {
  readonly table: DynamicTable;
  readonly placeholders = new Placeholders();
  /** Of the last block: false when fields were left out (a limit, damage). */
  complete = true;

  /** Of the last block, fields that were left out included: RFC 9113 §6.5.2's size of a field section. */
  listBytes = 0;

  /** The last block, where it may come again; null: it was read for this once. */
  known: RepeatedBlock | null = null;

  private fields: HeaderField[] = [];
  private origin = 0;
  /** Offset in the block of byte 0 of the buffer at hand. */
  private base = 0;
  private long: LongLiteral | null = null;
  private readonly doubt: TableDoubt;
  private readonly trace: RepresentationSink | null;
  private readonly newName: ((name: string, at: number) => void) | null;
  private readonly sizeUpdates: SizeUpdates;
  private readonly repeated = new RepeatedBlocks();
  /** The block at hand changes the table, or brings a name that is to be checked each time. */
  private unrepeatable = false;

  /** `report` gets places whose `at` counts from the block's first byte. */
  constructor(
    private readonly report: Report,
    private readonly limits: Limits,
    { joinedLate = false, trace = null, newName = null }: HpackOptions = {},
  ) {
    const { maxHpackTableBytes } = limits;
    this.table = new DynamicTable(
      joinedLate ? maxHpackTableBytes : Math.min(DEFAULT_TABLE_SIZE, maxHpackTableBytes),
      joinedLate,
    );
    this.sizeUpdates = new SizeUpdates(this.table, report, joinedLate ? null : DEFAULT_TABLE_SIZE, maxHpackTableBytes);
    this.doubt = new TableDoubt(this.table, this.placeholders);
    this.trace = trace;
    this.newName = newName;
  }

  /** True: fields were told that were not read, for entries were put into the table unseen. */
  get isDoubtful(): boolean {
    return this.placeholders.count > 0 || this.doubt.active;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, acknowledged by this direction's sender, so its later blocks keep to it. */
  setAllowedSize(bytes: number): void {
    this.sizeUpdates.allow(bytes);
  }

  /** Header blocks, or parts of one, were lost: entries may have been inserted that we never see. */
  lost(): void {
    this.long = null;
    // while a block was found it was not remembered each time
    for (const { fields } of this.repeated.clear()) this.doubt.remember(fields);
    this.doubt.begin();
    this.sizeUpdates.due = false;
  }

  /**
   * Decodes the whole block `buf[start, end)`. `origin` is kept with the entries that it inserts (DynamicTable.origin).
   * Fields past maxHeaderFields or past maxHeaderBlockBytes together are left out, and `complete` is then false.
   */
  decode(buf: Uint8Array, start: number, end: number, origin = 0): HeaderField[] {
    const { doubt, repeated } = this;
    const mayRepeat = this.trace === null && !this.sizeUpdates.due && !this.isDoubtful;
    if (mayRepeat) {
      const block = repeated.find(buf, start, end);
      if (block !== null) {
        this.known = block;
        this.complete = true;
        this.listBytes = block.listBytes;
        return block.fields;
      }
    }
    const entries = doubt.active ? doubt.resolve(buf, start, end) : 0;
    this.begin(origin);
    if (entries > 0) this.report("HPACK_ENTRIES_LOST", { entries }, this.place(0, end - start));
    const fields = this.end(buf, start, end);
    if (mayRepeat && this.complete && !this.unrepeatable && !this.isDoubtful)
      this.known = repeated.keep(buf, start, end, fields, this.listBytes);
    return fields;
  }

  /** Begins a block that is too long to be held: then `part` as often as it takes, then `end`. */
  begin(origin: number): void {
    this.fields = [];
    this.listBytes = 0;
    this.origin = origin;
    this.complete = true;
    this.sizeUpdates.begin();
    this.base = 0;
    this.unrepeatable = false;
    this.known = null;
  }

  /**
   * Decodes the representations that end in `buf[start, end)`, the next bytes of the block; where the rest begins is returned:
   * it is to be given again, with more behind it. A literal that does not fit is passed over with `passLong`.
   */
  part(buf: Uint8Array, start: number, end: number): number {
    const at = this.run(buf, this.passOver(buf, start, end), end);
    this.base += at - start;
    return at;
  }

  /**
   * Takes the literal that begins at `start` and ends behind `end` out of the way: its strings are not kept. Returns where the
   * rest begins, as `part` does; -1: there is no literal whose end could be known.
   */
  passLong(buf: Uint8Array, start: number, end: number): number {
    this.complete = false;
    this.long = new LongLiteral();
    const at = buf[start] >= 0x80 || (buf[start] & 0xe0) === 0x20 ? -1 : this.long.begin(buf, start, end);
    if (at < 0) this.long = null;
    this.base += Math.max(0, at - start);
    return at;
  }

  /** Decodes the last bytes of the block. */
  end(buf: Uint8Array, start: number, end: number): HeaderField[] {
    const at = this.run(buf, this.passOver(buf, start, end), end);
    if (at < end || this.long !== null) {
      this.complete = false;
      this.long = null;
      this.report("HPACK_BLOCK_TRUNCATED", {}, this.place(at - start, end - at));
    }
    const { fields } = this;
    this.doubt.remember(fields);
    return fields;
  }

  /** The fields of the parts that were given, of a block that will not end. */
  taken(): HeaderField[] {
    return this.fields;
  }

  private passOver(buf: Uint8Array, start: number, end: number): number {
    const { long } = this;
    if (long === null) return start;
    const at = long.pass(buf, start, end);
    this.sizeUpdates.atStart = false;
    if (long.open) return at;
    this.long = null;
    if (!long.inserts) return at;
    const named = long.nameIndex === 0 ? null : this.entry(long.nameIndex, start, start);
    this.insert(this.placeholders.make(named), long.size);
    return at;
  }

  /** Returns where the first representation begins that does not end in `buf[start, end)`. */
  private run(buf: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const first = buf[at];
      let next: number;
      if (first >= 0x80) next = this.indexed(buf, start, at, end);
      else if (first >= 0x40) next = this.literal(buf, start, at, end, 0x3f, "incremental");
      else if (first >= 0x20) next = this.sizeUpdate(buf, start, at, end);
      else next = this.literal(buf, start, at, end, 0x0f, first >= 0x10 ? "never" : "without");
      if (next < 0) return at;
      at = next;
    }
    return at;
  }

  private indexed(buf: Uint8Array, start: number, at: number, end: number): number {
    let index = buf[at] & 0x7f;
    let next = at + 1;
    if (index === 0x7f) {
      index = this.readInteger(buf, start, at, end, 0x7f);
      if (integer.short) return -1;
      next = integer.next;
    }
    if (this.sizeUpdates.atStart) this.sizeUpdates.end(this.base + at - start);
    const field = this.entry(index, start, at);
    if (field !== null) this.emit(field);
    if (this.trace !== null) this.tell("indexed", start, at, next, index, field);
    return next;
  }

  private literal(
    buf: Uint8Array,
    start: number,
    at: number,
    end: number,
    mask: number,
    kind: RepresentationKind,
  ): number {
    const index = this.readInteger(buf, start, at, end, mask);
    if (integer.short) return -1;
    let next = integer.next;
    let name: string;
    let nameBytes: number;
    let named: HeaderField | null = null;
    if (index === 0) {
      string.read(buf, next, end);
      if (string.short) return -1;
      name = string.text;
      nameBytes = string.byteLength;
      this.checkString(start);
      this.unrepeatable = true;
      this.newName?.(name, this.base + at - start);
      this.noteName(start);
      next = string.next;
    }
    string.read(buf, next, end);
    if (string.short) return -1;
    if (this.sizeUpdates.atStart) this.sizeUpdates.end(this.base + at - start);
    this.checkString(start);
    const neverIndexed = kind === "never";
    if (index !== 0) {
      if (this.trace !== null) view.nameStart = view.nameEnd = -1;
      named = this.entry(index, start, at);
      name = named?.name ?? "";
      nameBytes = name.length;
    }
    const field =
      index === 0 || named?.nameSource === "observed"
        ? observedField(name!, string.text, string.bytes, neverIndexed)
        : this.placeholders.literal(named, string.text, string.bytes, neverIndexed);
    // tells before it inserts: the index counts from before
    if (this.trace !== null) this.tell(kind, start, at, string.next, index, field);
    if (kind === "incremental") this.insert(field, nameBytes! + string.byteLength + ENTRY_OVERHEAD);
    this.emit(field);
    return string.next;
  }

  private insert(field: HeaderField, size: number): void {
    this.table.insert(field, size, this.origin);
    this.tableChanged();
  }

  private tableChanged(): void {
    this.unrepeatable = true;
    this.repeated.clear();
  }

  private emit(field: HeaderField): void {
    const { fields, limits } = this;
    this.listBytes += field.name.length + field.value.length + ENTRY_OVERHEAD;
    if (fields.length < limits.maxHeaderFields && this.listBytes <= limits.maxHeaderBlockBytes) {
      fields.push(field);
      return;
    }
    if (this.complete)
      this.report("HPACK_FIELDS_LIMIT", { fields: limits.maxHeaderFields, bytes: limits.maxHeaderBlockBytes });
    this.complete = false;
  }

  /** The field at a table index, or null where there is none. */
  private entry(index: number, start: number, at: number): HeaderField | null {
    if (index > STATIC_LENGTH) {
      const { table } = this;
      const dynamicIndex = index - STATIC_LENGTH - 1;
      if (dynamicIndex < table.count)
        return this.doubt.active ? this.doubt.field(dynamicIndex) : table.field(dynamicIndex);
      if (table.mayHold(dynamicIndex)) {
        const number = table.numberOf(dynamicIndex);
        if (!this.placeholders.has(number)) this.report("HPACK_INDEX_UNKNOWN", { index }, this.place(at - start, 1));
        return this.placeholders.entry(number);
      }
    } else if (index > 0) return STATIC_TABLE[index];
    // §2.3.3: "Indices strictly greater than the sum of the lengths of both tables MUST be treated as a decoding error."
    // §6.1: "The index value of 0 is not used. It MUST be treated as a decoding error if found in an indexed header field"
    this.complete = false;
    this.report("HPACK_INDEX_INVALID", { index, entries: this.table.count }, this.place(at - start, 1));
    return null;
  }

  private readInteger(buf: Uint8Array, start: number, at: number, end: number, mask: number): number {
    const value = integer.read(buf, at, end, mask);
    // §5.1: "Integer encodings that exceed implementation limits -- in value or octet length -- MUST be treated as decoding
    // errors."
    if (integer.overflow) this.report("HPACK_INTEGER_OVERFLOW", {}, this.place(at - start, integer.next - at));
    return value;
  }

  private checkString(start: number): void {
    const { fault, start: from, next } = string;
    if (fault === "") return;
    this.complete = false;
    this.report("HPACK_HUFFMAN_INVALID", { fault }, this.place(from - start, next - from));
  }

  /** §6.3. */
  private sizeUpdate(buf: Uint8Array, start: number, at: number, end: number): number {
    const size = this.readInteger(buf, start, at, end, 0x1f);
    if (integer.short) return -1;
    const { next } = integer;
    this.sizeUpdates.apply(size, this.place(at - start, next - at));
    this.tableChanged();
    if (this.trace !== null) this.tell("size update", start, at, next, size, null);
    return next;
  }

  private noteName(start: number): void {
    if (this.trace === null) return;
    view.nameStart = this.base + string.start - start;
    view.nameEnd = this.base + string.next - start;
    view.nameHuffman = string.huffman;
  }

  private tell(
    kind: RepresentationKind,
    start: number,
    at: number,
    next: number,
    index: number,
    field: HeaderField | null,
  ): void {
    const { table } = this;
    const dynamicIndex = index - STATIC_LENGTH - 1;
    const literal = kind !== "indexed" && kind !== "size update";
    view.kind = kind;
    view.start = this.base + at - start;
    view.end = this.base + next - start;
    view.index = index;
    view.field = field;
    const isDynamic = kind !== "size update" && dynamicIndex >= 0 && dynamicIndex < table.count;
    view.entry = isDynamic ? table.field(dynamicIndex) : null;
    view.origin = isDynamic ? table.origin(dynamicIndex) : -1;
    view.valueStart = literal ? this.base + string.start - start : -1;
    view.valueEnd = literal ? this.base + string.next - start : -1;
    view.valueHuffman = literal && string.huffman;
    if (!literal) view.nameStart = view.nameEnd = -1;
    this.trace!.representation(view);
  }

  private place(offset: number, length: number): { at: number; length: number } {
    return { at: this.base + offset, length: Math.max(1, length) };
  }
}
