/** A request line and its Host → the pseudo-header fields that HTTP/2 has in their place (RFC 9113 §8.3.1). */
import { fieldValue, type HeaderField, observedField } from "../hpack/header-field.js";
import type { RequestLine } from "./parse-head.js";

/** RFC 9112 §3.2.2: absolute-form, as sent to proxies. */
const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)/i;

export function requestPseudoFields({ method, target }: RequestLine, fields: readonly HeaderField[]): HeaderField[] {
  const absolute = ABSOLUTE.exec(target);
  const path = absolute === null ? target : absolute[3].startsWith("/") ? absolute[3] : `/${absolute[3]}`;
  return [
    observedField(":method", method),
    observedField(":scheme", absolute?.[1].toLowerCase() ?? "http"),
    observedField(":path", path),
    observedField(":authority", absolute?.[2] ?? fieldValue(fields, "host") ?? ""),
  ];
}
