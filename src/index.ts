/**
 * The library: the core that finds gRPC calls in bytes, with no IO of its own. `cal-inspect/node` adds what it needs on Node.js.
 *
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { Inspector, toCallRecord } from "cal-inspect";
 * import { loadSchema, nodePorts } from "cal-inspect/node";
 *
 * const inspector = new Inspector(nodePorts, { schema: loadSchema({ proto: ["proto"] }).schema }, {
 *   callEnd(call) {
 *     const { path, outcome, response } = toCallRecord(call);
 *     console.log(path, outcome, response.messages[0]?.value);
 *   },
 * });
 * inspector.push(readFileSync("captures/add.pcap"));
 * inspector.finish();
 * ```
 */
export type { ByteStreamSink, CloseReason, Side } from "./bytes/byte-stream-sink.js";
export type { CallSink } from "./call/assembler.js";
export type { Call, CallConnection, CallHalf, CallMessage, CallStatus } from "./call/call.js";
export { formatCallRecord, toCallRecord } from "./call/format-record.js";
export type {
  CallKind,
  CallRecord,
  DiagnosticRecord,
  HalfRecord,
  HeaderRecord,
  MessageRecord,
  Outcome,
  PathSource,
  Protocol,
  StatusRecord,
  TlsRecord,
} from "./call/record.js";
export type { Diagnostic, Place, Scope, Severity } from "./diagnostics/diagnostic.js";
export type { DiagnosticCode } from "./diagnostics/table.js";
export type { FrameField, FrameMessagePrefix, FramePayload, FrameRecord } from "./engine/frame-record.js";
export {
  type ConnectionInfo,
  type CreateReader,
  Inspector,
  type InspectorOptions,
  type InspectorSink,
} from "./engine/inspector.js";
export type { Ports } from "./engine/ports.js";
export type { Summary } from "./engine/summary.js";
export type { InflatePort, InflateResult } from "./grpc/inflate-port.js";
export { LIMITS, type Limits } from "./limits.js";
export { createEventsOutput } from "./output/events.js";
export { createFramesJsonOutput } from "./output/frames-json.js";
export { createFramesTextOutput } from "./output/frames-text.js";
export { createJsonOutput } from "./output/json.js";
export { createLiveTextOutput } from "./output/live-text.js";
export type { Output, Write } from "./output/output.js";
export { noPaint, type Paint, type PaintStyle } from "./output/paint.js";
export { createTextOutput, type TextOptions } from "./output/text.js";
export { type ProtoFile, Schema, type SchemaSources, type SchemaWarning, type ServiceInfo } from "./protobuf/schema.js";
