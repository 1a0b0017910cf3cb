/**
 * Objects, lists, maps and scalars of the fast path: message bytes → ProtoJSON bytes in one walk, for messages as serializers
 * write them: fields in order, each once, nothing unknown, damaged or cut. At anything else it gives up.
 *
 * Every member is written with a comma in front; the first comma of an object or array then becomes its bracket.
 */
import { toDouble, toFloat } from "../numbers.js";
import { LEN } from "../wire.js";
import { JsonBytes, SCALAR_ROOM } from "./json-bytes.js";
import { MapKeys } from "./map-keys.js";
import { GIVE_UP, PayloadReader } from "./payload-reader.js";
import { type FieldPlan, type MessagePlan, planOf } from "./plan.js";
import { Segments } from "./segments.js";

const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;

/** Longer strings are measured before room is reserved: six bytes for each would be too much. */
const LONG_STRING = 4096;

export abstract class FieldTranscoder extends PayloadReader {
  readonly writer = new JsonBytes();
  protected readonly keys = new MapKeys();
  protected readonly segments = new Segments();
  protected fieldsLeft = 0;

  /** Writes the JSON of message `buf[pos, end)` at `at`. `depth`: how many messages may lie in it, one in the other. */
  protected abstract message(plan: MessagePlan, pos: number, end: number, depth: number, at: number): number;

  protected object(plan: MessagePlan, from: number, end: number, depth: number, start: number): number {
    const { buf, writer } = this;
    let pos = from;
    let at = start;
    let last = -1;
    let oneofs = 0;
    let required = plan.required;
    const segments = this.segments.open();
    while (pos < end) {
      let tag = buf[pos++];
      if (tag > 0x7f) {
        pos = this.varint(pos - 1, end);
        if (pos < 0 || this.hi !== 0) return GIVE_UP;
        tag = this.lo;
      }
      const number = tag >>> 3;
      const field = number < plan.table.length ? plan.table[number] : plan.far.get(number);
      if (field === undefined || this.fieldsLeft-- <= 0) return GIVE_UP;
      if (plan.shuffled) this.segments.add(field.index, at);
      else if (field.index <= last) return GIVE_UP;
      last = field.index;
      writer.reserve(at, field.label.length + SCALAR_ROOM);
      if (field.repeated) {
        at = field.map ? this.map(field, tag, pos, end, depth, at) : this.list(field, tag, pos, end, depth, at);
        if (at < 0) return GIVE_UP;
        pos = this.pos;
        continue;
      }
      if ((tag & 7) !== field.wireType || (oneofs & field.oneofBit) !== 0) return GIVE_UP;
      oneofs |= field.oneofBit;
      if (field.required) required--;
      let lo = buf[pos];
      let hi = 0;
      // VARINT and LEN, in one byte.
      if (lo < 0x80 && (tag & 5) === 0) pos++;
      else {
        pos = this.payload(field.wireType, pos, end);
        if (pos < 0) return GIVE_UP;
        lo = this.lo;
        hi = this.hi;
      }
      if (lo === 0 && hi === 0 && !field.presence) continue;
      at = writer.label(field.label, at);
      if (field.wireType !== LEN) at = this.scalar(field, lo, hi, at);
      else {
        if (lo < 0 || lo > end - pos) return GIVE_UP;
        at = this.payloadOf(field, pos, pos + lo, depth, at);
        pos += lo;
      }
      if (at < 0) return GIVE_UP;
    }
    if (pos !== end || required !== 0) return GIVE_UP;
    if (plan.shuffled && !this.segments.close(segments, writer.out, at)) return GIVE_UP;
    return this.close(start, at, 0x7b, 0x7d);
  }

  /** Turns the comma at `start` into the opening bracket, and ends with the closing one. */
  protected close(start: number, at: number, opening: number, closing: number): number {
    const { writer } = this;
    writer.reserve(at, 2);
    writer.out[start] = opening;
    const end = at === start ? at + 1 : at;
    writer.out[end] = closing;
    return end + 1;
  }

