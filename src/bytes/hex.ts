/** Bytes as lower-case hexadecimal text, and back. */

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** `formatHex(bytes, " ")` → "0a ff 00". */
export function formatHex(buf: Uint8Array, separator = "", start = 0, end = buf.length): string {
  let text = "";
  for (let i = start; i < end; i++) text += i > start ? separator + DIGITS[buf[i]] : DIGITS[buf[i]];
  return text;
}

/** Reads pairs of hexadecimal digits; white space between them is passed over. Throws a RangeError on anything else. */
export function parseHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits))
    throw new RangeError(`not hexadecimal: ${text.slice(0, 40)}`);
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
