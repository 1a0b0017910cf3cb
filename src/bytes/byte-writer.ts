/**
 * Text and bytes → one growing run of UTF-8 bytes.
 *
 * Lines of output are put together here rather than as strings: a string made of many parts is a tree that somebody has to walk
 * again to encode it, and that took more time than all the decoding before it.
 */
import { base64Length, writeBase64 } from "./base64.js";

const encoder = new TextEncoder();

/** From this length on, a TextEncoder beats a loop over the characters (Node 20). */
const LONG = 200;

/** A text that is written often, as UTF-8 cut into big-endian words. */
export interface Label {
  readonly words: Int32Array;
  /** In bytes. */
  readonly length: number;
}

export function labelOf(text: string): Label {
  const bytes = encoder.encode(text);
  const padded = new Uint8Array(4 * Math.ceil(bytes.length / 4));
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const words = Int32Array.from({ length: padded.length / 4 }, (_, i) => view.getInt32(4 * i));
  return { words, length: bytes.length };
}

/** The two decimal digits of each number below 100, as ASCII. */
const PAIRS = Int32Array.from({ length: 100 }, (_, value) => 0x3030 + (Math.floor(value / 10) << 8) + (value % 10));

/** Room that a whole number takes while it is written: ten digits, of which words write up to three bytes more. */
const DIGITS_ROOM = 16;

export class ByteWriter {
  /** Written so far: `bytes[0, length)`. Replaced as it grows, by `adopt` too. */
  bytes: Uint8Array;
  length = 0;
  private view: DataView;

  constructor(initialBytes = 4096) {
    this.bytes = new Uint8Array(initialBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Forgets what was written; the memory is used again. */
  clear(): void {
    this.length = 0;
  }

  /** Goes on in `bytes`, which somebody filled up to `length`: what was written so far, and more. */
  adopt(bytes: Uint8Array, length: number): void {
    this.length = length;
    if (bytes === this.bytes) return;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A text known beforehand: four bytes at a time. */
  label({ words, length }: Label): void {
    this.reserve(length + 3);
    const { view } = this;
    let at = this.length;
    for (let i = 0; i < words.length; i++, at += 4) view.setInt32(at, words[i]);
    this.length += length;
  }

  /** Text of ASCII characters only. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    const { bytes } = this;
    let at = this.length;
    for (let i = 0; i < length; i++) bytes[at++] = text.charCodeAt(i);
    this.length = at;
  }

  text(text: string): void {
    if (text.length < LONG) {
      this.reserve(text.length);
      const { bytes } = this;
      let at = this.length;
      let i = 0;
      for (; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code > 0x7f) break;
        bytes[at++] = code;
      }
      if (i === text.length) {
        this.length = at;
        return;
      }
    }
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    this.reserve(text.length * 3);
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written;
  }

  /** A JSON string literal; null for null. */
  quote(text: string | null): void {
    if (text === null) {
      this.ascii("null");
      return;
    }
    const { length } = text;
    this.reserve(length + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = 0x22;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) {
        this.text(JSON.stringify(text));
        return;
      }
      bytes[at++] = code;
    }
    bytes[at++] = 0x22;
    this.length = at;
  }

  /** As JSON writes it; null for null and for what JSON cannot write. */
  number(value: number | null): void {
    if (value !== null && (value | 0) === value && value >= 0) this.integer(value);
    else this.ascii(value === null || !Number.isFinite(value) ? "null" : String(value));
  }

  /** `value` / 1,000,000 with all its digits and no more, as JSON writes it: nanoseconds as milliseconds. null for null. */
  millionths(value: number | null): void {
    const rounded = value === null ? Number.NaN : Math.round(value);
    if (!(rounded >= 0 && rounded < 2e15)) {
      this.number(value === null ? null : rounded / 1e6);
      return;
    }
    const whole = Math.floor(rounded / 1e6);
    this.integer(whole);
    const rest = rounded - whole * 1e6;
    if (rest === 0) return;
    this.reserve(DIGITS_ROOM);
    this.bytes[this.length] = 0x2e;
    this.sixDigits(rest, this.length + 1);
    let end = this.length + 7;
    while (this.bytes[end - 1] === 0x30) end--;
    this.length = end;
  }

  /** A whole number below 1,000, with zeros in front. */
  padded3(value: number): void {
    this.reserve(DIGITS_ROOM);
    this.view.setInt32(this.length, fourDigits(value) << 8);
    this.length += 3;
  }

  /** A whole number below 1,000,000, with zeros in front. */
  padded6(value: number): void {
    this.reserve(DIGITS_ROOM);
    this.sixDigits(value, this.length);
    this.length += 6;
  }

  raw(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.reserve(end - start);
    this.bytes.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** A JSON string of base64; null for null. */
  base64(bytes: Uint8Array | null): void {
    if (bytes === null) {
      this.ascii("null");
      return;
    }
    this.reserve(base64Length(bytes.length) + 2);
    this.bytes[this.length] = 0x22;
    const end = writeBase64(bytes, 0, bytes.length, this.bytes, this.length + 1);
    this.bytes[end] = 0x22;
    this.length = end + 1;
  }

  /** What was written, as text. */
  toString(): string {
    return new TextDecoder().decode(this.bytes.subarray(0, this.length));
  }

  /** Below 2 ** 31. */
  private integer(value: number): void {
    this.reserve(DIGITS_ROOM);
    const { view } = this;
    let at = this.length;
    let rest = value;
    if (rest >= 10_000) {
      const tenThousands = (rest / 10_000) | 0;
      rest -= tenThousands * 10_000;
      if (tenThousands < 10_000) at = this.leading(tenThousands, at);
      else {
        const upper = (tenThousands / 10_000) | 0;
        at = this.leading(upper, at);
        view.setInt32(at, fourDigits(tenThousands - upper * 10_000));
        at += 4;
      }
      view.setInt32(at, fourDigits(rest));
      this.length = at + 4;
    } else this.length = this.leading(rest, at);
  }

  /** A whole number below 10,000 without zeros in front. */
  private leading(value: number, at: number): number {
    const count = value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
    this.view.setInt32(at, fourDigits(value) << (8 * (4 - count)));
    return at + count;
  }

  private sixDigits(value: number, at: number): void {
    const upper = (value / 100) | 0;
    this.view.setInt32(at, fourDigits(upper));
    this.view.setInt16(at + 4, PAIRS[value - upper * 100]);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    bigger.set(this.bytes.subarray(0, this.length));
    this.adopt(bigger, this.length);
  }
}

/** The decimal digits of a number below 10,000, as a big-endian word of ASCII. */
function fourDigits(value: number): number {
  const upper = (value / 100) | 0;
  return (PAIRS[upper] << 16) | PAIRS[value - upper * 100];
}
