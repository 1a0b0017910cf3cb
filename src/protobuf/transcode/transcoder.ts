/**
 * The fast path of a whole message: an object of its fields, or the form that ProtoJSON gives to a well-known type. Where it
 * gives up, the exact path decodes the message from the start.
 */
import { labelOf } from "../../bytes/byte-writer.js";
import { decodeUtf8 } from "../../bytes/text.js";
import type { ReadingLimits } from "../field-reading.js";
import type { MessageType, TypeRegistry } from "../types.js";
import { LEN } from "../wire.js";
import { FieldTranscoder, isInt32 } from "./field-transcoder.js";
import { SCALAR_ROOM } from "./json-bytes.js";
import { GIVE_UP } from "./payload-reader.js";
import { Form, type MessagePlan, planOf } from "./plan.js";
import { writeDuration, writeTimestamp } from "./time.js";

const COMMA = 0x2c;

const TYPE_LABEL = labelOf(',"@type":');
const VALUE_LABEL = labelOf(',"value":');

/** From this length on, a view of the message pays: shorter ones V8 keeps on its heap, where a view would have to move them from. */
const VIEWED_BYTES = 128;

export interface TranscodeOptions {
  readonly limits: ReadingLimits;
  readonly schema: TypeRegistry | null;
}

export class Transcoder extends FieldTranscoder {
  private registry: TypeRegistry | null = null;

  /** Writes the JSON to `writer.out` from `at` on; the position behind it, or -1: the exact path has to do it. */
  transcode(
    type: MessageType,
    buf: Uint8Array,
    start: number,
    end: number,
    { limits, schema }: TranscodeOptions,
    at: number,
  ): number {
    this.keys.reset();
    this.segments.reset();
    this.buf = buf;
    this.source = end - start < VIEWED_BYTES ? null : new DataView(buf.buffer, buf.byteOffset, buf.byteLength);
    this.fieldsLeft = limits.maxProtobufFields;
    this.registry = schema;
    return this.message(planOf(type), start, end, limits.maxProtobufDepth, at);
  }

  protected message(plan: MessagePlan, pos: number, end: number, depth: number, at: number): number {
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
    const behind = field === undefined ? GIVE_UP : this.only(field, number, from, end, depth, at);
    // NaN and the infinities would read as text.
    return number === 2 && this.writer.out[at] === 0x22 ? GIVE_UP : behind;
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
}
