/** One scalar, just read from the wire, as ProtoJSON text. */
import { encodeBase64 } from "../bytes/base64.js";
import { decodeUtf8, decodeUtf8Strict } from "../bytes/text.js";
import {
  doubleJson,
  floatJson,
  formatInt64,
  formatSint64,
  formatUint64,
  toDouble,
  toFloat,
  zigzag32,
} from "./numbers.js";
import type { FieldType, ScalarName } from "./types.js";
import { I32, I64, LEN, SGROUP, VARINT, type WireReader } from "./wire.js";

const WIRE_TYPES: Readonly<Record<FieldType["type"], number>> = {
  double: I64,
  float: I32,
  int32: VARINT,
  int64: VARINT,
  uint32: VARINT,
  uint64: VARINT,
  sint32: VARINT,
  sint64: VARINT,
  fixed32: I32,
  fixed64: I64,
  sfixed32: I32,
  sfixed64: I64,
  bool: VARINT,
  string: LEN,
  bytes: LEN,
  enum: VARINT,
  message: LEN,
  group: SGROUP,
};

/** The wire type of one value of the type; packed ones come as LEN. */
export function wireTypeOf(type: FieldType["type"]): number {
  return WIRE_TYPES[type];
}

/** What a scalar of the type reads as when it is not on the wire and nothing else was declared. */
export function zeroJson(type: ScalarName): string {
  switch (type) {
    case "string":
    case "bytes":
      return '""';
    case "bool":
      return "false";
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return '"0"';
    default:
      return "0";
  }
}

/** The value that `reader` holds: `lo` and `hi`, or `from` and `to` for string and bytes. Bad UTF-8 becomes U+FFFD. */
export function scalarJson(type: ScalarName, reader: WireReader): string {
  const { lo, hi } = reader;
  switch (type) {
    case "int32":
    case "sfixed32":
      return String(lo | 0);
    case "uint32":
    case "fixed32":
      return String(lo);
    case "sint32":
      return String(zigzag32(lo));
    case "int64":
    case "sfixed64":
      return `"${formatInt64(lo, hi)}"`;
    case "uint64":
    case "fixed64":
      return `"${formatUint64(lo, hi)}"`;
    case "sint64":
      return `"${formatSint64(lo, hi)}"`;
    case "bool":
      return (lo | hi) === 0 ? "false" : "true";
    case "double":
      return doubleJson(toDouble(lo, hi));
    case "float":
      return floatJson(toFloat(lo));
    case "string":
      return JSON.stringify(decodeUtf8(reader.buf, reader.from, reader.to));
    case "bytes":
      return `"${encodeBase64(reader.buf, reader.from, reader.to)}"`;
  }
}

/** Whether the string payload in `from`, `to` is valid UTF-8. */
export function isUtf8(reader: WireReader): boolean {
  return decodeUtf8Strict(reader.buf, reader.from, reader.to) !== null;
}

/**
 * Whether the type holds the varint in `lo` and `hi` without losing bits. A negative int32 or enum comes sign-extended to
 * 64 bits; some senders cut it to 32, which reads the same.
 */
export function holdsVarint(type: FieldType["type"], lo: number, hi: number): boolean {
  switch (type) {
    case "int32":
    case "enum":
      return hi === 0 || (hi === 0xffffffff && lo >= 0x80000000);
    case "uint32":
    case "sint32":
      return hi === 0;
    case "bool":
      return hi === 0 && lo < 2;
    default:
      return true;
  }
}
