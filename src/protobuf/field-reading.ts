/**
 * Bytes read without a schema: every field with its number, its wire type and what its payload may mean. Follows the wire
 * format only (protobuf encoding guide); the order of the readings is a guess and says so by being a list.
 */
import { encodeBase64 } from "../bytes/base64.js";
import { decodeUtf8Strict } from "../bytes/text.js";
import type { Limits } from "../limits.js";
import { formatInt64, formatSint64, formatUint64, toDouble, toFloat } from "./numbers.js";
import { I32, I64, LEN, SGROUP, VARINT, WIRE_TYPE_NAMES, WireReader, type WireTypeName } from "./wire.js";

/**
 * One record of the wire, a plain object for the call record's JSON:
 * `{"number": 1, "wireType": "varint", "at": 0, "size": 3, "readings": [{"as": "uint64", "value": "150"}, …]}`.
 */
export interface FieldReading {
  readonly number: number;
  readonly wireType: WireTypeName;
  /** Offset of its tag in the message body, and its length with the tag, in bytes. */
  readonly at: number;
  readonly size: number;
  /** Most likely first; never empty. */
  readonly readings: readonly Reading[];
  /** With a schema only: the type of the message that it stood in and that does not explain it. */
  readonly in?: string;
}

/**
 * `as` names the protobuf type that would read so. Values follow ProtoJSON: 64-bit integers are strings, bytes are base64,
 * NaN and infinities are strings. A "message" or "group" is a list of fields; "packed …" is a list of such values.
 *
 * | wire type | as |
 * |---|---|
 * | varint | uint64, int64 (when negative), sint64, bool (when 0 or 1) |
 * | i32 | float, fixed32, sfixed32 (when negative) |
 * | i64 | double, fixed64, sfixed64 (when negative) |
 * | len | string (when UTF-8), message (when it reads as one), packed varint / float / double (when neither of these, or short), bytes (when short, or nothing else fits) |
 * | group | group |
 */
export interface Reading {
  readonly as: string;
  readonly value: unknown;
}

export interface FieldReadings {
  readonly fields: FieldReading[];
  /** Every byte belongs to a field: none was damaged, and no limit was reached. */
  readonly complete: boolean;
  /** Where reading ended at `maxProtobufFields`, from the message's beginning; null: it did not. */
  readonly limitAt: number | null;
}

/** Up to this size a len payload is always offered as bytes too; longer ones where nothing else fits. */
const SHORT_BYTES = 32;

export type ReadingLimits = Pick<Limits, "maxProtobufDepth" | "maxProtobufFields">;

/** Text that reads as messages too is told both ways in so many bytes: those of this many levels, but no more than 4 MiB. */
const TOLD_TWICE = 4;
const MAX_TOLD_TWICE = 4 * 1024 * 1024;
const ALWAYS_TOLD_TWICE = 256;

/** Reads `buf[start, end)` as a message of unknown type. What stands before damage is kept. Never throws. */
export function readFields(buf: Uint8Array, start: number, end: number, limits: ReadingLimits): FieldReadings {
  return readMessage(buf, start, end, limits.maxProtobufDepth, newBudget(start, end, limits));
}

/** What is left of the limits while one message is read. */
export interface Budget extends PackedBudget {
  fields: number;
  /** Bytes of text that may be told as messages too. */
  toldTwice: number;
  /** Where the outermost message begins: offsets count from here. */
  readonly origin: number;
}

/** Values in packed runs: where they do not fit, the run is offered as bytes. */
export interface PackedBudget {
  packed: number;
}

/** For the message body `buf[start, end)`. */
export function newBudget(start: number, end: number, { maxProtobufFields }: ReadingLimits): Budget {
  const toldTwice = Math.min((end - start) * TOLD_TWICE + ALWAYS_TOLD_TWICE, MAX_TOLD_TWICE);
  return { fields: maxProtobufFields, packed: maxProtobufFields, toldTwice, origin: start };
}

function readMessage(buf: Uint8Array, start: number, end: number, depth: number, budget: Budget): FieldReadings {
  const reader = new WireReader(buf, start, end);
  const fields: FieldReading[] = [];
  while (reader.pos < end) {
    const at = reader.pos;
    if (budget.fields-- <= 0) return { fields, complete: false, limitAt: at - budget.origin };
    if (!reader.readTag() || !reader.skip()) return { fields, complete: false, limitAt: null };
    fields.push(readingOf(reader, at, depth, budget));
  }
  return { fields, complete: true, limitAt: null };
}

/** The record that `reader` has just passed over. `at`: where its tag begins. */
export function readingOf(reader: WireReader, at: number, depth: number, budget: Budget): FieldReading {
  const { number, wireType } = reader;
  return {
    number,
    wireType: WIRE_TYPE_NAMES[wireType],
    at: at - budget.origin,
    size: reader.pos - at,
    readings: readingsOf(reader, depth, budget),
  };
}

function readingsOf(reader: WireReader, depth: number, budget: Budget): Reading[] {
  switch (reader.wireType) {
    case VARINT:
      return varintReadings(reader.lo, reader.hi);
    case I64:
      return fixed64Readings(reader.lo, reader.hi);
    case I32:
      return fixed32Readings(reader.lo);
    case LEN:
      return lenReadings(reader.buf, reader.from, reader.to, depth, budget);
    case SGROUP:
      return groupReadings(reader, depth, budget);
    default:
      return [{ as: "bytes", value: "" }];
  }
}

