/** A call whose content-type was never seen → whether it is gRPC (PROTOCOL-HTTP2, Requests). */

import type { Side } from "../bytes/byte-stream-sink.js";
import { fieldValue } from "../hpack/header-field.js";
import type { Call } from "./call.js";

/**
 * To be asked where the DATA of `side` so far end with a message. That a length prefix fits so is no chance: one in 2^39. What
 * was read of the request must not speak against it: gRPC is POST, with "te: trailers".
 */
export function looksLikeGrpc(call: Call, side: Side): boolean {
  const { headers } = call.request;
  if (headers !== null) {
    if (fieldValue(headers, ":method") !== "POST") return false;
    const te = fieldValue(headers, "te");
    if (te !== null && te !== "trailers") return false;
    // one that was sent in full and has no content-type is none
    if (headers.every(({ nameSource, valueSource }) => nameSource !== "unknown" && valueSource !== "unknown"))
      return false;
  }
  const last = call.half(side).messages.at(-1);
  return last?.complete === true && last.flag <= 1 && last.wireSize > 0;
}
