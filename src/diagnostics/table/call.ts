import type { DiagnosticKind } from "../diagnostic.js";

export const CALL = {
  CALL_INCOMPLETE: {
    severity: "info",
    scope: "stream",
    sentence: "the input ended before the call did",
    spec: "",
    advice: "",
  },
} as const satisfies Record<string, DiagnosticKind>;
