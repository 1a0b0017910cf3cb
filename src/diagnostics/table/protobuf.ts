import type { DiagnosticKind } from "../diagnostic.js";

export const PROTOBUF = {
  PROTOBUF_MALFORMED: {
    severity: "error",
    scope: "message",
    sentence: "{type} does not decode at byte {at} of {size}: {reason}",
    spec: "protobuf encoding guide",
    advice: "Check that the schema is the one the peers use.",
  },
} as const satisfies Record<string, DiagnosticKind>;
