import type { DiagnosticKind } from "../diagnostic.js";

export const CALL = {
  CALL_BYTES_MISSING: {
    severity: "warning",
    scope: "stream",
    sentence: "{length} bytes from the {sender} are missing: messages of this call may be lost",
    spec: "",
    advice: "The recording dropped packets: record with a larger buffer (tcpdump -B) or a filter.",
  },
  CALL_HEADERS_UNSEEN: {
    severity: "info",
    scope: "stream",
    sentence: "the {half} headers of this call were not seen: it began before the capture, or they are missing in it",
    spec: "",
    advice: "Record from the start of the call.",
  },
  CALL_HEADERS_INCOMPLETE: {
    severity: "warning",
    scope: "stream",
    sentence: "fields of the {half} headers or trailers are missing: their block was not seen whole, or is too large",
    spec: "",
    advice: "Raise --limit maxHeaderBlockBytes or maxHeaderFields, or record without loss.",
  },
  CALL_PATH_AMBIGUOUS: {
    severity: "info",
    scope: "stream",
    sentence:
      "the path ({placeholder}) was sent before the capture began; by the messages of the calls that share it, it may be {methods}",
    spec: "",
    advice: "Name it with --guess-path PLACEHOLDER=/Service/Method.",
  },
  CALL_PATH_UNKNOWN: {
    severity: "info",
    scope: "stream",
    sentence: "the path ({placeholder}) was sent before the capture began, and {why}",
    spec: "",
    advice: "Give the schema of the service, or name the path with --guess-path PLACEHOLDER=/Service/Method.",
  },
  CALL_STATUS_UNKNOWN: {
    severity: "info",
    scope: "stream",
    sentence: "the call failed, with a grpc-status that was sent before the capture began: its code is not known",
    spec: "",
    advice: "",
  },
  CALL_RECORD_LIMIT: {
    severity: "warning",
    scope: "stream",
    sentence: "the record of the call has more than {limit} bytes: later messages of this half are counted, not listed",
    spec: "",
    advice: "--format events shows every message.",
  },
  CALL_MESSAGES_UNLISTED: {
    severity: "info",
    scope: "stream",
    sentence:
      "more than {limit} messages, or more than {bytes} bytes of open messages: later ones are counted, not listed",
    spec: "",
    advice: "--format events shows every message; --limit maxCallMessages or maxOpenMessageBytes lists more.",
  },
} as const satisfies Record<string, DiagnosticKind>;
