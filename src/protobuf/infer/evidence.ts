/**
 * What many messages of one kind have in common, where no schema says it: per field its wire types, the range of its numbers,
 * whether it is always text or always reads as a message. Counts only: no message is kept.
 */
import { decodeUtf8Strict } from "../../bytes/text.js";
import { isPlainText, isUsualNumber } from "../field-reading.js";
import { toDouble, toFloat } from "../numbers.js";
import { I32, I64, LEN, SGROUP, VARINT, WireReader } from "../wire.js";

/** Messages lying deeper in each other are taken as bytes. */
const MAX_DEPTH = 32;
/** Different field numbers of one message; of bytes that only happen to read as messages there may be any number. */
const MAX_FIELDS = 2_000;
/** Keys of maps are short: an entry with a longer one is a message. */
const MAX_KEY_BYTES = 256;

/** How many more fields may be told apart, all messages together: a peer may send any number of them. */
export class FieldRoom {
  constructor(public left: number) {}
}

export class MessageEvidence {
  /** Messages seen. */
  messages = 0;
  readonly fields = new Map<number, FieldEvidence>();

  constructor(
    private readonly room: FieldRoom,
    private readonly depth = MAX_DEPTH,
  ) {}

  /** Takes `buf[start, end)` in. False: it does not read as a message to its end, or there is no room; what stands before is taken in. */
  add(buf: Uint8Array, start: number, end: number): boolean {
    this.messages++;
    const reader = new WireReader(buf, start, end);
    const times = new Map<number, number>();
    while (reader.pos < end) {
      if (!reader.readTag() || !reader.skip()) return false;
      const { number } = reader;
      const time = (times.get(number) ?? 0) + 1;
      times.set(number, time);
      let field = this.fields.get(number);
      if (field === undefined) {
        if (this.fields.size >= MAX_FIELDS || this.room.left === 0) return false;
        this.room.left--;
        this.fields.set(number, (field = new FieldEvidence(this.room, this.depth - 1)));
      }
      field.add(reader);
      if (time === 1) field.messages++;
      else field.repeated = true;
    }
    for (const number of times.keys()) this.fields.get(number)!.lens.endMessage();
    return true;
  }

  /** It is let go of: its fields leave their room. */
  release(): void {
    this.room.left += this.fields.size;
    for (const { lens, groups } of this.fields.values()) {
      lens.nested.message?.release();
      groups.message?.release();
    }
  }
}

export class FieldEvidence {
  /** Messages that hold it, and values altogether. */
  messages = 0;
  values = 0;
  /** More than once in one message. */
  repeated = false;
  /** A number 0, or an empty payload, was on the wire: proto3 writes those only where presence is told. */
  zero = false;

  // Most fields come in one wire type: what tells of the others is shared, and empty.
  varints = NO_VARINTS;
  lens = NO_LENS;
  i32 = NO_FIXED;
  i64 = NO_FIXED;
  groups = NO_NESTED;

  constructor(
    private readonly room: FieldRoom,
    private readonly depth: number,
  ) {}

  /** The record that `reader` has passed over. */
  add(reader: WireReader): void {
    this.values++;
    const { wireType, lo, hi } = reader;
    if (wireType === LEN) {
      this.zero ||= reader.from === reader.to;
      if (this.lens === NO_LENS) this.lens = new LenEvidence(this.room, this.depth);
      this.lens.add(reader);
    } else if (wireType === SGROUP) {
      if (this.groups === NO_NESTED) this.groups = new NestedEvidence(this.room, this.depth);
      this.groups.add(reader);
    } else {
      this.zero ||= (lo | hi) === 0;
      if (wireType === VARINT) {
        if (this.varints === NO_VARINTS) this.varints = new VarintEvidence();
        this.varints.add(lo, hi);
      } else if (wireType === I32) {
        if (this.i32 === NO_FIXED) this.i32 = new FixedEvidence();
        this.i32.add(isUsualNumber(toFloat(lo)), lo >= 0x80000000);
      } else {
        if (this.i64 === NO_FIXED) this.i64 = new FixedEvidence();
        this.i64.add(isUsualNumber(toDouble(lo, hi)), hi >= 0x80000000);
      }
    }
  }
}

export class VarintEvidence {
  count = 0;
  /** All of them are 0 or 1. */
  bits = true;
  /** All fit int32 (negative ones in ten bytes), uint32, int64. */
  int32 = true;
  uint32 = true;
  negative = false;
  /** The range of what they are as sint; of 64-bit ones about. */
  zigzagMin = Number.POSITIVE_INFINITY;
  zigzagMax = Number.NEGATIVE_INFINITY;

