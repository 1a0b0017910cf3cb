/**
 * A message body → its tags, lengths and values (protobuf/wire.ts draws them), in the order of the bytes, with the names and
 * readings of the schema. What the schema does not explain is read as field-reading.ts does.
 */
import type { CallContext } from "../call/context.js";
import { decodeMessage } from "../protobuf/decode.js";
import { type Budget, newBudget, readingOf } from "../protobuf/field-reading.js";
import { scalarJson, wireTypeOf } from "../protobuf/scalar-json.js";
import type { FieldType, MessageType } from "../protobuf/types.js";
import { EGROUP, LEN, SGROUP, WireReader } from "../protobuf/wire.js";
import { type BodyPart, tagPart, unreadPart } from "./body-part.js";
import { readingParts } from "./reading-parts.js";

/** By a schema. */
export function messageParts(type: MessageType, body: Uint8Array, context: CallContext): Iterable<BodyPart> {
  return new BodyWalker(body, context).message(type, new WireReader(body, 0, body.length), "", 0, 0);
}

class BodyWalker {
  private readonly budget: Budget;

  constructor(
    private readonly body: Uint8Array,
    private readonly context: CallContext,
  ) {
    this.budget = newBudget(0, body.length, context.limits);
  }

  /** The records up to the reader's end, or to the end of group number `group`. `path` is "" or ends with a dot. */
  *message(type: MessageType, reader: WireReader, path: string, depth: number, group: number): Generator<BodyPart> {
    const counts = new Map<number, number>();
    let anyType: MessageType | null = null;
    while (reader.pos < reader.end) {
      const start = reader.pos;
      if (this.budget.fields-- <= 0)
        return yield unreadPart(start, reader.end, "not read: maxProtobufFields is reached", depth);
      if (!reader.readTag()) return yield unreadPart(start, reader.end, `not read: ${reader.damage}`, depth);
      if (reader.wireType === EGROUP && reader.number === group && group !== 0) {
        yield tagPart(start, reader.pos, `end of group ${group}`, path.slice(0, -1), Math.max(0, depth - 1), reader);
        return;
      }
      const field = type.fieldByNumber.get(reader.number);
      const isAnyValue = anyType !== null && reader.number === 2 && reader.wireType === LEN;
      const record =
        field === undefined || !this.fits(field, reader.wireType, depth)
          ? this.unknown(reader, start, path, depth, field ?? null)
          : isAnyValue
            ? this.known(type, { ...field, type: "message", messageType: anyType }, reader, start, path, depth, counts)
            : this.known(type, field, reader, start, path, depth, counts);
      const isWhole: boolean = yield* record;
      if (!isWhole) return yield unreadPart(reader.pos, reader.end, `not read: ${reader.damage}`, depth);
      if (type.fullName === "google.protobuf.Any" && reader.number === 1) anyType = this.typeOfUrl(reader);
    }
  }

  /** A record of a field that the schema knows, whose tag was just read. False: it is damaged, from `reader.pos` on. */
  private *known(
    owner: MessageType,
    field: FieldType,
    reader: WireReader,
    start: number,
    parent: string,
    depth: number,
    counts: Map<number, number>,
  ): Generator<BodyPart, boolean> {
    const { wireType } = reader;
    const isPacked = wireType === LEN && wireTypeOf(field.type) !== LEN;
    const path = parent + (isPacked ? field.name : nextElement(field, counts));
    const tag = tagPart(start, reader.pos, field.name, path, depth, reader, typeName(field));
    const payloadAt = reader.pos;
    if (field.type === "group" && field.messageType !== null) {
      yield tag;
      yield* this.message(field.messageType, reader, `${path}.`, depth + 1, reader.number);
      return true;
    }
    if (wireType !== LEN) {
      if (!reader.skip()) return rewind(reader, start);
      yield tag;
      yield valuePart(payloadAt, reader.pos, field, path, depth, reader);
      return true;
    }
    if (!reader.readLength()) return rewind(reader, start);
    const { from, to } = reader;
    yield { ...tag, part: { ...tag.part, joins: true } };
    yield lengthPart(payloadAt, from, field, path, depth, to - from, this.wholeText(owner, field, from, to));
    if (field.messageType !== null)
      yield* this.message(field.messageType, new WireReader(this.body, from, to), `${path}.`, depth + 1, 0);
    else if (isPacked) yield* this.packed(field, from, to, parent, depth + 1, counts);
    else if (to > from) yield valuePart(from, to, field, path, depth, reader);
    return true;
  }

