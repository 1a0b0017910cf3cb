/**
 * Message bytes → ProtoJSON bytes in one walk, for messages as serializers write them: fields in order, each once, nothing
 * unknown, damaged or cut. At anything else it gives up, and the exact path decodes the message from the start.
 *
 * Every member is written with a comma in front; the first comma of an object or array then becomes its bracket.
 */

import { decodeUtf8 } from "../../bytes/text.js";
import { toDouble, toFloat } from "../numbers.js";
import type { MessageType, TypeRegistry } from "../types.js";
import { I64, LEN, VARINT } from "../wire.js";
import { ByteWriter, labelOf, SCALAR_ROOM } from "./byte-writer.js";
import { MapKeys } from "./map-keys.js";
import { type FieldPlan, Form, type MessagePlan, planOf } from "./plan.js";
import { Segments } from "./segments.js";
import { writeDuration, writeTimestamp } from "./time.js";

/** What a method answers where the exact path has to take over. */
const GIVE_UP = -1;

const COMMA = 0x2c;
const COLON = 0x3a;
const QUOTE = 0x22;

/** Longer strings are measured before room is reserved: six bytes for each would be too much. */
const LONG_STRING = 4096;
/** A larger output buffer is not kept for the next message. */
const MAX_KEPT = 4 * 1024 * 1024;

const TYPE_LABEL = labelOf(',"@type":');
const VALUE_LABEL = labelOf(',"value":');

export class Transcoder {
  readonly writer = new ByteWriter();
  private readonly keys = new MapKeys();
  private readonly segments = new Segments();
  private buf: Uint8Array = new Uint8Array(0);
  private registry: TypeRegistry | null = null;
  private fieldsLeft = 0;
  /** The varint or fixed-size value just read, as signed halves; of a LEN record, `lo` is the length. */
  private lo = 0;
  private hi = 0;
  /** Behind what a write method has read. */
  private pos = 0;

  /** How many bytes of JSON stand in `writer.out`; -1: the exact path has to do it. */
  transcode(
    type: MessageType,
    buf: Uint8Array,
    start: number,
    end: number,
    maxDepth: number,
    maxFields: number,
    registry: TypeRegistry | null,
  ): number {
    if (this.writer.out.length > MAX_KEPT) this.writer.reset();
    this.keys.reset();
    this.segments.reset();
    this.buf = buf;
    this.fieldsLeft = maxFields;
    this.registry = registry;
    return this.message(planOf(type), start, end, maxDepth, 0);
  }

  /** Writes the JSON of message `buf[pos, end)` at `at`. `depth`: how many messages may lie in it, one in the other. */
  private message(plan: MessagePlan, pos: number, end: number, depth: number, at: number): number {
    switch (plan.form) {
      case Form.Object:
        return this.object(plan, pos, end, depth, at);
      case Form.Timestamp:
      case Form.Duration:
        return this.time(plan.form, pos, end, at);
      case Form.Wrapper:
        return this.wrapper(plan, pos, end, depth, at);
      case Form.Struct:
      case Form.ListValue:
        return this.container(plan, pos, end, depth, at);
      case Form.Value:
        return this.value(plan, pos, end, depth, at);
      case Form.Any:
        return this.any(pos, end, depth, at);
      default:
        return GIVE_UP;
    }
  }

  private object(plan: MessagePlan, from: number, end: number, depth: number, start: number): number {
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
  private close(start: number, at: number, opening: number, closing: number): number {
    const { writer } = this;
    writer.reserve(at, 2);
    writer.out[start] = opening;
    const end = at === start ? at + 1 : at;
    writer.out[end] = closing;
    return end + 1;
  }