  add(lo: number, hi: number): void {
    this.count++;
    const half = hi === 0 ? lo >>> 1 : (hi * 4294967296 + lo) / 2;
    const zigzag = lo & 1 ? -half - 1 : half;
    this.zigzagMin = Math.min(this.zigzagMin, zigzag);
    this.zigzagMax = Math.max(this.zigzagMax, zigzag);
    this.bits &&= hi === 0 && lo < 2;
    this.negative ||= hi >= 0x80000000;
    this.int32 &&= (hi === 0 && lo < 0x80000000) || (hi === 0xffffffff && lo >= 0x80000000);
    this.uint32 &&= hi === 0;
  }
}

export class FixedEvidence {
  count = 0;
  /** All of them read as such floating-point numbers as people write. */
  usual = true;
  negative = false;

  add(usual: boolean, negative: boolean): void {
    this.count++;
    this.usual &&= usual;
    this.negative ||= negative;
  }
}

/** Payloads that may be messages: one that is none ends it. */
export class NestedEvidence {
  count = 0;
  /** null: at least one payload does not read as a message. */
  message: MessageEvidence | null = null;
  private broken = false;

  constructor(
    private readonly room: FieldRoom,
    private readonly depth: number,
  ) {}

  add({ buf, from, to }: WireReader): void {
    this.count++;
    if (this.broken) return;
    if (this.depth > 0) {
      this.message ??= new MessageEvidence(this.room, this.depth);
      if (this.message.add(buf, from, to)) return;
    }
    this.broken = true;
    this.message?.release();
    this.message = null;
  }
}

/** The payloads of LEN records; empty ones fit everything and say nothing. */
export class LenEvidence {
  count = 0;
  empty = 0;
  utf8 = true;
  /** How many hold text without control characters. */
  plainText = 0;
  /** All read as runs of varints, of 4-byte and of 8-byte values. */
  readonly packed = { varints: new PackedEvidence(VARINT), i32: new PackedEvidence(I32), i64: new PackedEvidence(I64) };
  readonly nested: NestedEvidence;
  /** All read as entries of a map, and no message holds a key twice. */
  mapLike = true;
  /** Of the message that is being taken in. */
  private keys: Set<string> | null = null;

  constructor(room: FieldRoom, depth: number) {
    this.nested = new NestedEvidence(room, depth);
  }

  add(reader: WireReader): void {
    const { buf, from, to } = reader;
    this.count++;
    this.nested.add(reader);
    if (this.mapLike) this.addEntry(buf, from, to);
    if (from === to) {
      this.empty++;
      return;
    }
    if (this.utf8) {
      const text = decodeUtf8Strict(buf, from, to);
      this.utf8 = text !== null;
      if (text !== null && isPlainText(text)) this.plainText++;
    }
    for (const run of Object.values(this.packed)) run.add(buf, from, to);
  }

  /** The message ended that the payloads stood in. */
  endMessage(): void {
    this.keys = null;
  }

  private addEntry(buf: Uint8Array, from: number, to: number): void {
    const reader = new WireReader(buf, from, to);
    let key = "";
    let last = 0;
    while (reader.pos < to) {
      const at = reader.pos;
      if (!reader.readTag() || !reader.skip() || reader.number > 2 || reader.number <= last) {
        this.mapLike = false;
        return;
      }
      last = reader.number;
      if (last !== 1 || isDefault(reader)) continue;
      if (reader.pos - at > MAX_KEY_BYTES) {
        this.mapLike = false;
        return;
      }
      key = buf.subarray(at, reader.pos).join();
    }
    this.keys ??= new Set();
    if (this.keys.has(key)) this.mapLike = false;
    this.keys.add(key);
  }
}

/** Written or left out, the default is the same key. */
function isDefault({ wireType, from, to, lo, hi }: WireReader): boolean {
  return wireType === LEN ? from === to : (lo | hi) === 0;
}

/** Whether payloads read as runs of values of one wire type. */
export class PackedEvidence {
  fits = true;
  values = 0;
  readonly varints: VarintEvidence;
  readonly fixed: FixedEvidence;

  constructor(private readonly wireType: number) {
    this.varints = wireType === VARINT ? new VarintEvidence() : NO_VARINTS;
    this.fixed = wireType === VARINT ? NO_FIXED : new FixedEvidence();
  }

  add(buf: Uint8Array, from: number, to: number): void {
    if (!this.fits) return;
    const reader = new WireReader(buf, from, to);
    reader.wireType = this.wireType;
    while (reader.pos < to) {
      if (!reader.skip()) {
        this.fits = false;
        return;
      }
      this.values++;
      const { lo, hi } = reader;
      if (this.wireType === VARINT) this.varints.add(lo, hi);
      else if (this.wireType === I32) this.fixed.add(isUsualNumber(toFloat(lo)), lo >= 0x80000000);
      else this.fixed.add(isUsualNumber(toDouble(lo, hi)), hi >= 0x80000000);
    }
  }
}

const NO_VARINTS = new VarintEvidence();
const NO_FIXED = new FixedEvidence();
const NO_NESTED = new NestedEvidence(new FieldRoom(0), 0);
const NO_LENS = new LenEvidence(new FieldRoom(0), 0);
