/**
 * The protobuf wire format (protobuf encoding guide): a message is a run of records, each a tag and a payload.
 *
 *      varint: tag = number << 3 | wire type
 *     +---------+------------------------------+
 *     |   tag   | payload, by wire type:       |
 *     +---------+------------------------------+
 *                 0 VARINT  1 to 10 bytes, 7 bits each, low first, top bit set on all but the last
 *                 1 I64     8 bytes, little-endian
 *                 2 LEN     varint length, then so many bytes
 *                 3 SGROUP  records up to the EGROUP tag of the same number
 *                 4 EGROUP  nothing
 *                 5 I32     4 bytes, little-endian
 */

export const VARINT = 0;
export const I64 = 1;
export const LEN = 2;
export const SGROUP = 3;
export const EGROUP = 4;
export const I32 = 5;

export type WireTypeName = "varint" | "i64" | "len" | "group" | "i32";

/** By wire type; an EGROUP tag that ends nothing is told as a group. */
export const WIRE_TYPE_NAMES: readonly WireTypeName[] = ["varint", "i64", "len", "group", "group", "i32"];

/** Why a record does not read. */
export type Damage =
  | "the varint does not end within the message"
  | "the varint is longer than 10 bytes"
  | "a tag does not fit 32 bits"
  | "field number 0 is not allowed"
  | "wire type 6 or 7 does not exist"
  | "a fixed-size value reaches beyond the end"
  | "a length reaches beyond the end"
  | "a group does not end within the message"
  | "a group ends that did not begin";

/**
 * A cursor over `buf[pos, end)`. The read methods leave their result in fields, so that nothing is allocated: a varint or a
 * fixed-size value in `lo` and `hi` (unsigned halves), a tag in `number` and `wireType`, a range in `from` and `to`. They
 * answer false, and tell why in `damage`, where the bytes do not read; `pos` is then without meaning.
 */
export class WireReader {
  lo = 0;
  hi = 0;
  number = 0;
  wireType = 0;
  from = 0;
  to = 0;
  damage: Damage | null = null;

  constructor(
    readonly buf: Uint8Array,
    public pos: number,
    public end: number,
  ) {}

  readVarint(): boolean {
    const { buf, end } = this;
    let pos = this.pos;
    let lo = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (pos >= end) return this.fail("the varint does not end within the message");
      const byte = buf[pos++];
      lo |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.done(pos, lo, 0);
    }
    if (pos >= end) return this.fail("the varint does not end within the message");
    const middle = buf[pos++];
    lo |= (middle & 0x7f) << 28;
    let hi = (middle & 0x7f) >> 4;
    if (middle < 0x80) return this.done(pos, lo, hi);
    for (let shift = 3; shift < 32; shift += 7) {
      if (pos >= end) return this.fail("the varint does not end within the message");
      const byte = buf[pos++];
      hi |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      // The tenth byte holds bit 63 only.
      return shift === 31 && byte > 1 ? this.fail("the varint is longer than 10 bytes") : this.done(pos, lo, hi);
    }
    return this.fail("the varint is longer than 10 bytes");
  }

  private done(pos: number, lo: number, hi: number): true {
    this.pos = pos;
    this.lo = lo >>> 0;
    this.hi = hi >>> 0;
    return true;
  }

  readTag(): boolean {
    if (!this.readVarint()) return false;
    if (this.hi !== 0) return this.fail("a tag does not fit 32 bits");
    this.number = this.lo >>> 3;
    this.wireType = this.lo & 7;
    if (this.number === 0) return this.fail("field number 0 is not allowed");
    return this.wireType <= I32 || this.fail("wire type 6 or 7 does not exist");
  }

  readFixed32(): boolean {
    if (this.end - this.pos < 4) return this.fail("a fixed-size value reaches beyond the end");
    this.lo = this.littleEndian(this.pos);
    this.hi = 0;
    this.pos += 4;
    return true;
  }

  readFixed64(): boolean {
    if (this.end - this.pos < 8) return this.fail("a fixed-size value reaches beyond the end");
    this.lo = this.littleEndian(this.pos);
    this.hi = this.littleEndian(this.pos + 4);
    this.pos += 8;
    return true;
  }

  /** A LEN payload: its bytes are `buf[from, to)`. */
  readLength(): boolean {
    if (!this.readVarint()) return false;
    if (this.hi !== 0 || this.lo > this.end - this.pos) return this.fail("a length reaches beyond the end");
    this.from = this.pos;
    this.to = this.pos += this.lo;
    return true;
  }

  /** Passes over the payload of the tag just read; a group with all that is in it. `number` and `wireType` stay that tag's. */
  skip(): boolean {
    switch (this.wireType) {
      case VARINT:
        return this.readVarint();
      case I64:
        return this.readFixed64();
      case LEN:
        return this.readLength();
      case I32:
        return this.readFixed32();
      case SGROUP:
        return this.skipGroup();
      default:
        return this.fail("a group ends that did not begin");
    }
  }

  private skipGroup(): boolean {
    const opened = this.number;
    const open = [opened];
    const from = this.pos;
    while (open.length > 0) {
      if (this.pos >= this.end) return this.fail("a group does not end within the message");
      const at = this.pos;
      if (!this.readTag()) return false;
      if (this.wireType === SGROUP) open.push(this.number);
      else if (this.wireType === EGROUP) {
        if (open.pop() !== this.number) return this.fail("a group ends that did not begin");
        this.to = at;
      } else if (!this.skip()) return false;
    }
    this.from = from;
    this.number = opened;
    this.wireType = SGROUP;
    return true;
  }

  private littleEndian(at: number): number {
    const { buf } = this;
    return (buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16) | (buf[at + 3] << 24)) >>> 0;
  }

  fail(damage: Damage): false {
    this.damage = damage;
    return false;
  }
}
