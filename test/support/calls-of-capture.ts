/** Bytes of a capture file → the calls in it, in this process, with the project's own schema; and what stays the same of a call wherever it is recorded. */
import { readFileSync } from "node:fs";
import { toCallRecord } from "../../src/call/format-record.js";
import type { CallRecord, HalfRecord } from "../../src/call/record.js";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.js";
import { Inspector, type InspectorOptions } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { Schema } from "../../src/protobuf/schema.js";

export const CALCULATOR_SCHEMA = new Schema({
  protoFiles: [{ path: "SimpleCal.proto", text: readFileSync("proto/SimpleCal.proto", "utf8") }],
});

export interface CaptureCalls {
  /** By id. */
  readonly calls: readonly CallRecord[];
  readonly diagnostics: readonly Diagnostic[];
  readonly inspector: Inspector;
}

export function callsOfCapture(bytes: Uint8Array, options: Partial<InspectorOptions> = {}): CaptureCalls {
  const calls: CallRecord[] = [];
  const diagnostics: Diagnostic[] = [];
  const inspector = new Inspector(
    nodePorts,
    { schema: CALCULATOR_SCHEMA, raw: true, ...options },
    { callEnd: (call) => calls.push(toCallRecord(call)), diagnostic: (diagnostic) => diagnostics.push(diagnostic) },
  );
  inspector.push(bytes);
  inspector.finish();
  return { calls: calls.sort((a, b) => a.id - b.id), diagnostics, inspector };
}

/** All of a call but packet numbers, times and the capture's name. */
export function withoutPlaceAndTime(call: CallRecord) {
  const { capture, start, durationMs, request, response, ...rest } = call;
  return { ...rest, request: half(request), response: half(response) };
}

function half({ messages, ...rest }: HalfRecord) {
  return { ...rest, messages: messages.map(({ packets, timeMs, ...message }) => message) };
}
