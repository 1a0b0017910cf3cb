/** How the end of a message's body is told (RFC 9112 §6.3). */
import type { HeaderField } from "../hpack/header-field.js";
import { joinedValue } from "./parse-head.js";

export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  /** Up to the end of the connection. */
  | { readonly kind: "close" }
  /** The connection speaks something else from here on (101, or CONNECT with 2xx). */
  | { readonly kind: "tunnel" }
  /** The fields contradict each other or make no sense: where the body ends cannot be known. */
  | { readonly kind: "unknown"; readonly reason: string };

const NONE: BodyFraming = { kind: "none" };
const CHUNKED: BodyFraming = { kind: "chunked" };
const CLOSE: BodyFraming = { kind: "close" };
const TUNNEL: BodyFraming = { kind: "tunnel" };

export function requestFraming(fields: readonly HeaderField[]): BodyFraming {
  // "If this is a request message and none of the above are true, then the message body length is zero"
  return framingOf(fields, NONE);
}

/** `method`: of the request that it answers; null where that was not seen. */
export function responseFraming(status: string, method: string | null, fields: readonly HeaderField[]): BodyFraming {
  if (status === "101") return TUNNEL;
  // "Any response to a HEAD request and any response with a 1xx (Informational), 204 (No Content), or 304 (Not Modified) status
  // code is always terminated by the first empty line after the header fields"
  if (method === "HEAD" || status[0] === "1" || status === "204" || status === "304") return NONE;
  if (method === "CONNECT" && status[0] === "2") return TUNNEL;
  return framingOf(fields, CLOSE);
}

/** Both Transfer-Encoding and Content-Length: "the Transfer-Encoding overrides the Content-Length". */
export function hasTwoFramings(fields: readonly HeaderField[]): boolean {
  return (
    fields.some(({ name }) => name === "transfer-encoding") && fields.some(({ name }) => name === "content-length")
  );
}

function framingOf(fields: readonly HeaderField[], otherwise: BodyFraming): BodyFraming {
  const codings = joinedValue(fields, "transfer-encoding");
  if (codings !== null) {
    if (/^\s*chunked\s*$/i.test(codings)) return CHUNKED;
    return { kind: "unknown", reason: `transfer-encoding is "${shortened(codings)}"` };
  }
  const lengths = joinedValue(fields, "content-length");
  if (lengths === null) return otherwise;
  // "unless the field value can be successfully parsed as a comma-separated list, all values in the list are valid, and all
  // values in the list are the same"
  const values = new Set(lengths.split(",").map((value) => value.trim()));
  const [first] = values;
  const length = values.size === 1 && /^\d+$/.test(first) ? Number(first) : Number.NaN;
  if (!Number.isSafeInteger(length)) return { kind: "unknown", reason: `content-length is "${shortened(lengths)}"` };
  return length === 0 ? NONE : { kind: "length", length };
}

function shortened(value: string): string {
  return value.length <= 60 ? value : `${value.slice(0, 60)}…`;
}
