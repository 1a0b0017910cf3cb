/** gRPC status codes and their names (gRPC doc/statuscodes.md), and what stands in for them when a peer sent none. */

const NAMES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
];

/** "OUT_OF_RANGE" for 11; "CODE_99" for a number that has no name. */
export function statusName(code: number): string {
  return NAMES[code] ?? `CODE_${code}`;
}

/** 11 for "OUT_OF_RANGE"; -1 for a name that no code has. */
export function statusCodeOf(name: string): number {
  return NAMES.indexOf(name);
}

/** The value of `grpc-status`: 1*DIGIT (PROTOCOL-HTTP2, Status); null for anything else. */
export function parseStatusCode(value: string): number | null {
  if (value === "0") return 0;
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}

/** The status that a client makes of an HTTP status when no grpc-status came (gRPC doc/http-grpc-status-mapping.md). */
export function statusFromHttp(httpStatus: number): number {
  switch (httpStatus) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}
