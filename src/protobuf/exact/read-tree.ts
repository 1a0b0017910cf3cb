/**
 * Bytes → MessageTree, for every legal encoding and every illegal one: records in any order, merged sub-messages, values
 * sent twice, packed and unpacked both ways, damage. What the schema does not explain goes to `unknown`; nothing throws.
 */
import { type Budget, type FieldReading, newBudget, type ReadingLimits, readingOf } from "../field-reading.js";
import { formatInt64, formatUint64 } from "../numbers.js";
import { declaredType, ProblemList, type ProtobufCode, placeOf } from "../problem.js";
import { holdsVarint, isUtf8, scalarJson, wireTypeOf, zeroJson } from "../scalar-json.js";
import type { FieldType, MessageType } from "../types.js";
import { EGROUP, LEN, SGROUP, VARINT, WIRE_TYPE_NAMES, WireReader } from "../wire.js";
import { type MessageTree, newTree, type TreeValue } from "./message-tree.js";

export class TreeReader {
  readonly list = new ProblemList();
  readonly unknown: FieldReading[] = [];
  /** The trees that were read hold every byte: nothing unknown, damaged, overwritten or cut. */
  complete = true;
  private readonly budget: Budget;

  /** The message body is `buf[start, end)`: offsets are told from its start. */
  constructor(
    private readonly buf: Uint8Array,
    private readonly start: number,
    private readonly end: number,
    private readonly limits: ReadingLimits,
  ) {
    this.budget = newBudget(start, end, limits);
  }

  /** `depth`: how many messages may lie in this one, one in the other. */
  read(type: MessageType, from: number, to: number, depth: number): MessageTree {
    const tree = newTree(type, from, depth);
    this.readInto(tree, new WireReader(this.buf, from, to), 0);
    return tree;
  }

  /** Notes a problem of `type`; `lossless`: the JSON still tells every byte. */
  problem(
    code: ProtobufCode,
    at: number,
    type: MessageType,
    field: FieldType | null,
    values: Readonly<Record<string, string | number>>,
  ): void {
    this.list.add(code, at - this.start, type, field?.number ?? 0, {
      ...(field && {
        field: `${field.number} (${field.name})`,
        declared: declaredType(field),
        place: placeOf(type, field),
      }),
      ...values,
    });
  }

  /** Reads records up to the reader's end, or to the end of group number `group`. False: it stopped before. */
  private readInto(tree: MessageTree, reader: WireReader, group: number): boolean {
    while (reader.pos < reader.end) {
      const at = reader.pos;
      if (this.budget.fields-- <= 0) return this.stop("PROTOBUF_TOO_MANY_FIELDS", tree, at);
      if (!reader.readTag()) return this.damaged(tree, at, reader);
      if (reader.wireType === EGROUP) {
        if (reader.number === group) return true;
        reader.fail("a group ends that did not begin");
        return this.damaged(tree, at, reader);
      }
      if (!this.readField(tree, reader, at)) return false;
    }
    if (group === 0) return true;
    reader.fail("a group does not end within the message");
    return this.damaged(tree, reader.pos, reader);
  }

  private stop(code: "PROTOBUF_TOO_MANY_FIELDS", tree: MessageTree, at: number): false {
    this.complete = false;
    this.problem(code, at, tree.type, null, { limit: this.limits.maxProtobufFields, at: at - this.start });
    return false;
  }

  private damaged(tree: MessageTree, at: number, reader: WireReader): false {
    this.complete = false;
    const values = { at: at - this.start, size: this.end - this.start, reason: reader.damage ?? "" };
    this.problem("PROTOBUF_MALFORMED", at, tree.type, null, values);
    return false;
  }

