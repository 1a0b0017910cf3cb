/**
 * A growing buffer that JSON text is written to as UTF-8 bytes. The write methods take the position to write at and return
 * the one behind; whoever writes has reserved the room.
 */
import { writeBase64 } from "../../bytes/base64.js";
import type { Label } from "../../bytes/byte-writer.js";
import { doubleJson, floatJson, formatInt64, formatUint64 } from "../numbers.js";

/** Room that any scalar but string and bytes fits in, quotes included: "-9223372036854775808" and a double's 24 digits. */
export const SCALAR_ROOM = 32;

const HEX = Uint8Array.from("0123456789abcdef", (character) => character.charCodeAt(0));
const FIRST_SIZE = 16 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** By byte: 0 stands for itself, 1 part of a longer UTF-8 sequence, 2 \u00xx, else the letter behind a backslash. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(2, 0, 0x20);
ESCAPES.fill(1, 0x80);
for (const [byte, letter] of [
  [8, "b"],
  [9, "t"],
  [10, "n"],
  [12, "f"],
  [13, "r"],
  [QUOTE, '"'],
  [BACKSLASH, "\\"],
] as const)
  ESCAPES[byte] = letter.charCodeAt(0);

export class JsonBytes {
  out: Uint8Array;
  private view: DataView;

  constructor() {
    this.out = new Uint8Array(FIRST_SIZE);
    this.view = new DataView(this.out.buffer);
  }

  /** Makes sure that `room` bytes can be written at `at`. */
  reserve(at: number, room: number): void {
    if (at + room <= this.out.length) return;
    const bigger = new Uint8Array(Math.max(this.out.length * 2, at + room));
    bigger.set(this.out.subarray(0, at));
    this.use(bigger);
  }

