/** What RFC 9113 §8 asks of the fields of a request, a response and trailers; each rule in words, "" where it is kept. */
import type { HeaderField } from "../hpack/header-field.js";

/** §8.2.2: "An endpoint MUST NOT generate an HTTP/2 message containing connection-specific header fields." */
const CONNECTION_SPECIFIC = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"]);

/** §8.2.1, of a name as it comes in a literal: what a name of the tables was told before. */
export function nameFault(name: string): string {
  if (name === "") return "it is empty";
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code >= 0x41 && code <= 0x5a) return "it has upper-case letters";
    if (code <= 0x20 || code >= 0x7f) return "it has characters that no name has";
    if (code === 0x3a && i > 0) return "it has a colon inside";
  }
  return CONNECTION_SPECIFIC.has(name) ? "it belongs to HTTP/1.1 connections" : "";
}

const METHOD = 1;
const SCHEME = 2;
const PATH = 4;
const AUTHORITY = 8;
const STATUS = 16;
/** RFC 8441 §4. */
const PROTOCOL = 32;
const REQUEST = METHOD | SCHEME | PATH | AUTHORITY | PROTOCOL;

function pseudoHeader(name: string): number {
  switch (name) {
    case ":method":
      return METHOD;
    case ":scheme":
      return SCHEME;
    case ":path":
      return PATH;
    case ":authority":
      return AUTHORITY;
    case ":status":
      return STATUS;
    case ":protocol":
      return PROTOCOL;
    default:
      return 0;
  }
}

const COLON = 0x3a;

export type BlockKind = "request" | "response" | "trailers";

/** The rule of §8.1 to §8.3 that a block's fields break. What was not read of a block, breaks none. */
export function fieldsFault(fields: readonly HeaderField[], kind: BlockKind, complete: boolean): string {
  let seen = 0;
  let regular = false;
  let known = complete;
  let connect = false;
  for (let i = 0; i < fields.length; i++) {
    const { name, value, nameSource } = fields[i];
    if (nameSource !== "observed") {
      known = false;
      continue;
    }
    if (name.charCodeAt(0) !== COLON) {
      regular = true;
      // §8.2.2: "the TE header field … MUST NOT contain any value other than "trailers"."
      if (name === "te" && value !== "trailers" && fields[i].valueSource === "observed")
        return "te has a value other than trailers";
      continue;
    }
    // §8.3: "All pseudo-header fields MUST appear in a field block before all regular field lines."
    if (regular) return `${name} stands behind regular fields`;
    const bit = pseudoHeader(name);
    if (bit === 0) return `${name} is no pseudo-header field`;
    // §8.3: "The same pseudo-header field name MUST NOT appear more than once in a field block."
    if ((seen & bit) !== 0) return `${name} comes twice`;
    seen |= bit;
    if (bit === METHOD && value === "CONNECT") connect = true;
  }
  // §8.1: "Trailers MUST NOT include pseudo-header fields"
  if (kind === "trailers") return seen !== 0 ? "trailers have pseudo-header fields" : "";
  // §8.3.2: "For HTTP/2 responses, a single ":status" pseudo-header field is defined"
  if (kind === "response") {
    if ((seen & REQUEST) !== 0) return "a response has pseudo-header fields of requests";
    return known && seen === 0 ? ":status is missing" : "";
  }
  if ((seen & STATUS) !== 0) return "a request has :status";
  // §8.3.1: "All HTTP/2 requests MUST include exactly one valid value for the ":method", ":scheme", and ":path" pseudo-header
  // fields, unless they are CONNECT requests"
  const needed = connect && (seen & PROTOCOL) === 0 ? METHOD : METHOD | SCHEME | PATH;
  if (!known || (seen & needed) === needed) return "";
  return (seen & METHOD) === 0 ? ":method is missing" : (seen & PATH) === 0 ? ":path is missing" : ":scheme is missing";
}
