import type { DiagnosticKind } from "../diagnostic.js";

const PROTOCOL = "gRPC PROTOCOL-HTTP2";

export const GRPC = {
  GRPC_MESSAGE_CUT: {
    severity: "warning",
    scope: "message",
    sentence: "message {index} of the {half} is cut: {seen} of its {length} bytes were seen",
    spec: `${PROTOCOL}, Length-Prefixed-Message`,
    advice: "The stream ended, or packets are missing, inside the message.",
  },
  GRPC_MESSAGE_LIMIT: {
    severity: "warning",
    scope: "message",
    sentence: "message {index} of the {half} has {length} bytes: only the first {kept} are kept",
    spec: "",
    advice: "Raise --limit maxMessageBytes or maxOpenMessageBytes.",
  },
  GRPC_FLAG_INVALID: {
    severity: "warning",
    scope: "message",
    sentence: "the Compressed-Flag of message {index} of the {half} is {flag}, not 0 or 1",
    spec: `${PROTOCOL}, Compressed-Flag`,
    advice: "",
  },
  GRPC_ENCODING_MISSING: {
    severity: "warning",
    scope: "message",
    sentence: "message {index} of the {half} is flagged as compressed, but no grpc-encoding was declared",
    spec: `${PROTOCOL}, Compressed-Flag`,
    advice: "Its bytes are kept as they are.",
  },
  GRPC_ENCODING_UNKNOWN: {
    severity: "warning",
    scope: "message",
    sentence:
      'message {index} of the {half} is encoded as "{encoding}", which is not known: its bytes are kept as they are',
    spec: `${PROTOCOL}, Message-Encoding`,
    advice: "",
  },
  GRPC_DECOMPRESSION_FAILED: {
    severity: "error",
    scope: "message",
    sentence: "message {index} of the {half} does not decompress as {encoding}: {reason}",
    spec: `${PROTOCOL}, Message-Encoding`,
    advice: "",
  },
  GRPC_DECOMPRESSION_LIMIT: {
    severity: "warning",
    scope: "message",
    sentence: "message {index} of the {half} decompresses to more than {limit} bytes: stopped",
    spec: "",
    advice: "Raise --limit maxDecompressedBytes or maxDecompressionRatio.",
  },
  GRPC_STATUS_MISSING: {
    severity: "warning",
    scope: "stream",
    sentence: "the response ended with HTTP status {http} and no grpc-status: clients take it for {name}",
    spec: "gRPC http-grpc-status-mapping",
    advice: "A proxy or an HTTP server may have answered in place of the gRPC server.",
  },
  GRPC_STATUS_INVALID: {
    severity: "error",
    scope: "stream",
    sentence: 'grpc-status is "{value}", which is no number: clients take it for UNKNOWN',
    spec: `${PROTOCOL}, Status`,
    advice: "",
  },
  GRPC_STATUS_DETAILS_MALFORMED: {
    severity: "warning",
    scope: "stream",
    sentence: "grpc-status-details-bin is no google.rpc.Status",
    spec: `${PROTOCOL}, Status-Details`,
    advice: "",
  },
} as const satisfies Record<string, DiagnosticKind>;
