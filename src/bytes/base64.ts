/** Base64 (RFC 4648 §4, with padding) of bytes, and back, without a platform's own functions. */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAIRS = Array.from({ length: 4096 }, (_, twelve) => ALPHABET[twelve >> 6] + ALPHABET[twelve & 63]);
/** As ASCII codes. */
const CODES = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const PADDING = 0x3d;
const VALUES = new Uint8Array(128).fill(255);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;
VALUES["-".charCodeAt(0)] = 62;
VALUES["_".charCodeAt(0)] = 63;

/** The six bits that a character stands for, in either alphabet; -1: none. */
export function base64Value(code: number): number {
  const value = code < 128 ? VALUES[code] : 255;
  return value === 255 ? -1 : value;
}

/** From so many bytes on, text that is put together from pairs costs more than bytes that are decoded. */
const LONG = 512;
const ascii = new TextDecoder("latin1");

export function encodeBase64(buf: Uint8Array, start = 0, end = buf.length): string {
  if (end - start >= LONG) {
    const out = new Uint8Array(base64Length(end - start));
    writeBase64(buf, start, end, out, 0);
    return ascii.decode(out);
  }
  let text = "";
  let i = start;
  for (; i + 2 < end; i += 3) {
    text += PAIRS[(buf[i] << 4) | (buf[i + 1] >> 4)] + PAIRS[((buf[i + 1] & 15) << 8) | buf[i + 2]];
  }
  if (end - i === 1) text += PAIRS[buf[i] << 4] + "==";
  if (end - i === 2) text += PAIRS[(buf[i] << 4) | (buf[i + 1] >> 4)] + ALPHABET[(buf[i + 1] & 15) << 2] + "=";
  return text;
}

/** How many characters `encodeBase64` makes of so many bytes. */
export function base64Length(byteCount: number): number {
  return Math.ceil(byteCount / 3) * 4;
}

/** The same as ASCII, written to `out` from `at` on. Returns where it ends. */
export function writeBase64(buf: Uint8Array, from: number, to: number, out: Uint8Array, start: number): number {
  let at = start;
  let i = from;
  for (; i + 2 < to; i += 3, at += 4) {
    const group = (buf[i] << 16) | (buf[i + 1] << 8) | buf[i + 2];
    out[at] = CODES[group >> 18];
    out[at + 1] = CODES[(group >> 12) & 63];
    out[at + 2] = CODES[(group >> 6) & 63];
    out[at + 3] = CODES[group & 63];
  }
  if (i < to) {
    const two = i + 1 < to;
    const group = (buf[i] << 16) | (two ? buf[i + 1] << 8 : 0);
    out[at] = CODES[group >> 18];
    out[at + 1] = CODES[(group >> 12) & 63];
    out[at + 2] = two ? CODES[(group >> 6) & 63] : PADDING;
    out[at + 3] = PADDING;
    at += 4;
  }
  return at;
}

/** Takes both alphabets (§4 and the URL-safe §5), with or without padding, as senders write both. Null: not base64. */
export function decodeBase64(text: string): Uint8Array | null {
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 0x3d) length--;
  if (length % 4 === 1 || text.length - length > 2) return null;
  const bytes = new Uint8Array((length * 3) >> 2);
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? VALUES[code] : 255;
    if (value === 255) return null;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) bytes[at++] = held >> (bits -= 8);
  }
  return bytes;
}
