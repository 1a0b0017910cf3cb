import type { DiagnosticKind } from "../diagnostic.js";

export const CAPTURE = {
  CAPTURE_TRUNCATED: {
    severity: "error",
    scope: "capture",
    sentence: "the capture ends in the middle of {what} at byte {offset}: {missing} bytes are missing",
    spec: "",
    advice: "Everything before the cut was read. Copy the file again, or let the recording program finish.",
  },
} as const satisfies Record<string, DiagnosticKind>;
