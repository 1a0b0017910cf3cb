/** The representations of a header block (RFC 7541 §6; hpack/decoder.ts draws them) → parts. */
import { captureIndexOf, packetNumberIn } from "../bytes/packet-number.js";
import { shownName, shownValue } from "../call/header-texts.js";
import { formatPacket } from "../call/packet-names.js";
import type { HeaderField } from "../hpack/header-field.js";
import { IntegerReader } from "../hpack/integer.js";
import type { RepresentationKind } from "../hpack/representation.js";
import { STATIC_LENGTH } from "../hpack/static-table.js";
import type { Part } from "./span.js";
import type { KeptRepresentation, Lesson } from "./stream-log.js";

/** A part and the bytes [start, end) of the block that it takes. */
export interface BlockPart {
  readonly start: number;
  readonly end: number;
  readonly part: Part;
}

const quote = JSON.stringify;
const integer = new IntegerReader();

/** What a literal does to the dynamic table (§6.2). */
const INDEXING: Partial<Record<RepresentationKind, string>> = {
  incremental: "put into the table",
  without: "not put into the table",
  never: "never to be put into a table",
};

/** `bytes`: the block, as far as it is known, to tell where integers end; null: it was not kept. */
export function representationParts(
  representation: KeptRepresentation,
  bytes: Uint8Array | null,
  merged: readonly string[] | null,
): BlockPart[] {
  const { kind, start, end, index, field } = representation;
  if (kind === "size update") {
    const text = `dynamic table size ${index}`;
    const part: Part = { layer: "hpack", role: "size update", name: null, json: String(index), text, depth: 0 };
    return [{ start, end, part }];
  }
  const name = field === null ? null : shownName(field);
  const shared = { layer: "hpack", name } as const;
  const table = tableMembers(representation, merged);
  const origin = index === 0 ? "" : tableNote(representation, merged);
  if (kind === "indexed") {
    const text = field === null ? "an entry that does not exist" : `${name}: ${valueText(field)}`;
    const part: Part = { ...shared, role: "field", json: valueJson(field), text, note: origin, depth: 0, more: table };
    return [{ start, end, part }];
  }
  const { nameStart, nameEnd, valueStart, valueEnd, nameHuffman, valueHuffman } = representation;
  const note = index === 0 ? INDEXING[kind] : `name from ${origin}; ${INDEXING[kind]}`;
  const head: Part = {
    ...shared,
    role: "index",
    json: String(index),
    text: index === 0 ? "new name" : `${name}:`,
    note,
    depth: 0,
    more: { representation: kind, ...table },
  };
  const strings: BlockPart[] = [];
  let valueLengthAt = nameEnd;
  if (index === 0) strings.push(...stringParts(name, name, "name", start + 1, nameStart, nameEnd, nameHuffman));
  else valueLengthAt = indexEnd(representation, bytes);
  const headEnd = index === 0 ? start + 1 : valueLengthAt;
  const value = field === null ? null : shownValue(field);
  strings.push(...stringParts(name, value, "value", valueLengthAt, valueStart, valueEnd, valueHuffman));
  return [{ start, end: headEnd, part: head }, ...strings];
}

/** A string literal (§5.2): its length, with the bit H, and its characters. */
function stringParts(
  name: string | null,
  text: string | null,
  role: "name" | "value",
  lengthAt: number,
  start: number,
  end: number,
  huffman: boolean,
): BlockPart[] {
  const bytes = end - start;
  const coding = huffman ? `Huffman, ${count(bytes)}` : count(bytes);
  const isEmpty = bytes === 0;
  const length: Part = {
    layer: "hpack",
    role: `${role} length`,
    name,
    json: String(bytes),
    text: isEmpty ? '""' : `${role}: ${coding}`,
    note: isEmpty ? `${role}, ${coding}` : "",
    depth: 1,
    joins: !isEmpty,
    more: { huffman, ...(isEmpty && { reads: text }) },
  };
  const part = { ...length, role, json: quote(text), text: quote(text), note: `${role}, ${coding}`, joins: false };
  const parts = [{ start: lengthAt, end: start, part: length }];
  return isEmpty ? parts : [...parts, { start, end, part }];
}

/** Where the index of a literal's name ends, and the length of its value begins. */
function indexEnd({ kind, start, valueStart }: KeptRepresentation, bytes: Uint8Array | null): number {
  if (bytes === null) return Math.max(start + 1, valueStart - 1);
  integer.read(bytes, start, valueStart, kind === "incremental" ? 0x3f : 0x0f);
  return integer.next;
}

/** "?3" where it was never seen: the same for the same entry. */
function valueText(field: HeaderField): string {
  return field.valueSource === "unknown" ? `?${field.placeholder}` : quote(shownValue(field));
}

function valueJson(field: HeaderField | null): string {
  return field === null ? "null" : quote(shownValue(field));
}

function tableMembers(
  { index, taught, field }: KeptRepresentation,
  merged: readonly string[] | null,
): Record<string, unknown> {
  if (index === 0) return {};
  if (index <= STATIC_LENGTH) return { table: "static", index };
  const evidence = field === null || field.placeholder === 0 ? {} : { placeholder: field.placeholder };
  return {
    ...{ table: "dynamic", index, taughtBy: taught && lessonMembers(taught, merged), ...evidence },
    ...(isInferred(field) && { inferred: true }),
  };
}

/** Name or value were worked out, not read. */
function isInferred(field: HeaderField | null): boolean {
  return field !== null && (field.nameSource === "inferred" || field.valueSource === "inferred");
}

function lessonMembers({ packet, offset }: Lesson, merged: readonly string[] | null): object {
  if (packet === null || merged === null) return { packet, offset };
  return { packet: packetNumberIn(packet), packetCapture: merged[captureIndexOf(packet)], offset };
}

function tableNote({ index, taught, field }: KeptRepresentation, merged: readonly string[] | null): string {
  if (index <= STATIC_LENGTH) return `static ${index}`;
  const words = [`dynamic ${index}`];
  if (taught !== null && taught.packet !== null)
    words.push(`taught by packet ${formatPacket(taught.packet, merged)} at ${taught.offset ?? "?"}`);
  else if (field !== null && field.placeholder !== 0) words.push("never seen");
  if (isInferred(field)) words.push(field?.valueSource === "inferred" ? "inferred" : "name inferred");
  return words.join(", ");
}

function count(bytes: number): string {
  return `${bytes} byte${bytes === 1 ? "" : "s"}`;
}