  private *packed(
    field: FieldType,
    from: number,
    to: number,
    parent: string,
    depth: number,
    counts: Map<number, number>,
  ): Generator<BodyPart> {
    const items = new WireReader(this.body, from, to);
    items.wireType = wireTypeOf(field.type);
    while (items.pos < to) {
      const start = items.pos;
      if (this.budget.fields-- <= 0 || !items.skip())
        return yield unreadPart(start, to, `not read: ${items.damage ?? "maxProtobufFields is reached"}`, depth);
      yield valuePart(start, items.pos, field, parent + nextElement(field, counts), depth, items);
    }
  }

  /** Whether a record is of the field's type, and may be opened. */
  private fits({ type, messageType, repeated }: FieldType, wireType: number, depth: number): boolean {
    const expected = wireTypeOf(type);
    if (
      (type === "message" || type === "group") &&
      (messageType === null || depth >= this.context.limits.maxProtobufDepth)
    )
      return false;
    return wireType === expected || (wireType === LEN && repeated && expected !== SGROUP);
  }

  private *unknown(
    reader: WireReader,
    start: number,
    path: string,
    depth: number,
    field: FieldType | null,
  ): Generator<BodyPart, boolean> {
    if (!reader.skip()) return rewind(reader, start);
    const left = Math.max(0, this.context.limits.maxProtobufDepth - depth);
    const { pos } = reader;
    const why = field === null ? "" : `the schema says ${typeName(field)}`;
    yield* readingParts(this.body, readingOf(reader, start, left, this.budget), path, depth, why);
    reader.pos = pos;
    return true;
  }

  /** What a payload reads as where its parts alone do not say it, as JSON: a well-known type, an empty string. Else "". */
  private wholeText(owner: MessageType, { type, messageType, map }: FieldType, from: number, to: number): string {
    if (messageType === null) return from === to && (type === "string" || type === "bytes") ? '""' : "";
    if (map || !isWellKnown(messageType) || isWellKnown(owner)) return "";
    return decodeMessage(messageType, this.body, from, to, this.context).json;
  }

  private typeOfUrl({ from, to }: WireReader): MessageType | null {
    let name = "";
    for (let i = from; i < to; i++) name = this.body[i] === 0x2f ? "" : name + String.fromCharCode(this.body[i]);
    return this.context.schema.message(name);
  }
}

/** The bytes from the tag on do not read. */
function rewind(reader: WireReader, start: number): false {
  reader.pos = start;
  return false;
}

function isWellKnown({ fullName }: MessageType): boolean {
  return fullName.startsWith("google.protobuf.");
}

/** "name", and for an element of a repeated field or a map its index in the order of the wire: "name[2]". */
function nextElement({ name, number, repeated, map }: FieldType, counts: Map<number, number>): string {
  if (!repeated && !map) return name;
  const index = counts.get(number) ?? 0;
  counts.set(number, index + 1);
  return `${name}[${index}]`;
}

function typeName(field: FieldType): string {
  if (field.map) return "map entry";
  return field.messageType?.fullName ?? field.enumType?.fullName ?? field.type;
}

function lengthPart(
  start: number,
  end: number,
  field: FieldType,
  path: string,
  depth: number,
  length: number,
  reads: string,
): BodyPart {
  const { number, name } = field;
  const text = `field ${number}: ${name}`;
  const note = `len, ${typeName(field)}, ${length} byte${length === 1 ? "" : "s"}${reads === "" ? "" : ` = ${reads}`}`;
  const more = { path, ...(reads !== "" && { reads: JSON.parse(reads) }) };
  return {
    start,
    end,
    part: { layer: "protobuf", role: "length", name, json: String(length), text, note, depth, more },
  };
}

function valuePart(
  start: number,
  end: number,
  field: FieldType,
  path: string,
  depth: number,
  reader: WireReader,
): BodyPart {
  const json = field.enumType === null ? scalarJson(field.type as "string", reader) : enumJson(field, reader.lo | 0);
  const text = field.type === "bytes" ? "" : json;
  return {
    start,
    end,
    part: {
      layer: "protobuf",
      role: "value",
      name: field.name,
      json,
      text: text === "" ? `${field.name}: ${end - start} bytes` : `${field.name}: ${text}`,
      depth: depth,
      more: { path },
    },
  };
}

function enumJson({ enumType }: FieldType, number: number): string {
  if (enumType!.fullName === "google.protobuf.NullValue") return "null";
  const name = enumType!.names.get(number);
  return name === undefined ? String(number) : JSON.stringify(name);
}
