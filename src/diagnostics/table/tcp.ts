import type { DiagnosticKind } from "../diagnostic.js";

export const TCP = {
  TCP_GAP: {
    severity: "warning",
    scope: "connection",
    sentence: "{length} bytes from the {sender} are missing in the capture",
    spec: "",
    advice: "The recording dropped packets: record with a larger buffer (tcpdump -B) or a filter.",
  },
} as const satisfies Record<string, DiagnosticKind>;
