/** What broke a call off, besides its trailers: RST_STREAM, a GOAWAY that refused its stream, a TCP reset, or the end of the connection. */
import { CLIENT, type Side } from "../bytes/byte-stream-sink.js";
import { CANCELLED, resetMeaning, UNAVAILABLE } from "../grpc/reset-meaning.js";
import { statusName } from "../grpc/status.js";
import { formatErrorCode } from "../http2/error-code.js";
import type { ResetRecord } from "./record.js";

export interface CallReset {
  readonly by: Side;
  readonly how: "RST_STREAM" | "GOAWAY" | "TCP" | "FIN";
  /** The frame's error code; null for TCP and FIN. */
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
    meaning: meaningOf(by, how, code),
  };
}

function meaningOf(by: Side, how: CallReset["how"], code: number | null): string | null {
  if (how === "RST_STREAM") return resetMeaning(code ?? 0);
  // Over HTTP/1.1 clients have no other way to cancel.
  if (how === "FIN" && by === CLIENT) return statusName(CANCELLED);
  // PROTOCOL-HTTP2, GOAWAY: streams above the last "have not been processed": they count as UNAVAILABLE, as does a lost connection.
  return statusName(UNAVAILABLE);
}
