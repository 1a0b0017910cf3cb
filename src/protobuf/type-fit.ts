/**
 * Messages of a type that is not known, held against one that may be theirs: do all of them decode cleanly and completely, and
 * how much does that say (protobuf encoding guide)?
 *
 * Any bytes are clean as some type: what counts is how many different fields were explained, each worth the bits by which it
 * could have turned out otherwise, and how many fields of the type never came.
 */
import { decodeUtf8Strict } from "../bytes/text.js";
import type { FieldType, MessageType } from "./types.js";
import { EGROUP, I32, I64, LEN, SGROUP, VARINT, WireReader } from "./wire.js";

/** Sub-messages in each other that are looked into. */
const MAX_DEPTH = 32;

/** What a field says that was seen and fits, in bits: its wire type alone is one of three likely ones. */
const BITS: Readonly<Record<FieldType["type"], number>> = {
  double: 3,
  float: 3,
  fixed32: 3,
  fixed64: 3,
  sfixed32: 3,
  sfixed64: 3,
  int32: 1.5,
  int64: 1.5,
  uint32: 1.5,
  uint64: 1.5,
  sint32: 1.5,
  sint64: 1.5,
  bool: 2,
  enum: 2,
  string: 2,
  // anything is bytes
  bytes: 0.5,
  message: 1,
  group: 3,
};

export class TypeFit {
  /** How often each field came. */
  private readonly seen = new Map<FieldType, number>();
  private readonly types = new Set<MessageType>();
  private messages = 0;

  constructor(private readonly type: MessageType) {}

  /** Adds the message `buf[start, end)`. False: it is none of that type. */
  add(buf: Uint8Array, start: number, end: number): boolean {
    this.messages++;
    return end === start || this.walk(this.type, buf, start, end, MAX_DEPTH);
  }

  /** Bits of evidence that the messages are of that type. */
  get bits(): number {
    let bits = 0;
    for (const [{ type }, times] of this.seen) {
      bits += BITS[type];
      // a number that never was another than 1 (proto3 leaves out 0)
      if (type === "bool") bits += Math.min(1.5, Math.log2(times) / 3);
    }
    // fields that a few messages lack say little, those that many lack more
    const weight = this.messages / (this.messages + 4);
    for (const { fields } of this.types) {
      const unseen = fields.reduce((count, field) => count + (this.seen.has(field) ? 0 : 1), 0);
      bits -= weight * Math.log2(1 + unseen);
    }
    return bits;
  }

  private walk(type: MessageType, buf: Uint8Array, start: number, end: number, depth: number): boolean {
    if (depth === 0) return false;
    this.types.add(type);
    const reader = new WireReader(buf, start, end);
    let single: Set<FieldType> | null = null;
    while (reader.pos < end) {
      if (!reader.readTag()) return false;
      const { number, wireType } = reader;
      const field = type.fieldByNumber.get(number);
      if (field === undefined || wireType === EGROUP || !reader.skip()) return false;
      if (!field.repeated && !field.map) {
        // no serializer writes a field twice that is not repeated
        single ??= new Set();
        if (single.has(field)) return false;
        single.add(field);
      }
      if (!this.explains(field, wireType, reader, buf, depth)) return false;
      this.seen.set(field, (this.seen.get(field) ?? 0) + 1);
    }
    return true;
  }

  private explains(field: FieldType, wireType: number, reader: WireReader, buf: Uint8Array, depth: number): boolean {
    const { type, messageType } = field;
    const { from, to } = reader;
    switch (type) {
      case "message":
        return wireType === LEN && messageType !== null && this.walk(messageType, buf, from, to, depth - 1);
      case "group":
        return wireType === SGROUP && messageType !== null && this.walk(messageType, buf, from, to, depth - 1);
      case "string":
        return wireType === LEN && decodeUtf8Strict(buf, from, to) !== null;
      case "bytes":
        return wireType === LEN;
      default:
        if (wireType === LEN && field.repeated) return isPacked(field, buf, from, to);
        return wireType === wireTypeOf(type) && isInRange(field, reader);
    }
  }
}

function wireTypeOf(type: FieldType["type"]): number {
  if (type === "double" || type === "fixed64" || type === "sfixed64") return I64;
  return type === "float" || type === "fixed32" || type === "sfixed32" ? I32 : VARINT;
}

function isPacked(field: FieldType, buf: Uint8Array, start: number, end: number): boolean {
  const reader = new WireReader(buf, start, end);
  const wireType = wireTypeOf(field.type);
  while (reader.pos < end) {
    const whole =
      wireType === VARINT ? reader.readVarint() : wireType === I64 ? reader.readFixed64() : reader.readFixed32();
    if (!whole || !isInRange(field, reader)) return false;
  }
  return true;
}

/** Whether a serializer writes such a varint for the type. */
function isInRange({ type, enumType }: FieldType, { lo, hi }: WireReader): boolean {
  switch (type) {
    case "bool":
      return hi === 0 && lo <= 1;
    case "uint32":
    case "sint32":
      return hi === 0;
    // negative ones are sign-extended to 64 bits
    case "int32":
      return isInt32(lo, hi);
    case "enum":
      return isInt32(lo, hi) && (enumType === null || enumType.names.has(lo | 0));
    default:
      return true;
  }
}

function isInt32(lo: number, hi: number): boolean {
  return lo >= 0x80000000 ? hi === 0xffffffff : hi === 0;
}