function groupReadings(reader: WireReader, depth: number, budget: Budget): Reading[] {
  const { buf, from, to } = reader;
  if (depth === 0) return [{ as: "bytes", value: encodeBase64(buf, from, to) }];
  return [{ as: "group", value: readMessage(buf, from, to, depth - 1, budget).fields }];
}

function varintReadings(lo: number, hi: number): Reading[] {
  const readings: Reading[] = [];
  // A negative int32 or int64 takes ten bytes: no other common value does.
  if (hi >= 0x80000000) readings.push({ as: "int64", value: formatInt64(lo, hi) });
  readings.push({ as: "uint64", value: formatUint64(lo, hi) }, { as: "sint64", value: formatSint64(lo, hi) });
  if (hi === 0 && lo < 2) readings.push({ as: "bool", value: lo === 1 });
  return readings;
}

function fixed32Readings(lo: number): Reading[] {
  const float = { as: "float", value: jsonNumber(toFloat(lo)) };
  const integers: Reading[] = [{ as: "fixed32", value: lo }];
  if (lo >= 0x80000000) integers.push({ as: "sfixed32", value: lo | 0 });
  return isUsualNumber(toFloat(lo)) ? [float, ...integers] : [...integers, float];
}

function fixed64Readings(lo: number, hi: number): Reading[] {
  const double = { as: "double", value: jsonNumber(toDouble(lo, hi)) };
  const integers: Reading[] = [{ as: "fixed64", value: formatUint64(lo, hi) }];
  if (hi >= 0x80000000) integers.push({ as: "sfixed64", value: formatInt64(lo, hi) });
  return isUsualNumber(toDouble(lo, hi)) ? [double, ...integers] : [...integers, double];
}

/** Small integers read as denormal numbers, hashes as huge ones: people's numbers lie between. */
export function isUsualNumber(value: number): boolean {
  const size = Math.abs(value);
  return value === 0 || (size >= 1e-9 && size <= 1e15);
}

function jsonNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function lenReadings(buf: Uint8Array, from: number, to: number, depth: number, budget: Budget): Reading[] {
  const readings: Reading[] = [];
  const size = to - from;
  const text = decodeUtf8Strict(buf, from, to);
  const isPlain = text !== null && isPlainText(text);
  const isEither = text === null || size <= budget.toldTwice;
  const message = isEither || !isPlain ? messageReading(buf, from, to, depth, text === null ? 0 : size, budget) : null;
  if (text !== null && (isEither || message === null)) readings.push({ as: "string", value: text });
  if (message !== null && isPlain) readings.push(message);
  else if (message !== null) readings.unshift(message);
  // A longer run of numbers does not read as a message by chance.
  if (text === null && (message === null || size <= SHORT_BYTES))
    readings.push(...packedReadings(buf, from, to, budget));
  if (readings.length === 0 || size <= SHORT_BYTES) readings.push({ as: "bytes", value: encodeBase64(buf, from, to) });
  return readings;
}

/** null: the payload does not read as a message to its end; then it takes nothing of the budget. `twice`: its bytes that are told as text too. */
function messageReading(
  buf: Uint8Array,
  from: number,
  to: number,
  depth: number,
  twice: number,
  budget: Budget,
): Reading | null {
  if (from === to || depth === 0) return null;
  const { fields, packed, toldTwice } = budget;
  budget.toldTwice = Math.max(0, toldTwice - twice);
  const message = readMessage(buf, from, to, depth - 1, budget);
  if (message.complete) return { as: "message", value: message.fields };
  Object.assign(budget, { fields, packed, toldTwice });
  return null;
}

/** No control characters but tab and the line ends, and no U+FFFD: what people and programs write as text. */
export function isPlainText(text: string): boolean {
  return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/.test(text);
}

export function packedReadings(buf: Uint8Array, from: number, to: number, budget: PackedBudget): Reading[] {
  const readings: Reading[] = [];
  const add = (as: string, values: readonly unknown[] | null): void => {
    if (values === null) return;
    readings.push({ as, value: values });
    budget.packed -= values.length;
  };
  const most = budget.packed;
  const varints = packed(buf, from, to, VARINT, most, (reader) =>
    reader.hi >= 0x80000000 ? formatInt64(reader.lo, reader.hi) : formatUint64(reader.lo, reader.hi),
  );
  add("packed varint", varints);
  const doubles = packed(buf, from, to, I64, most, (reader) => toDouble(reader.lo, reader.hi));
  add("packed double", doubles?.every(isUsualNumber) ? doubles : null);
  const floats = packed(buf, from, to, I32, most, (reader) => toFloat(reader.lo));
  add("packed float", floats?.every(isUsualNumber) ? floats : null);
  return readings;
}

/** null: the payload is no such run, or has more than `most` values. */
function packed<T>(
  buf: Uint8Array,
  from: number,
  to: number,
  wireType: number,
  most: number,
  read: (reader: WireReader) => T,
): T[] | null {
  const reader = new WireReader(buf, from, to);
  reader.wireType = wireType;
  const values: T[] = [];
  while (reader.pos < to) {
    if (values.length >= most || !reader.skip()) return null;
    values.push(read(reader));
  }
  return values;
}
