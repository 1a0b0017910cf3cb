/** How long the client was ready to wait (`grpc-timeout`), and how much of it the call took. */
import { parseTimeout } from "../grpc/timeout.js";
import { fieldValue } from "../hpack/header-field.js";
import type { Call } from "./call.js";
import type { DeadlineRecord } from "./record.js";

const DEADLINE_EXCEEDED = 4;

/**
 * Clients round the timeout up, the C core by up to 1 %, and their clock starts before the headers are on the wire: a call that
 * the client broke off this much early, and a millisecond, ended because its deadline passed.
 */
const ROUNDED_UP = 0.01;
const BEFORE_WIRE_NS = 1e6;

/** null: the request has no grpc-timeout, or none that can be read. */
export function deadlineOf(call: Call): DeadlineRecord | null {
  const timeout = call.request.headers === null ? null : fieldValue(call.request.headers, "grpc-timeout");
  if (timeout === null) return null;
  const timeoutNs = parseTimeout(timeout);
  if (timeoutNs === null) return null;
  const { durationNs } = call;
  return {
    timeout,
    timeoutMs: timeoutNs / 1e6,
    used: durationNs === null || timeoutNs === 0 ? null : Math.round((1e6 * durationNs) / timeoutNs) / 1e6,
    passed: durationNs === null ? null : durationNs + toleranceNs(call, timeoutNs) >= timeoutNs,
  };
}

function toleranceNs({ outcome, status, reset }: Call, timeoutNs: number): number {
  const brokenOff = outcome === "cancelled" && reset?.by === 0;
  return brokenOff || status?.code === DEADLINE_EXCEEDED ? ROUNDED_UP * timeoutNs + BEFORE_WIRE_NS : 0;
}
