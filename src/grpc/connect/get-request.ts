/**
 * A unary call as GET, its message in the query (connectrpc.com/docs/protocol, Unary-Get-Request):
 * `?connect=v1&encoding=proto&base64=1&compression=gzip&message=…`.
 */
import { decodeBase64 } from "../../bytes/base64.js";

export interface GetRequest {
  /** The path without its query. */
  readonly path: string;
  /** `connect=v1` is there. */
  readonly hasVersion: boolean;
  readonly codec: string;
  readonly compression: string;
  /** null: it is no base64. */
  readonly message: Uint8Array | null;
}

/** null: no encoding or no message is named. */
export function parseGetRequest(target: string): GetRequest | null {
  const question = target.indexOf("?");
  if (question < 0) return null;
  const parameters = new Map<string, Uint8Array>();
  for (const pair of target.slice(question + 1).split("&")) {
    const equals = pair.indexOf("=");
    if (equals > 0) parameters.set(pair.slice(0, equals), percentBytes(pair.slice(equals + 1)));
  }
  const text = (name: string) => {
    const bytes = parameters.get(name);
    return bytes === undefined ? null : String.fromCharCode(...bytes.subarray(0, MAX_NAME));
  };
  const codec = text("encoding");
  const message = parameters.get("message");
  if (codec === null || message === undefined) return null;
  return {
    path: target.slice(0, question),
    hasVersion: text("connect") === "v1",
    codec: codec.toLowerCase(),
    compression: text("compression") ?? "identity",
    message: text("base64") === "1" ? decodeBase64(latin1(message)) : message,
  };
}

const MAX_NAME = 64;

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A value of a query: `%` and two hexadecimal digits stand for a byte, `+` for a space. */
function percentBytes(text: string): Uint8Array {
  const encoded = new TextEncoder().encode(text);
  let length = 0;
  for (let i = 0; i < encoded.length; i++) {
    const digits = encoded[i] === 0x25 ? text16(encoded, i + 1) : "";
    encoded[length++] = digits === "" ? (encoded[i] === 0x2b ? 0x20 : encoded[i]) : Number.parseInt(digits, 16);
    if (digits !== "") i += 2;
  }
  return encoded.slice(0, length);
}

/** The two hexadecimal digits at `at`; empty where there are none. */
function text16(bytes: Uint8Array, at: number): string {
  const digits = String.fromCharCode(bytes[at], bytes[at + 1]);
  return at + 1 < bytes.length && /^[0-9a-fA-F]{2}$/.test(digits) ? digits : "";
}
