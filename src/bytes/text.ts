/** Bytes as text. UTF-8 is decoded without a byte-order mark being taken off. */

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Up to this many bytes a loop over ASCII is faster than a TextDecoder call (about 200 ns on Node 20). */
const SHORT = 24;

/** A fatal TextDecoder that throws takes as long (about 13 µs) as these bytes do without one. */
const MEDIUM = 1024;

/** What TextDecoder makes of bytes that are no UTF-8; it may have been sent too. */
const REPLACEMENT = "\ufffd";

/** Bytes that become text at once: each is an argument of a call. */
const SLICE = 4096;

/** UTF-8 text of `buf[start, end)`; bytes that are no UTF-8 become U+FFFD. */
export function decodeUtf8(buf: Uint8Array, start: number, end: number): string {
  return shortAscii(buf, start, end) ?? utf8.decode(buf.subarray(start, end));
}

/** UTF-8 text of `buf[start, end)`, or null where the bytes are no valid UTF-8. */
export function decodeUtf8Strict(buf: Uint8Array, start: number, end: number): string | null {
  if (end - start <= MEDIUM) {
    const text = decodeUtf8(buf, start, end);
    return text.includes(REPLACEMENT) && !isUtf8(buf, start, end) ? null : text;
  }
  try {
    return strictUtf8.decode(buf.subarray(start, end));
  } catch {
    return null;
  }
}

/** One character per byte (ISO 8859-1): never fails, keeps every byte. */
export function decodeLatin1(buf: Uint8Array, start: number, end: number): string {
  const short = shortAscii(buf, start, end);
  if (short !== null) return short;
  // not character by character: the engine would keep a long text as a chain of its parts, 32 bytes for each
  let text = "";
  for (let from = start; from < end; from += SLICE) text += textOf(buf.subarray(from, Math.min(end, from + SLICE)));
  return text;
}

function textOf(bytes: Uint8Array): string {
  // `apply` takes anything that has a length; spreading would go through an iterator
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

function shortAscii(buf: Uint8Array, start: number, end: number): string | null {
  if (end - start > SHORT) return null;
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = buf[i];
    if (byte > 0x7f) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** RFC 3629 §4. */
function isUtf8(buf: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; ) {
    const lead = buf[i++];
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const next = i + (lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3);
    if (next > end) return false;
    // overlong forms, surrogates, and what is above U+10FFFF
    const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (buf[i] < lowest || buf[i] > highest) return false;
    for (i++; i < next; i++) if ((buf[i] & 0xc0) !== 0x80) return false;
  }
  return true;
}
