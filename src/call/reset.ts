/** What broke a call off, besides its trailers: RST_STREAM, a GOAWAY that refused its stream, or a TCP reset. */
import type { Side } from "../bytes/byte-stream-sink.js";
import { resetMeaning, UNAVAILABLE } from "../grpc/reset-meaning.js";
import { statusName } from "../grpc/status.js";
import { formatErrorCode } from "../http2/error-code.js";
import type { ResetRecord } from "./record.js";

export interface CallReset {
  readonly by: Side;
  readonly how: "RST_STREAM" | "GOAWAY" | "TCP";
  /** The frame's error code; null for TCP. */
  readonly code: number | null;
}

/** RFC 9113 §7. */
export const CANCEL = 8;

export function toResetRecord({ by, how, code }: CallReset): ResetRecord {
  return {
    by: by === 0 ? "client" : "server",
    how,
    code,
    name: code === null ? null : formatErrorCode(code),
    // PROTOCOL-HTTP2, GOAWAY: streams above the last "have not been processed": they count as UNAVAILABLE, as does a lost connection.
    meaning: how === "RST_STREAM" ? resetMeaning(code ?? 0) : statusName(UNAVAILABLE),
  };
}