  /** Writes to this buffer from now on; it is replaced when it gets too small. */
  use(bytes: Uint8Array): void {
    if (bytes === this.out) return;
    this.out = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Up to three bytes more than the label are overwritten. */
  label({ words, length }: Label, at: number): number {
    const { view } = this;
    for (let i = 0; i < words.length; i++) view.setInt32(at + 4 * i, words[i]);
    return at + length;
  }

  /** ASCII only. */
  ascii(text: string, at: number): number {
    const { out } = this;
    const { length } = text;
    for (let i = 0; i < length; i++) out[at + i] = text.charCodeAt(i);
    return at + length;
  }

  uint32(value: number, at: number): number {
    const { out } = this;
    if (value < 10) {
      out[at] = 48 + value;
      return at + 1;
    }
    const end = at + digitsOf(value);
    let rest = value;
    for (let i = end - 1; i >= at; i--) {
      const tenth = (rest / 10) >>> 0;
      out[i] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    return end;
  }

  int32(value: number, at: number): number {
    if (value >= 0) return this.uint32(value, at);
    this.out[at] = 0x2d;
    return this.uint32(-value, at + 1);
  }

  /** In quotes. The halves may be given signed. */
  uint64(lo: number, hi: number, at: number): number {
    const { out } = this;
    out[at] = QUOTE;
    const end =
      hi >>> 0 < SAFE_HIGH
        ? this.integer((hi >>> 0) * HALF + (lo >>> 0), at + 1)
        : this.ascii(formatUint64(lo >>> 0, hi >>> 0), at + 1);
    out[end] = QUOTE;
    return end + 1;
  }

  /** In quotes. The halves may be given signed. */
  int64(lo: number, hi: number, at: number): number {
    const { out } = this;
    out[at] = QUOTE;
    const end =
      hi >= -SAFE_HIGH && hi < SAFE_HIGH
        ? this.integer(hi * HALF + (lo >>> 0), at + 1)
        : this.ascii(formatInt64(lo >>> 0, hi >>> 0), at + 1);
    out[end] = QUOTE;
    return end + 1;
  }

  /** A whole number that a double holds exactly. */
  private integer(value: number, at: number): number {
    const { out } = this;
    if (value < 0) {
      out[at] = 0x2d;
      return this.integer(-value, at + 1);
    }
    if (value < BILLION) return this.uint32(value, at);
    const upper = Math.floor(value / BILLION);
    let rest = value - upper * BILLION;
    const start = this.uint32(upper, at);
    for (let i = start + 8; i >= start; i--) {
      const tenth = (rest / 10) >>> 0;
      out[i] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    return start + 9;
  }

  double(value: number, at: number): number {
    const millionths = Math.round(value * 1e6);
    // A decimal of at most 15 digits that reads as the double is the shortest one; the division rounds as reading does.
    if (Math.abs(millionths) < 1e15 && millionths / 1e6 === value && (value !== 0 || 1 / value > 0))
      return this.decimal(millionths, 1e6, 6, at);
    return this.ascii(doubleJson(value), at);
  }

  float(value: number, at: number): number {
    const scaled = Math.round(value * 1e5);
    // The same for a float and 6 digits.
    if (Math.abs(scaled) < 1e6 && Math.fround(scaled / 1e5) === value && (value !== 0 || 1 / value > 0))
      return this.decimal(scaled, 1e5, 5, at);
    if (Number.isInteger(value) && Math.abs(value) < 16_777_216 && value !== 0) return this.int32(value, at);
    return this.ascii(floatJson(value), at);
  }

  /** `scaled / unit`, `unit` being ten to the power of `digits`, without trailing zeros. The whole part is below 2^31. */
  private decimal(scaled: number, unit: number, digits: number, start: number): number {
    const { out } = this;
    let at = start;
    if (scaled < 0) out[at++] = 0x2d;
    const size = Math.abs(scaled);
    const whole = (size / unit) | 0;
    at = this.uint32(whole, at);
    let rest = (size - whole * unit) | 0;
    if (rest === 0) return at;
    let end = at + 1 + digits;
    for (let tenth = (rest / 10) | 0; tenth * 10 === rest; tenth = (rest / 10) | 0) {
      rest = tenth;
      end--;
    }
    out[at] = 0x2e;
    for (let i = end - 1; i > at; i--) {
      const tenth = (rest / 10) | 0;
      out[i] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    return end;
  }

  /**
   * `buf[from, to)` as a JSON string; -1: it is no UTF-8. Needs room for 6 bytes each and the quotes. `source`: a view of `buf`,
   * if there is one, to read it four bytes at a time.
   */
  string(buf: Uint8Array, source: DataView | null, from: number, to: number, start: number): number {
    const { out, view } = this;
    out[start] = QUOTE;
    let at = start + 1;
    let i = from;
    if (source !== null) {
      for (const last = to - 16; i <= last; i += 16, at += 16) {
        const a = source.getInt32(i, true);
        const b = source.getInt32(i + 4, true);
        const c = source.getInt32(i + 8, true);
        const d = source.getInt32(i + 12, true);
        if (((specials(a) | specials(b) | specials(c) | specials(d)) & HIGH_BITS) !== 0) break;
        view.setInt32(at, a, true);
        view.setInt32(at + 4, b, true);
        view.setInt32(at + 8, c, true);
        view.setInt32(at + 12, d, true);
      }
      for (const last = to - 4; i <= last; i += 4, at += 4) {
        const a = source.getInt32(i, true);
        if ((specials(a) & HIGH_BITS) !== 0) break;
        view.setInt32(at, a, true);
      }
    }
    for (; i < to; i++) {
      const byte = buf[i];
      if (ESCAPES[byte] !== 0) return this.specialString(buf, i, to, at);
      out[at++] = byte;
    }
    out[at] = QUOTE;
    return at + 1;
  }

  /** The rest of a string from its first byte on that may need an escape or is no ASCII. */
  private specialString(buf: Uint8Array, from: number, to: number, start: number): number {
    const { out } = this;
    let at = start;
    for (let i = from; i < to; i++) {
      const byte = buf[i];
      const special = ESCAPES[byte];
      if (special === 0) {
        out[at++] = byte;
      } else if (special === 1) {
        const length = sequenceLength(buf, i, to);
        if (length === 0) return -1;
        out[at++] = byte;
        for (const end = i + length - 1; i < end; ) out[at++] = buf[++i];
      } else {
        at = this.escaped(byte, special, at);
      }
    }
    out[at] = QUOTE;
    return at + 1;
  }

  private escaped(byte: number, special: number, at: number): number {
    const { out } = this;
    out[at] = BACKSLASH;
    if (special !== 2) {
      out[at + 1] = special;
      return at + 2;
    }
    out[at + 1] = 0x75;
    out[at + 2] = 48;
    out[at + 3] = 48;
    out[at + 4] = HEX[byte >> 4];
    out[at + 5] = HEX[byte & 15];
    return at + 6;
  }

  /** How many bytes `string` writes, at most, quotes left out. */
  stringRoom(buf: Uint8Array, source: DataView | null, from: number, to: number): number {
    let room = to - from;
    for (let i = from; i < to; ) {
      if (source !== null && i + 8 <= to) {
        const a = source.getInt32(i, true);
        const b = source.getInt32(i + 4, true);
        if (((specials(a) | specials(b)) & HIGH_BITS) === 0) {
          i += 8;
          continue;
        }
      }
      for (const end = Math.min(i + 8, to); i < end; i++) if (ESCAPES[buf[i]] > 1) room += 5;
    }
    return room;
  }

  /** `buf[from, to)` as a JSON string of base64 with padding. */
  base64(buf: Uint8Array, from: number, to: number, at: number): number {
    const { out } = this;
    out[at] = QUOTE;
    const end = writeBase64(buf, from, to, out, at + 1);
    out[end] = QUOTE;
    return end + 1;
  }
}

const HIGH_BITS = 0x80808080;
const HALF = 2 ** 32;
const BILLION = 1e9;
/** A double holds every whole number below 2^53, of which these are the upper 21 bits. */
const SAFE_HIGH = 2 ** 21;

/**
 * The high bit of a byte is set where it is below space, a quote, a backslash or no ASCII; and, behind such a byte, of few
 * others too.
 */
function specials(word: number): number {
  return word | (word - 0x20202020) | ((word ^ 0x22222222) - 0x01010101) | ((word ^ 0x5c5c5c5c) - 0x01010101);
}

function digitsOf(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1_000 ? 3 : 4;
  if (value < 100_000_000) return value < 1_000_000 ? (value < 100_000 ? 5 : 6) : value < 10_000_000 ? 7 : 8;
  return value < 1_000_000_000 ? 9 : 10;
}

/** Bytes of the well-formed UTF-8 sequence that begins at `at` (RFC 3629 §4); 0: it is ill-formed. */
function sequenceLength(buf: Uint8Array, at: number, end: number): number {
  const first = buf[at];
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + length > end) return 0;
  const second = buf[at + 1];
  // No overlong forms, no surrogates, nothing above U+10FFFF.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let i = at + 2; i < at + length; i++) if ((buf[i] & 0xc0) !== 0x80) return 0;
  return length;
}
