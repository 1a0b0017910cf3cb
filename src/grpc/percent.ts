/**
 * `grpc-message` un-escaped (PROTOCOL-HTTP2, Status-Message: percent-encoded UTF-8).
 *
 * "Implementations MUST NOT error due to receiving an invalid value": a `%` without two hexadecimal digits stays as it is,
 * and bytes that are no UTF-8 become U+FFFD.
 */
import { decodeUtf8 } from "../bytes/text.js";

export function decodePercent(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (escapes) => {
    const bytes = new Uint8Array(escapes.length / 3);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(escapes.slice(3 * i + 1, 3 * i + 3), 16);
    return decodeUtf8(bytes, 0, bytes.length);
  });
}
