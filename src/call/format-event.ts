/** The lines of `--format events`: the facts of a call record, as they happen. */
import { type Call, type CallHalf, type CallMessage, halfName } from "./call.js";
import { methodOf } from "./decode.js";
import { formatHeaders, formatMessage, formatStatus, splitPath } from "./format-record.js";
import type { DiagnosticRecord } from "./record.js";

const quote = JSON.stringify;

export function formatStart(call: Call): string {
  const [service, name] = splitPath(call.path);
  return (
    `{"record":"start","version":1,"capture":${quote(call.context.capture)},"call":${call.id},"time":"${call.context.timeBase.format(call.startNs)}"` +
    `,"path":${quote(call.path)},"pathSource":"${call.pathSource}","service":${quote(service)},"method":${quote(name)}` +
    `,"kind":${quote(methodOf(call)?.kind ?? null)},"protocol":"${call.protocol}"` +
    `,"client":"${call.connection.client}","server":"${call.connection.server}"` +
    `,"connection":${call.connection.id},"stream":${call.stream},"tls":${quote(call.connection.tls)}` +
    `,"headers":${formatHeaders(call.request.headers)}}`
  );
}

/** A MessageRecord with its call, half and time. */
export function formatEventMessage(call: Call, half: CallHalf, message: CallMessage): string {
  const found: DiagnosticRecord[] = [];
  const text = formatMessage(call, half, message, methodOf(call), found);
  return (
    `{"record":"message","version":1,"capture":${quote(call.context.capture)},"call":${call.id},"half":"${halfName(half.side)}"` +
    `,"time":"${call.context.timeBase.format(message.timeNs)}",${text.slice(1, -1)},"diagnostics":${quote(found)}}`
  );
}

export function formatEnd(call: Call): string {
  const found: DiagnosticRecord[] = [];
  const status = formatStatus(call, found);
  const time = call.endNs === null ? "null" : `"${call.context.timeBase.format(call.endNs)}"`;
  return (
    `{"record":"end","version":1,"capture":${quote(call.context.capture)},"call":${call.id},"time":${time},"durationMs":${call.durationMs}` +
    `,"outcome":"${call.outcome}","status":${status}` +
    `,"request":{"messageCount":${call.request.messageCount},"bytes":${call.request.bytes}}` +
    `,"response":{"headers":${formatHeaders(call.response.headers)},"trailers":${formatHeaders(call.response.trailers)}` +
    `,"messageCount":${call.response.messageCount},"bytes":${call.response.bytes}}` +
    `,"diagnostics":${quote([...call.diagnostics, ...found])}}`
  );
}
