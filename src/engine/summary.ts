/** What an input held, counted while it was read. It ends the text output and explains an input without gRPC. */
import type { Call } from "../call/call.js";
import { statusName } from "../grpc/status.js";

export interface Summary {
  packets: number;
  /** Bytes of live connections, both directions. */
  liveBytes: number;
  connections: number;
  /** Connections by what they speak: "http2", "tls", "http1", "unknown" … */
  readonly protocols: Map<string, number>;
  calls: number;
  /** HTTP/2 frames, when somebody looks at them. */
  frames: number;
  /** Calls whose outcome is neither "ok" nor "incomplete". */
  failedCalls: number;
  /** Calls by status name, or by outcome where there is no status. */
  readonly outcomes: Map<string, number>;
  /** Time of the first and the last packet or live bytes, nanoseconds since the time base. */
  firstNs: number;
  lastNs: number;
}

export function newSummary(): Summary {
  return {
    packets: 0,
    liveBytes: 0,
    connections: 0,
    protocols: new Map(),
    calls: 0,
    frames: 0,
    failedCalls: 0,
    outcomes: new Map(),
    firstNs: 0,
    lastNs: 0,
  };
}

/** Adds 1 to the count of `key`. */
export function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function countCall(summary: Summary, call: Call): void {
  summary.calls++;
  if (call.outcome !== "ok" && call.outcome !== "incomplete") summary.failedCalls++;
  increment(summary.outcomes, outcomeName(call));
}

/** "OUT_OF_RANGE"; without a status what became of the call: "CANCELLED", "RESET", "INCOMPLETE". */
export function outcomeName(call: Call): string {
  return call.status === null ? call.outcome.toUpperCase() : statusName(call.status.code);
}