  private readField(tree: MessageTree, reader: WireReader, at: number): boolean {
    const field = tree.type.fieldByNumber.get(reader.number);
    if (field === undefined) return this.keepUnknown(tree, null, reader, at);
    const expected = wireTypeOf(field.type);
    if (reader.wireType !== expected) {
      const packed = reader.wireType === LEN && field.repeated && expected !== SGROUP;
      return packed ? this.readPacked(tree, field, reader, at) : this.keepUnknown(tree, field, reader, at);
    }
    if (field.messageType !== null) return this.readMessageField(tree, field, field.messageType, reader, at);
    if (!reader.skip()) return this.damaged(tree, at, reader);
    const value = this.valueOf(tree, field, reader, at);
    if (value === null) this.keep(tree, reader, at);
    else this.put(tree, field, value, at);
    if (field.number === 2 && value !== null) [tree.anyFrom, tree.anyTo] = [reader.from, reader.to];
    return true;
  }

  private readPacked(tree: MessageTree, field: FieldType, reader: WireReader, at: number): boolean {
    if (!reader.readLength()) return this.damaged(tree, at, reader);
    const items = new WireReader(this.buf, reader.from, reader.to);
    items.wireType = wireTypeOf(field.type);
    items.number = field.number;
    while (items.pos < items.end) {
      const itemAt = items.pos;
      if (this.budget.fields-- <= 0) return this.stop("PROTOBUF_TOO_MANY_FIELDS", tree, itemAt);
      if (!items.skip()) return this.damaged(tree, itemAt, items) || true;
      const value = this.valueOf(tree, field, items, itemAt);
      if (value === null) this.keep(tree, items, itemAt);
      else this.put(tree, field, value, itemAt);
    }
    return true;
  }

  private readMessageField(
    tree: MessageTree,
    field: FieldType,
    type: MessageType,
    reader: WireReader,
    at: number,
  ): boolean {
    if (tree.depth === 0) {
      this.problem("PROTOBUF_TOO_DEEP", at, type, null, { limit: this.limits.maxProtobufDepth });
      return reader.skip() ? this.keep(tree, reader, at) : this.damaged(tree, at, reader);
    }
    if (field.type === "group") {
      const group = this.subTree(tree, field, type, reader.pos, at);
      return this.readInto(group, reader, field.number);
    }
    if (!reader.readLength()) return this.damaged(tree, at, reader);
    const payload = new WireReader(this.buf, reader.from, reader.to);
    if (field.map) this.readMapEntry(tree, field, type, payload, at);
    else this.readInto(this.subTree(tree, field, type, reader.from, at), payload, 0);
    return true;
  }

  /** The tree that a sub-message goes to: a new one for a repeated field, else the one that is there (merging). */
  private subTree(tree: MessageTree, field: FieldType, type: MessageType, from: number, at: number): MessageTree {
    const there = field.repeated ? undefined : tree.values.get(field);
    if (there !== undefined) return there as MessageTree;
    const sub = newTree(type, from, tree.depth - 1);
    this.put(tree, field, sub, at);
    return sub;
  }

  private readMapEntry(tree: MessageTree, field: FieldType, type: MessageType, payload: WireReader, at: number): void {
    const keyField = type.fieldByNumber.get(1);
    const valueField = type.fieldByNumber.get(2);
    if (keyField === undefined || valueField === undefined) return;
    const unknownBefore = this.unknown.length;
    const entry = newTree(type, payload.pos, tree.depth - 1);
    const whole = this.readInto(entry, payload, 0);
    const key = entry.values.get(keyField) ?? zeroJson(keyField.type as "string");
    let value = entry.values.get(valueField) as TreeValue | undefined;
    if (value === undefined) {
      // A number that a closed enum does not name makes the whole entry unknown; without a value it is the default.
      const refused = valueField.enumType?.closed && this.unknown.length > unknownBefore;
      if (!whole || refused) return;
      value = defaultValue(valueField, entry);
    }
    if (!whole && !entry.values.has(keyField)) return;
    const map = (tree.values.get(field) ?? new Map()) as Map<string, TreeValue>;
    tree.values.set(field, map);
    const keyText = String(key).startsWith('"') ? String(key) : `"${key}"`;
    if (map.has(keyText)) this.overwritten("PROTOBUF_MAP_KEY_OVERWRITTEN", tree, field, at);
    map.set(keyText, value);
  }

