import type { DiagnosticKind } from "../diagnostic.js";

export const LIVE = {
  LIVE_DECODER_FAILED: {
    severity: "error",
    scope: "connection",
    sentence: "the decoder failed, and shows nothing more of this connection: {reason}",
    spec: "",
    advice: "What passes is not touched by it. Please report it, with a capture of the connection.",
  },
  LIVE_BYTES_SKIPPED: {
    severity: "warning",
    scope: "connection",
    sentence: "{length} bytes from the {sender} passed faster than they could be shown, and are missing here",
    spec: "",
    advice: "Print less (no --raw, -o FILE), or to something that reads faster.",
  },
  LIVE_CONNECTION_EVICTED: {
    severity: "warning",
    scope: "connection",
    sentence:
      "more than {limit} live connections are open: the one idle for longest is shown no further until it goes on",
    spec: "",
    advice: "Raise --limit maxConnections.",
  },
} as const satisfies Record<string, DiagnosticKind>;
