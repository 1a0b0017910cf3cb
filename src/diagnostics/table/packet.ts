import type { DiagnosticKind } from "../diagnostic.js";

export const PACKET = {
  PACKET_LINK_TYPE_UNSUPPORTED: {
    severity: "warning",
    scope: "packet",
    sentence: "link type {linkType} is not supported: its packets are skipped",
    spec: "",
    advice: 'Record on an Ethernet, loopback or "any" interface.',
  },
  PACKET_MALFORMED: {
    severity: "info",
    scope: "packet",
    sentence: "the packet is skipped: {reason}",
    spec: "",
    advice: "",
  },
  PACKET_FRAGMENTS_INCOMPLETE: {
    severity: "warning",
    scope: "packet",
    sentence: "fragments of an IP datagram from {source} to {destination} are missing: its {held} bytes are dropped",
    spec: "RFC 791 §3.2, RFC 8200 §4.5",
    advice: "",
  },
  PACKET_FRAGMENT_OVERLAP: {
    severity: "warning",
    scope: "packet",
    sentence:
      "fragments of an IP datagram from {source} to {destination} overlap with different bytes: the first are used",
    spec: "RFC 5722 §4",
    advice: "",
  },
} as const satisfies Record<string, DiagnosticKind>;
