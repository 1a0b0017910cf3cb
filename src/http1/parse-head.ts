/** The bytes of a message's head, or of its trailers → start line and fields (RFC 9112 §3 to §5). */
import { indexOfByte } from "../bytes/index-of-byte.js";
import { decodeLatin1, decodeUtf8Strict } from "../bytes/text.js";
import { type HeaderField, observedField } from "../hpack/header-field.js";

export interface ParsedFields {
  readonly fields: HeaderField[];
  /** The first line that is no field, shortened; null: there is none. */
  readonly malformed: string | null;
  /** There were more fields than are kept. */
  readonly tooMany: boolean;
}

export interface RequestLine {
  readonly method: string;
  readonly target: string;
}

const LF = 10;
const CR = 13;
const COLON = 58;
const SHOWN = 40;

/** §3: `method SP request-target SP HTTP-version`. */
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) +(\S(?:.*\S)?) +HTTP\/1\.\d[ \t]*$/;

/** §4: `HTTP-version SP status-code SP [ reason-phrase ]`. */
const STATUS_LINE = /^HTTP\/1\.\d +(\d{3})(?: .*)?$/;

/** RFC 9110 §5.1: a token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Where the first line of `bytes[start, end)` ends, its line end taken off. */
export function firstLineEnd(bytes: Uint8Array, start: number, end: number): number {
  return withoutCr(bytes, start, indexOfByte(bytes, LF, start, end));
}

/** null: it is none. */
export function parseRequestLine(line: string): RequestLine | null {
  const match = REQUEST_LINE.exec(line);
  return match === null ? null : { method: match[1], target: match[2] };
}

/** The status, three digits; null: it is none. */
export function parseStatusLine(line: string): string | null {
  return STATUS_LINE.exec(line)?.[1] ?? null;
}

/** The fields in `bytes[start, end)`; a line may end in LF alone (§2.2). Names are in lower case, as HTTP/2 has them. */
export function parseFields(bytes: Uint8Array, start: number, end: number, maxFields: number): ParsedFields {
  const fields: HeaderField[] = [];
  /** Lines that go on the last field. */
  const folds: string[] = [];
  let malformed: string | null = null;
  let tooMany = false;
  for (let at = start; at < end; ) {
    const next = indexOfByte(bytes, LF, at, end);
    const lineEnd = withoutCr(bytes, at, next);
    const lineStart = at;
    at = next + 1;
    if (lineEnd === lineStart) continue;
    if (isBlank(bytes[lineStart]) && fields.length > 0 && malformed === null && !tooMany) {
      folds.push(decodeLatin1(bytes, lineStart, lineEnd).trim());
      continue;
    }
    unfold(fields, folds);
    const colon = indexOfByte(bytes, COLON, lineStart, lineEnd);
    const name = colon === lineEnd ? "" : decodeLatin1(bytes, lineStart, colon);
    if (!NAME.test(name)) malformed ??= decodeLatin1(bytes, lineStart, Math.min(lineEnd, lineStart + SHOWN));
    else if (fields.length >= maxFields) tooMany = true;
    else fields.push(fieldOf(name.toLowerCase(), bytes, colon + 1, lineEnd));
  }
  unfold(fields, folds);
  return { fields, malformed, tooMany };
}

/** The value of `name`, several joined by commas (RFC 9110 §5.3); null: there is none. */
export function joinedValue(fields: readonly HeaderField[], name: string): string | null {
  let joined: string | null = null;
  for (const field of fields)
    if (field.name === name) joined = joined === null ? field.value : `${joined}, ${field.value}`;
  return joined;
}

/** Puts the lines behind the last field. §5.2: "A user agent that receives an obs-fold … MUST replace each received obs-fold with one or more SP octets". */
function unfold(fields: HeaderField[], folds: string[]): void {
  if (folds.length === 0) return;
  const { name, value, valueBytes } = fields[fields.length - 1];
  const lines = [value.trim(), ...folds].filter((line) => line !== "");
  fields[fields.length - 1] = observedField(name, lines.join(" "), valueBytes);
  folds.length = 0;
}

function fieldOf(name: string, bytes: Uint8Array, start: number, end: number): HeaderField {
  let from = start;
  let to = end;
  while (from < to && isBlank(bytes[from])) from++;
  while (to > from && isBlank(bytes[to - 1])) to--;
  const text = decodeUtf8Strict(bytes, from, to);
  if (text !== null) return observedField(name, text);
  return observedField(name, decodeLatin1(bytes, from, to), bytes.slice(from, to));
}

function withoutCr(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === CR ? end - 1 : end;
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}