  /** A repeated field: one packed record, or all records that follow with the same tag. */
  protected list(field: FieldPlan, tag: number, from: number, end: number, depth: number, start: number): number {
    const { buf, writer } = this;
    let at = writer.label(field.label, start);
    const first = at;
    let pos = from;
    if ((tag & 7) === LEN && field.wireType !== LEN) {
      pos = this.length(pos, end);
      if (pos < 0) return GIVE_UP;
      const behind = pos + this.lo;
      while (pos < behind) {
        if (this.fieldsLeft-- <= 0) return GIVE_UP;
        pos = this.payload(field.wireType, pos, behind);
        if (pos < 0) return GIVE_UP;
        writer.reserve(at, SCALAR_ROOM);
        writer.out[at] = COMMA;
        at = this.scalar(field, this.lo, this.hi, at + 1);
        if (at < 0) return GIVE_UP;
      }
      this.pos = pos;
      return at === first ? start : this.close(first, at, 0x5b, 0x5d);
    }
    if ((tag & 7) !== field.wireType) return GIVE_UP;
    for (;;) {
      writer.reserve(at, SCALAR_ROOM);
      writer.out[at++] = COMMA;
      pos = this.payload(field.wireType, pos, end);
      if (pos < 0) return GIVE_UP;
      if (field.wireType !== LEN) at = this.scalar(field, this.lo, this.hi, at);
      else {
        const { lo } = this;
        at = this.payloadOf(field, pos, pos + lo, depth, at);
        pos += lo;
      }
      if (at < 0) return GIVE_UP;
      if (pos < end && buf[pos] === tag && tag < 0x80) pos++;
      else if (this.isTag(tag, pos, end)) pos = this.pos;
      else break;
      if (this.fieldsLeft-- <= 0) return GIVE_UP;
    }
    this.pos = pos;
    return this.close(first, at, 0x5b, 0x5d);
  }

  /** A map: all entries that follow with the same tag. */
  protected map(field: FieldPlan, tag: number, from: number, end: number, depth: number, start: number): number {
    if ((tag & 7) !== LEN || depth === 0) return GIVE_UP;
    const { buf, writer, keys } = this;
    const entry = (field.plan ??= planOf(field.message!));
    const [key, value] = [entry.table[1]!, entry.table[2]!];
    let at = writer.label(field.label, start);
    const first = at;
    const map = keys.open();
    let pos = from;
    for (;;) {
      pos = this.length(pos, end);
      if (pos < 0) return GIVE_UP;
      const behind = pos + this.lo;
      writer.reserve(at, SCALAR_ROOM);
      writer.out[at++] = COMMA;
      const keyAt = at;
      at = this.mapKey(key, pos, behind, at);
      if (at < 0 || !keys.add(map, writer.out, keyAt, at)) return GIVE_UP;
      writer.reserve(at, SCALAR_ROOM);
      writer.out[at++] = COLON;
      at = this.only(value, 2, this.pos, behind, depth - 1, at);
      if (at < 0) return GIVE_UP;
      pos = behind;
      if (pos < end && buf[pos] === tag && tag < 0x80) pos++;
      else if (this.isTag(tag, pos, end)) pos = this.pos;
      else break;
      if (this.fieldsLeft-- <= 0) return GIVE_UP;
    }
    keys.close(map);
    this.pos = pos;
    return this.close(first, at, 0x7b, 0x7d);
  }

  /** Field 1 of a map entry as a JSON string; the type's zero where it is left out. */
  protected mapKey(key: FieldPlan, from: number, end: number, start: number): number {
    const { writer } = this;
    let pos = from;
    this.lo = 0;
    this.hi = 0;
    if (pos < end && this.buf[pos] === ((1 << 3) | key.wireType)) {
      if (this.fieldsLeft-- <= 0) return GIVE_UP;
      pos = this.payload(key.wireType, pos + 1, end);
      if (pos < 0) return GIVE_UP;
    }
    if (key.wireType === LEN) {
      this.pos = pos + this.lo;
      return this.string(pos, this.pos, start);
    }
    this.pos = pos;
    const { out } = writer;
    out[start] = QUOTE;
    let at = this.scalar(key, this.lo, this.hi, start + 1);
    if (at < 0) return GIVE_UP;
    if (out[start + 1] === QUOTE) {
      // A 64-bit integer brings its quotes.
      out.copyWithin(start, start + 1, at);
      return at - 1;
    }
    out[at++] = QUOTE;
    return at;
  }