  /** The JSON of the value just read; null where a closed enum does not name it. */
  private valueOf(tree: MessageTree, field: FieldType, reader: WireReader, at: number): string | null {
    const { lo, hi } = reader;
    if (reader.wireType === VARINT && !holdsVarint(field.type, lo, hi)) {
      this.complete = false;
      const value = hi >= 0x80000000 ? formatInt64(lo, hi) : formatUint64(lo, hi);
      this.problem("PROTOBUF_VALUE_CUT", at, tree.type, field, { value });
    }
    if (field.enumType !== null) return this.enumValue(tree, field, lo | 0, at);
    if (field.type === "string" && !isUtf8(reader)) {
      this.complete = false;
      this.problem("PROTOBUF_UTF8_INVALID", at, tree.type, field, {});
    }
    return scalarJson(field.type as "string", reader);
  }

  private enumValue(tree: MessageTree, field: FieldType, number: number, at: number): string | null {
    const type = field.enumType!;
    if (type.fullName === "google.protobuf.NullValue") return "null";
    const name = type.names.get(number);
    if (name !== undefined) return JSON.stringify(name);
    this.problem("PROTOBUF_ENUM_UNKNOWN", at, tree.type, field, { value: number, enum: type.fullName });
    return type.closed ? null : String(number);
  }

  private put(tree: MessageTree, field: FieldType, value: TreeValue, at: number): void {
    if (field.repeated) {
      const values = tree.values.get(field) as TreeValue[] | undefined;
      if (values === undefined) tree.values.set(field, [value]);
      else values.push(value);
      return;
    }
    if (tree.values.has(field)) this.overwritten("PROTOBUF_FIELD_OVERWRITTEN", tree, field, at);
    if (field.oneof !== null) this.clearOneof(tree, field, at);
    tree.values.set(field, value);
  }

  private clearOneof(tree: MessageTree, field: FieldType, at: number): void {
    for (const other of tree.values.keys()) {
      if (other.oneof !== field.oneof || other === field) continue;
      tree.values.delete(other);
      this.complete = false;
      this.problem("PROTOBUF_ONEOF_OVERWRITTEN", at, tree.type, field, { oneof: field.oneof! });
    }
  }

  private overwritten(
    code: "PROTOBUF_FIELD_OVERWRITTEN" | "PROTOBUF_MAP_KEY_OVERWRITTEN",
    tree: MessageTree,
    field: FieldType,
    at: number,
  ): void {
    this.complete = false;
    this.problem(code, at, tree.type, field, {});
  }

  private keepUnknown(tree: MessageTree, field: FieldType | null, reader: WireReader, at: number): boolean {
    const wireType = WIRE_TYPE_NAMES[reader.wireType];
    const number = reader.number;
    if (!reader.skip()) return this.damaged(tree, at, reader);
    if (field !== null) this.problem("PROTOBUF_WIRE_TYPE", at, tree.type, field, { wireType });
    else {
      const values = { field: number, wireType, place: placeOf(tree.type), type: tree.type.fullName };
      this.list.add("PROTOBUF_FIELD_UNKNOWN", at - this.start, tree.type, number, values);
    }
    return this.keep(tree, reader, at);
  }

  private keep(tree: MessageTree, reader: WireReader, at: number): true {
    this.complete = false;
    this.unknown.push({ ...readingOf(reader, at, tree.depth, this.budget), in: tree.type.fullName });
    return true;
  }
}

/** The value of a map entry that holds none. */
function defaultValue(field: FieldType, entry: MessageTree): TreeValue {
  if (field.messageType !== null) return newTree(field.messageType, entry.at, entry.depth - 1);
  if (field.enumType?.fullName === "google.protobuf.NullValue") return "null";
  return JSON.stringify(field.defaultJson);
}
