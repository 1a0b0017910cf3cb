import type { DiagnosticKind } from "../diagnostic.js";

export const TCP = {
  TCP_GAP: {
    severity: "warning",
    scope: "connection",
    sentence: "{length} bytes from the {sender} are missing in the capture",
    spec: "",
    advice: "The recording dropped packets: record with a larger buffer (tcpdump -B) or a filter.",
  },
  TCP_SEGMENT_CUT: {
    severity: "warning",
    scope: "connection",
    sentence: "{length} bytes from the {sender} were cut off by the capture's snapshot length",
    spec: "",
    advice: "Record whole packets: tcpdump -s 0.",
  },
  TCP_DATA_CONFLICT: {
    severity: "warning",
    scope: "connection",
    sentence: "the {sender} sent the same {length} bytes again with different content: the first are used",
    spec: "RFC 9293 §3.4",
    advice: "A middlebox or an attacker may have sent one of the two.",
  },
  TCP_END_NOT_BELIEVED: {
    severity: "warning",
    scope: "connection",
    sentence: "the {sender} contradicts its {flag} by what it sends: the {flag} is left out",
    spec: "RFC 9293 §3.10.7.4",
    advice: "A middlebox or an attacker may have sent it: nothing is lost.",
  },
  TCP_GOES_ON: {
    severity: "warning",
    scope: "connection",
    sentence:
      "the connection goes on after a {flag} that ended it: from here on it is read as one that was joined late",
    spec: "RFC 9293 §3.10.7.4",
    advice:
      "A middlebox or an attacker may have sent the end; calls that were open there are told in two parts, or not at all.",
  },
  TCP_URGENT: {
    severity: "info",
    scope: "connection",
    sentence: "the {sender} marked bytes as urgent: they stay in the stream",
    spec: "RFC 6093 §6",
    advice: "",
  },
  TCP_CONNECTION_EVICTED: {
    severity: "warning",
    scope: "connection",
    sentence: "more than {limit} connections are open: the one idle for longest is given up",
    spec: "",
    advice: "Raise --limit maxConnections.",
  },
} as const satisfies Record<string, DiagnosticKind>;
