/**
 * Header fields → a JSON object, as UTF-8 text.
 *
 * Peers send the same blocks over and over, and HPACK hands out the same field objects for most of them: the texts of the last
 * few blocks are kept and found again by comparing fields. Without this, half of the time of a small call goes into it.
 */
import { metadataText } from "../grpc/binary-metadata.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { CallHalf } from "./call.js";

const quote = JSON.stringify;
const utf8 = new TextEncoder();
const NULL = utf8.encode("null");
const EMPTY = utf8.encode("{}");

/** Blocks kept: request headers, response headers and trailers of two kinds of call. */
const KEPT = 8;
/** Bytes of a text that is kept: few are longer, and a table of the peer's may make each a megabyte. */
const LONGEST_KEPT = 16 * 1024;
/** Blocks that are found by their last field: three of each of 40 connections. */
const MAX_FOUND = 128;

interface Block {
  readonly fields: readonly HeaderField[];
  readonly text: Uint8Array;
}

export class HeaderTexts {
  private readonly kept: Block[] = [];
  private oldest = 0;
  /**
   * The last block that ended with a field. Fields of one table are the same objects, those of another connection's are others with
   * the same text, which take longer to compare.
   */
  private readonly found = new Map<HeaderField, Block>();

  /** "null" for null; a name that comes twice has an array of its values, in order. */
  format(fields: readonly HeaderField[] | null): Uint8Array {
    if (fields === null) return NULL;
    if (fields.length === 0) return EMPTY;
    const last = fields[fields.length - 1];
    const near = this.found.get(last);
    if (near !== undefined && sameFields(near.fields, fields)) return near.text;
    const known = this.kept.find((block) => sameFields(block.fields, fields));
    const text = known?.text ?? utf8.encode(formatFields(fields));
    // What a placeholder stands for may become known later.
    if (text.length > LONGEST_KEPT || fields.some((field) => field.placeholder !== 0)) return text;
    const block = { fields, text };
    if (known === undefined) {
      this.kept[this.oldest] = block;
      this.oldest = (this.oldest + 1) % KEPT;
    }
    if (this.found.size >= MAX_FOUND) this.found.clear();
    this.found.set(last, block);
    return text;
  }
}

/** From the last field on: what differs, such as a status or a trace id, stands at the end. */
function sameFields(a: readonly HeaderField[], b: readonly HeaderField[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i] && !sameField(a[i], b[i])) return false;
  return true;
}

/** A peer may send a field as a literal each time, such as `date`: another object with the same text. */
function sameField(a: HeaderField, b: HeaderField): boolean {
  return a.value === b.value && a.name === b.name && a.valueBytes === null && b.valueBytes === null;
}

function formatFields(fields: readonly HeaderField[]): string {
  const values = new Map<string, (string | null)[]>();
  for (const field of fields) {
    const name = shownName(field);
    const known = values.get(name);
    if (known === undefined) values.set(name, [shownValue(field)]);
    else known.push(shownValue(field));
  }
  const members = [...values].map(([name, all]) => `${quote(name)}:${quote(all.length === 1 ? all[0] : all)}`);
  return `{${members.join()}}`;
}

/** The names of the headers and trailers of a half that were not read, or whose value was not, but worked out. */
export function inferredNames({ headers, trailers, statusInferred }: CallHalf): string[] {
  const names = new Set<string>();
  for (const field of [...(headers ?? []), ...(trailers ?? [])])
    if (field.nameSource === "inferred" || field.valueSource === "inferred") names.add(shownName(field));
  if (statusInferred) names.add("grpc-status");
  return [...names];
}

/** "?3" for the name of a table entry that was never seen: the same for the same entry. */
export function shownName({ name, nameSource, placeholder }: HeaderField): string {
  return nameSource === "unknown" ? `?${placeholder}` : name;
}

/** null for a value that was never seen. */
export function shownValue(field: HeaderField): string | null {
  return field.valueSource === "unknown" ? null : metadataText(field);
}
