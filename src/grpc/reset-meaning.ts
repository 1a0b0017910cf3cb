/** What a client takes a RST_STREAM for when no status came (PROTOCOL-HTTP2, Errors). */
import { statusName } from "./status.js";

export const CANCELLED = 1;
const PERMISSION_DENIED = 7;
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;
export const UNAVAILABLE = 14;

/** "UNAVAILABLE"; null for STREAM_CLOSED: "No mapping as there is no open stream to propagate to." */
export function resetMeaning(errorCode: number): string | null {
  switch (errorCode) {
    case 5:
      return null;
    case 7:
      return statusName(UNAVAILABLE);
    case 8:
      return statusName(CANCELLED);
    case 11:
      return statusName(RESOURCE_EXHAUSTED);
    case 12:
      return statusName(PERMISSION_DENIED);
    default:
      return statusName(INTERNAL);
  }
}
