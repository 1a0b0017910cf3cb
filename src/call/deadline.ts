/** How long the client was ready to wait (`grpc-timeout`, of Connect `connect-timeout-ms`), and how much of it the call took. */
import { parseConnectTimeout } from "../grpc/connect/timeout.js";
import { parseTimeout } from "../grpc/timeout.js";
import { fieldValue } from "../hpack/header-field.js";
import type { Call } from "./call.js";
import type { DeadlineRecord } from "./record.js";

const DEADLINE_EXCEEDED = 4;

/** What the client asked for, as sent; null: nothing. */
export function timeoutOf({ protocol, request }: Call): string | null {
  if (request.headers === null) return null;
  return fieldValue(request.headers, protocol === "connect" ? CONNECT_TIMEOUT : TIMEOUT);
}

export const TIMEOUT = "grpc-timeout";
export const CONNECT_TIMEOUT = "connect-timeout-ms";

/**
 * Clients round the timeout up, the C core by up to 1 %, and their clock starts before the headers are on the wire: a call that
 * the client broke off this much early, and a millisecond, ended because its deadline passed.
 */
const ROUNDED_UP = 0.01;
const BEFORE_WIRE_NS = 1e6;

/** null: the request has no timeout, or none that can be read. */
export function deadlineOf(call: Call): DeadlineRecord | null {
  const timeout = timeoutOf(call);
  if (timeout === null) return null;
  const timeoutNs = call.protocol === "connect" ? parseConnectTimeout(timeout) : parseTimeout(timeout);
  if (timeoutNs === null) return null;
  const { durationNs } = call;
  return {
    timeout,
    timeoutMs: timeoutNs / 1e6,
    used: durationNs === null || timeoutNs === 0 ? null : Math.round((1e6 * durationNs) / timeoutNs) / 1e6,
    passed: durationNs === null ? null : durationNs + toleranceNs(call, timeoutNs) >= timeoutNs,
  };
}

function toleranceNs({ status, reset }: Call, timeoutNs: number): number {
  const brokenOff = status === null && reset?.by === 0;
  return brokenOff || status?.code === DEADLINE_EXCEEDED ? ROUNDED_UP * timeoutNs + BEFORE_WIRE_NS : 0;
}
