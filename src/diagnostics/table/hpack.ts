import type { DiagnosticKind } from "../diagnostic.js";

export const HPACK = {
  HPACK_INDEX_UNKNOWN: {
    severity: "warning",
    scope: "connection",
    sentence: "header field {index} was put into the table before the capture began: its text is not known",
    spec: "RFC 7541 §2.3.3",
    advice: "Record from the start of the connection, or restart a peer while recording.",
  },
  HPACK_INDEX_INVALID: {
    severity: "error",
    scope: "connection",
    sentence: "header field index {index} points behind the table, whose dynamic part has {entries} entries",
    spec: "RFC 7541 §2.3.3",
    advice: "",
  },
  HPACK_INTEGER_OVERFLOW: {
    severity: "error",
    scope: "connection",
    sentence: "an integer in a header block is larger than 2^32 - 1",
    spec: "RFC 7541 §5.1",
    advice: "",
  },
  HPACK_HUFFMAN_INVALID: {
    severity: "error",
    scope: "connection",
    sentence: "a Huffman-coded string is damaged: {fault}",
    spec: "RFC 7541 §5.2",
    advice: "",
  },
  HPACK_BLOCK_TRUNCATED: {
    severity: "error",
    scope: "connection",
    sentence: "a header block ends in the middle of a header field",
    spec: "RFC 9113 §4.3",
    advice: "",
  },
  HPACK_SIZE_UPDATE_LATE: {
    severity: "error",
    scope: "connection",
    sentence: "a dynamic table size update to {size} bytes stands behind a header field",
    spec: "RFC 7541 §4.2",
    advice: "",
  },
  HPACK_SIZE_UPDATE_TOO_LARGE: {
    severity: "error",
    scope: "connection",
    sentence: "a dynamic table size update to {size} bytes, where the peer allows {allowed}",
    spec: "RFC 7541 §6.3",
    advice: "",
  },
  HPACK_SIZE_UPDATE_MISSING: {
    severity: "warning",
    scope: "connection",
    sentence: "a header block without the dynamic table size update to at most {allowed} bytes that is due",
    spec: "RFC 7541 §4.2",
    advice: "",
  },
  HPACK_TABLE_LIMIT: {
    severity: "warning",
    scope: "connection",
    sentence: "a dynamic table of {size} bytes: only {limit} bytes of it are kept, older fields are not known",
    spec: "RFC 7541 §4.2",
    advice: "Raise it with --limit maxHpackTableBytes=N.",
  },
  HPACK_FIELDS_LIMIT: {
    severity: "warning",
    scope: "stream",
    sentence: "a header list beyond {fields} fields or {bytes} bytes: the rest is left out",
    spec: "",
    advice: "Raise it with --limit maxHeaderFields=N or maxHeaderBlockBytes=N.",
  },
} as const satisfies Record<string, DiagnosticKind>;
