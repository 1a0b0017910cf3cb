/**
 * What a client says beside its request, how long it waits and how often it tried, and what broke a call off: the members `reset`,
 * `deadline` and `previousAttempts` of a record.
 */
import type { ByteWriter } from "../bytes/byte-writer.js";
import { fieldValue } from "../hpack/header-field.js";
import type { Call } from "./call.js";
import { CONNECT_TIMEOUT, deadlineOf, TIMEOUT, timeoutOf } from "./deadline.js";
import { toDiagnosticRecord } from "./diagnose.js";
import type { DiagnosticRecord } from "./record.js";
import { toResetRecord } from "./reset.js";

const PREVIOUS_ATTEMPTS = "grpc-previous-rpc-attempts";

/** Most requests have none of these, and then the members are null. */
export function hasCallControls({ request }: Call): boolean {
  if (request.headers === null) return false;
  for (const { name } of request.headers)
    if (name === TIMEOUT || name === PREVIOUS_ATTEMPTS || name === CONNECT_TIMEOUT) return true;
  return false;
}

/**
 * The attempts that the client made before this one, retries and hedges alike (gRPC proposal A6). 0: the first, or a transparent
 * retry, which is not told.
 */
export function previousAttempts({ request }: Call): number {
  const value = request.headers === null ? null : fieldValue(request.headers, PREVIOUS_ATTEMPTS);
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) : 0;
}

/** The members `reset` and `deadline`, each with a comma before it. */
export function writeEnding(call: Call, out: ByteWriter, found: DiagnosticRecord[]): void {
  const deadline = deadlineOf(call);
  const value = deadline === null ? timeoutOf(call) : null;
  if (value !== null) {
    const code = call.protocol === "connect" ? "CONNECT_TIMEOUT_INVALID" : "GRPC_TIMEOUT_INVALID";
    found.push(toDiagnosticRecord(code, { value }, []));
  }
  const reset = call.reset === null ? null : toResetRecord(call.reset);
  out.text(`,"reset":${JSON.stringify(reset)},"deadline":${JSON.stringify(deadline)}`);
}
