/**
 * Payloads of wire records (protobuf encoding guide), for the fast path: positions are passed and answered as numbers, values
 * are left in fields as signed halves, and whatever does not read is given up without a reason.
 */
import { I64, LEN, VARINT } from "../wire.js";

/** What a method answers where the exact path has to take over. */
export const GIVE_UP = -1;

export class PayloadReader {
  protected buf: Uint8Array = new Uint8Array(0);
  /** The same; null where the message is too short for one to be worth its making. */
  protected source: DataView | null = null;
  /** The varint or fixed-size value just read, as signed halves; of a LEN record, `lo` is the length. */
  protected lo = 0;
  protected hi = 0;
  /** Behind what a method that answers something else has read. */
  protected pos = 0;

  /** Reads the payload of a VARINT, I64 or I32 record, or the length of a LEN one; the position behind, or -1. */
  protected payload(wireType: number, pos: number, end: number): number {
    if (wireType === VARINT) return this.varint(pos, end);
    return wireType === LEN ? this.length(pos, end) : this.fixed(wireType === I64 ? 8 : 4, pos, end);
  }

  protected varint(pos: number, end: number): number {
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

  protected longVarint(from: number, end: number): number {
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

  protected fixed(size: number, pos: number, end: number): number {
    if (end - pos < size) return GIVE_UP;
    const { buf } = this;
    this.lo = buf[pos] | (buf[pos + 1] << 8) | (buf[pos + 2] << 16) | (buf[pos + 3] << 24);
    this.hi = size === 4 ? 0 : buf[pos + 4] | (buf[pos + 5] << 8) | (buf[pos + 6] << 16) | (buf[pos + 7] << 24);
    return pos + size;
  }

  /** The length of a LEN record goes to `lo`: so many bytes are there. */
  protected length(pos: number, end: number): number {
    const behind = this.varint(pos, end);
    return behind < 0 || this.hi !== 0 || this.lo < 0 || this.lo > end - behind ? GIVE_UP : behind;
  }

  /** Whether the tag of two or more bytes stands at `pos`; `this.pos` is then behind it. */
  protected isTag(tag: number, pos: number, end: number): boolean {
    if (tag >>> 7 === 0) return false;
    this.pos = this.varint(pos, end);
    return this.pos >= 0 && this.hi === 0 && this.lo === tag;
  }
}
