import type { DiagnosticKind } from "../diagnostic.js";

export const HPACK = {
  HPACK_INDEX_UNKNOWN: {
    severity: "warning",
    scope: "connection",
    sentence: "header field {index} was put into the table before the capture began: its text is not known",
    spec: "RFC 7541 §2.3.3",
    advice: "Record from the start of the connection, or restart a peer while recording.",
  },
} as const satisfies Record<string, DiagnosticKind>;
