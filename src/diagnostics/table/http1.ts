import type { DiagnosticKind } from "../diagnostic.js";

export const HTTP1 = {
  HTTP1_START_LINE_MALFORMED: {
    severity: "error",
    scope: "connection",
    sentence: "the {sender} sent bytes that are no HTTP/1.1 message where one begins: the next one is looked for",
    spec: "RFC 9112 §2.2",
    advice: "",
  },
  HTTP1_FIELD_MALFORMED: {
    severity: "warning",
    scope: "field",
    sentence: 'the {sender} sent a header line that is no field, "{line}": it is passed over',
    spec: "RFC 9112 §5.1",
    advice: "",
  },
  HTTP1_HEAD_LIMIT: {
    severity: "warning",
    scope: "stream",
    sentence: "a message head of the {sender} is longer than {limit} bytes: the fields behind them are left out",
    spec: "",
    advice: "Raise --limit maxHeaderBlockBytes.",
  },
  HTTP1_FIELDS_LIMIT: {
    severity: "warning",
    scope: "stream",
    sentence: "a message head of the {sender} has more than {limit} fields: the others are left out",
    spec: "",
    advice: "Raise --limit maxHeaderFields.",
  },
  HTTP1_FRAMING_INVALID: {
    severity: "error",
    scope: "stream",
    sentence: "where a message of the {sender} ends cannot be known, as {reason}: the next one is looked for",
    spec: "RFC 9112 §6.3",
    advice: "",
  },
  HTTP1_TWO_FRAMINGS: {
    severity: "warning",
    scope: "stream",
    sentence: "the {sender} sent both transfer-encoding and content-length: the first counts",
    spec: "RFC 9112 §6.1",
    advice: "Peers that let the other one count can be made to misread the connection (request smuggling).",
  },
  HTTP1_MESSAGE_CUT: {
    severity: "warning",
    scope: "stream",
    sentence: "the {closer} closed the connection inside the {part} of a {message}",
    spec: "RFC 9112 §8",
    advice: "",
  },
} as const satisfies Record<string, DiagnosticKind>;