  /** A repeated field: one packed record, or all records that follow with the same tag. */
  private list(field: FieldPlan, tag: number, from: number, end: number, depth: number, start: number): number {
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
  private map(field: FieldPlan, tag: number, from: number, end: number, depth: number, start: number): number {
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
  private mapKey(key: FieldPlan, from: number, end: number, start: number): number {
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
  private scalar(field: FieldPlan, lo: number, hi: number, at: number): number {
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

  private enum(field: FieldPlan, number: number, at: number): number {
    const name = field.names!.get(number);
    if (name === undefined) return GIVE_UP;
    this.writer.reserve(at, name.length + SCALAR_ROOM);
    return this.writer.label(name, at);
  }

  /** The payload `buf[from, to)` of a LEN record. */
  private payloadOf(field: FieldPlan, from: number, to: number, depth: number, at: number): number {
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

  private string(from: number, to: number, at: number): number {
    const room = to - from > LONG_STRING ? this.writer.stringRoom(this.buf, from, to) : (to - from) * 6;
    this.writer.reserve(at, room + SCALAR_ROOM);
    return this.writer.string(this.buf, from, to, at);
  }

  /** A Timestamp or Duration: seconds = 1, nanos = 2. */
  private time(form: Form, from: number, end: number, at: number): number {
    const { buf, writer } = this;
    let pos = from;
    let seconds = 0;
    let nanos = 0;
    if (pos < end && buf[pos] === 0x08) {
      pos = this.varint(pos + 1, end);
      if (pos < 0 || this.fieldsLeft-- <= 0) return GIVE_UP;
      seconds = this.hi * 4294967296 + (this.lo >>> 0);
    }
    if (pos < end && buf[pos] === 0x10) {
      pos = this.varint(pos + 1, end);
      if (pos < 0 || this.fieldsLeft-- <= 0 || !isInt32(this.lo, this.hi)) return GIVE_UP;
      nanos = this.lo;
    }
    if (pos !== end) return GIVE_UP;
    writer.reserve(at, 2 * SCALAR_ROOM);
    return (form === Form.Timestamp ? writeTimestamp : writeDuration)(writer, seconds, nanos, at);
  }

  private wrapper(plan: MessagePlan, from: number, end: number, depth: number, at: number): number {
    this.writer.reserve(at, SCALAR_ROOM);
    return this.only(plan.table[1]!, 1, from, end, depth, at);
  }

  /** The one field that `buf[from, end)` holds; its zero where it is left out. */
  private only(field: FieldPlan, number: number, from: number, end: number, depth: number, at: number): number {
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

  /** A Struct, which is its map, or a ListValue, which is its list. */
  private container(plan: MessagePlan, from: number, end: number, depth: number, at: number): number {
    const field = plan.table[1]!;
    this.writer.reserve(at, SCALAR_ROOM);
    if (from === end) return field.map ? this.close(at, at, 0x7b, 0x7d) : this.close(at, at, 0x5b, 0x5d);
    if (this.buf[from] !== ((1 << 3) | LEN) || this.fieldsLeft-- <= 0) return GIVE_UP;
    const behind = field.map
      ? this.map(field, this.buf[from], from + 1, end, depth, at)
      : this.list(field, this.buf[from], from + 1, end, depth, at);
    return behind >= 0 && this.pos === end ? behind : GIVE_UP;
  }

  /** A Value, which is its one field. */
  private value(plan: MessagePlan, from: number, end: number, depth: number, at: number): number {
    this.writer.reserve(at, SCALAR_ROOM);
    if (from === end) return this.writer.ascii("null", at);
    const number = this.buf[from] >>> 3;
    const field = plan.table[number];
    return field === undefined ? GIVE_UP : this.only(field, number, from, end, depth, at);
  }

  /** An Any of known type: type_url = 1, value = 2. */
  private any(from: number, end: number, depth: number, start: number): number {
    const { buf, writer } = this;
    if (depth === 0 || this.registry === null || buf[from] !== ((1 << 3) | LEN)) return GIVE_UP;
    let pos = this.length(from + 1, end);
    if (pos < 0 || this.fieldsLeft-- <= 0) return GIVE_UP;
    const urlEnd = pos + this.lo;
    const url = decodeUtf8(buf, pos, urlEnd);
    const type = this.registry.message(url.slice(url.lastIndexOf("/") + 1));
    if (type === null || pos === urlEnd) return GIVE_UP;
    writer.reserve(start, SCALAR_ROOM);
    let at = this.string(pos, urlEnd, writer.label(TYPE_LABEL, start));
    if (at < 0) return GIVE_UP;
    pos = urlEnd;
    if (pos < end) {
      if (buf[pos] !== ((2 << 3) | LEN) || this.fieldsLeft-- <= 0) return GIVE_UP;
      pos = this.length(pos + 1, end);
      if (pos < 0 || pos + this.lo !== end) return GIVE_UP;
    }
    const held = planOf(type);
    writer.reserve(at, SCALAR_ROOM);
    if (held.form !== Form.Object) {
      at = this.message(held, pos, end, depth - 1, writer.label(VALUE_LABEL, at));
      return at < 0 ? GIVE_UP : this.close(start, at, 0x7b, 0x7d);
    }
    const members = this.object(held, pos, end, depth - 1, at);
    if (members < 0) return GIVE_UP;
    // "{}" goes; of "{"a":1}" the first bracket becomes the comma behind "@type".
    if (members === at + 2) return this.close(start, at, 0x7b, 0x7d);
    writer.out[at] = COMMA;
    writer.out[start] = 0x7b;
    return members;
  }

  /** Reads the payload of a VARINT, I64 or I32 record, or the length of a LEN one; the position behind, or -1. */
  private payload(wireType: number, pos: number, end: number): number {
    if (wireType === VARINT) return this.varint(pos, end);
    return wireType === LEN ? this.length(pos, end) : this.fixed(wireType === I64 ? 8 : 4, pos, end);
  }

  private varint(pos: number, end: number): number {
    const { buf } = this;
    if (pos >= end) return GIVE_UP;
    const first = buf[pos];
    this.hi = 0;
    if (first < 0x80) {
      this.lo = first;
      return pos + 1;
    }
    if (pos + 1 < end && buf[pos + 1] < 0x80) {
      this.lo = (first & 0x7f) | (buf[pos + 1] << 7);
      return pos + 2;
    }
    return this.longVarint(pos, end);
  }

  private longVarint(from: number, end: number): number {
    const { buf } = this;
    const limit = Math.min(end, from + 10);
    let lo = 0;
    let hi = 0;
    let shift = 0;
    for (let pos = from; pos < limit; pos++, shift += 7) {
      const byte = buf[pos];
      const bits = byte & 0x7f;
      if (shift < 28) lo |= bits << shift;
      else if (shift === 28) {
        lo |= bits << 28;
        hi = bits >> 4;
      } else hi |= bits << (shift - 32);
      if (byte >= 0x80) continue;
      if (shift === 63 && byte > 1) return GIVE_UP;
      this.lo = lo;
      this.hi = hi;
      return pos + 1;
    }
    return GIVE_UP;
  }

  private fixed(size: number, pos: number, end: number): number {
    if (end - pos < size) return GIVE_UP;
    const { buf } = this;
    this.lo = buf[pos] | (buf[pos + 1] << 8) | (buf[pos + 2] << 16) | (buf[pos + 3] << 24);
    this.hi = size === 4 ? 0 : buf[pos + 4] | (buf[pos + 5] << 8) | (buf[pos + 6] << 16) | (buf[pos + 7] << 24);
    return pos + size;
  }

  /** The length of a LEN record goes to `lo`: so many bytes are there. */
  private length(pos: number, end: number): number {
    const behind = this.varint(pos, end);
    return behind < 0 || this.hi !== 0 || this.lo < 0 || this.lo > end - behind ? GIVE_UP : behind;
  }

  /** Whether the tag of two or more bytes stands at `pos`; `this.pos` is then behind it. */
  private isTag(tag: number, pos: number, end: number): boolean {
    if (tag >>> 7 === 0) return false;
    this.pos = this.varint(pos, end);
    return this.pos >= 0 && this.hi === 0 && this.lo === tag;
  }
}

/** A varint that an int32 or enum holds: a negative one comes sign-extended to 64 bits, by some senders cut to 32. */
function isInt32(lo: number, hi: number): boolean {
  return hi === 0 || (hi === -1 && lo < 0);
}
