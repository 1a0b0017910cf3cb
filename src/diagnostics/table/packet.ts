import type { DiagnosticKind } from "../diagnostic.js";

export const PACKET = {
  PACKET_LINK_TYPE_UNSUPPORTED: {
    severity: "warning",
    scope: "packet",
    sentence: "link type {linkType} is not supported: its packets are skipped",
    spec: "",
    advice: 'Record on an Ethernet, loopback or "any" interface.',
  },
} as const satisfies Record<string, DiagnosticKind>;
