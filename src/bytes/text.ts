/** Bytes as text. UTF-8 is decoded without a byte-order mark being taken off. */

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Up to this many bytes a loop over ASCII is faster than a TextDecoder call (about 200 ns on Node 20). */
const SHORT = 24;

/** UTF-8 text of `buf[start, end)`; bytes that are no UTF-8 become U+FFFD. */
export function decodeUtf8(buf: Uint8Array, start: number, end: number): string {
  return shortAscii(buf, start, end) ?? utf8.decode(buf.subarray(start, end));
}

/** UTF-8 text of `buf[start, end)`, or null where the bytes are no valid UTF-8. */
export function decodeUtf8Strict(buf: Uint8Array, start: number, end: number): string | null {
  const short = shortAscii(buf, start, end);
  if (short !== null) return short;
  try {
    return strictUtf8.decode(buf.subarray(start, end));
  } catch {
    return null;
  }
}

/** One character per byte (ISO 8859-1): never fails, keeps every byte. */
export function decodeLatin1(buf: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(buf[i]);
  return text;
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
