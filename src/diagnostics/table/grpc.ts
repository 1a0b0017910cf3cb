import type { DiagnosticKind } from "../diagnostic.js";

export const GRPC = {
  GRPC_MESSAGE_TRUNCATED: {
    severity: "warning",
    scope: "message",
    sentence: "the stream ended {missing} bytes before the end of a message of {length} bytes",
    spec: "gRPC PROTOCOL-HTTP2, Length-Prefixed-Message",
    advice: "",
  },
} as const satisfies Record<string, DiagnosticKind>;