  /** A value that is no LEN record. */
  protected scalar(field: FieldPlan, lo: number, hi: number, at: number): number {
    const { writer } = this;
    switch (field.kind) {
      case 0: // int32
        return isInt32(lo, hi) ? writer.int32(lo, at) : GIVE_UP;
      case 1: // uint32
        return hi === 0 ? writer.uint32(lo >>> 0, at) : GIVE_UP;
      case 2: // sint32
        return hi === 0 ? writer.int32((lo >>> 1) ^ -(lo & 1), at) : GIVE_UP;
      case 3: // int64
      case 12: // sfixed64
        return writer.int64(lo, hi, at);
      case 4: // uint64
      case 11: // fixed64
        return writer.uint64(lo, hi, at);
      case 5: // sint64
        return writer.int64(((lo >>> 1) | (hi << 31)) ^ -(lo & 1), (hi >>> 1) ^ -(lo & 1), at);
      case 6: // bool
        return hi !== 0 || (lo & ~1) !== 0 ? GIVE_UP : writer.ascii(lo === 1 ? "true" : "false", at);
      case 7: // enum
        return isInt32(lo, hi) ? this.enum(field, lo, at) : GIVE_UP;
      case 8: // fixed32
        return writer.uint32(lo >>> 0, at);
      case 9: // sfixed32
        return writer.int32(lo, at);
      case 10: // float
        return writer.float(toFloat(lo), at);
      case 13: // double
        return writer.double(toDouble(lo, hi), at);
      default:
        return GIVE_UP;
    }
  }

  protected enum(field: FieldPlan, number: number, at: number): number {
    const name = field.names!.get(number);
    if (name === undefined) return GIVE_UP;
    this.writer.reserve(at, name.length + SCALAR_ROOM);
    return this.writer.label(name, at);
  }

  /** The payload `buf[from, to)` of a LEN record. */
  protected payloadOf(field: FieldPlan, from: number, to: number, depth: number, at: number): number {
    switch (field.kind) {
      case 14: // string
        return this.string(from, to, at);
      case 15: // bytes
        this.writer.reserve(at, 4 * Math.ceil((to - from) / 3) + SCALAR_ROOM);
        return this.writer.base64(this.buf, from, to, at);
      case 16: // message
        if (depth === 0) return GIVE_UP;
        return this.message((field.plan ??= planOf(field.message!)), from, to, depth - 1, at);
      default:
        return GIVE_UP;
    }
  }

  protected string(from: number, to: number, at: number): number {
    const room = to - from > LONG_STRING ? this.writer.stringRoom(this.buf, this.source, from, to) : (to - from) * 6;
    this.writer.reserve(at, room + SCALAR_ROOM);
    return this.writer.string(this.buf, this.source, from, to, at);
  }

  /** The one field that `buf[from, end)` holds; its zero where it is left out. */
  protected only(field: FieldPlan, number: number, from: number, end: number, depth: number, at: number): number {
    let pos = from;
    this.lo = 0;
    this.hi = 0;
    if (pos < end) {
      if (this.buf[pos] !== ((number << 3) | field.wireType) || this.fieldsLeft-- <= 0) return GIVE_UP;
      pos = this.payload(field.wireType, pos + 1, end);
      if (pos < 0) return GIVE_UP;
    } else if (field.names !== null) return GIVE_UP;
    if (field.wireType !== LEN) return pos === end ? this.scalar(field, this.lo, this.hi, at) : GIVE_UP;
    return pos + this.lo === end ? this.payloadOf(field, pos, end, depth, at) : GIVE_UP;
  }
}

/** A varint that an int32 or enum holds: a negative one comes sign-extended to 64 bits, by some senders cut to 32. */
export function isInt32(lo: number, hi: number): boolean {
  return hi === 0 || (hi === -1 && lo < 0);
}
