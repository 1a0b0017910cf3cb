import type { DiagnosticKind } from "../diagnostic.js";

export const HTTP2 = {
  HTTP2_FRAME_SIZE: {
    severity: "error",
    scope: "stream",
    sentence: "a {type} frame of {length} bytes: {rule}",
    spec: "RFC 9113 §4.2",
    advice: "",
  },
} as const satisfies Record<string, DiagnosticKind>;
