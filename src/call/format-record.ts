/**
 * A call → its record (record.ts) as one line of JSON, without the line end.
 *
 * The text is put together directly: message values are ProtoJSON text already, and parsing them only to print them again
 * would cost more than all the rest.
 */
import { encodeBase64 } from "../bytes/base64.js";
import { metadataText } from "../grpc/binary-metadata.js";
import { statusName } from "../grpc/status.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { MethodType } from "../protobuf/types.js";
import { type Call, type CallHalf, type CallMessage, toMs } from "./call.js";
import { decodeCallMessage, methodOf } from "./decode.js";
import type { CallRecord, DiagnosticRecord } from "./record.js";
import { decodeStatusDetails } from "./status-details.js";

const quote = JSON.stringify;

/** The record itself: plain and owned. */
export function toCallRecord(call: Call): CallRecord {
  return JSON.parse(formatCallRecord(call)) as CallRecord;
}

export function formatCallRecord(call: Call): string {
  const { context } = call;
  const method = methodOf(call);
  const found: DiagnosticRecord[] = [];
  const [service, name] = splitPath(call.path);
  const request = formatHalf(call, call.request, method, found);
  const response = formatHalf(call, call.response, method, found);
  const status = formatStatus(call, found);
  const diagnostics = call.diagnostics.length === 0 ? found : [...call.diagnostics, ...found];
  return (
    `{"record":"call","version":1,"capture":${quote(context.capture)},"id":${call.id}` +
    `,"path":${quote(call.path)},"pathSource":"${call.pathSource}"` +
    `,"service":${quote(service)},"method":${quote(name)},"kind":${quote(method?.kind ?? null)}` +
    `,"protocol":"${call.protocol}","client":"${call.connection.client}","server":"${call.connection.server}"` +
    `,"connection":${call.connection.id},"stream":${call.stream},"tls":${quote(call.connection.tls)}` +
    `,"start":"${context.timeBase.format(call.startNs)}","durationMs":${call.durationMs}` +
    `,"outcome":"${call.outcome}","status":${status},"request":${request},"response":${response}` +
    `,"diagnostics":${diagnostics.length === 0 ? "[]" : quote(diagnostics)}}`
  );
}

/** "/shop.v1.Orders/Get" → ["shop.v1.Orders", "Get"]; nulls for what is no such path (PROTOCOL-HTTP2, Path). */
export function splitPath(path: string | null): readonly [string | null, string | null] {
  if (path === null || path[0] !== "/") return [null, null];
  const slash = path.lastIndexOf("/");
  return slash === 0 ? [null, null] : [path.slice(1, slash), path.slice(slash + 1)];
}

function formatHalf(call: Call, half: CallHalf, method: MethodType | null, found: DiagnosticRecord[]): string {
  let messages = "";
  for (const message of half.messages) {
    if (messages !== "") messages += ",";
    messages += formatMessage(call, half, message, method, found);
  }
  return (
    `{"headers":${formatHeaders(half.headers)},"trailers":${formatHeaders(half.trailers)}` +
    `,"messages":[${messages}],"messageCount":${half.messageCount},"bytes":${half.bytes}}`
  );
}

/** One MessageRecord. */
export function formatMessage(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  method: MethodType | null,
  found: DiagnosticRecord[],
): string {
  const decoded = decodeCallMessage(call, half, message, method, found);
  return (
    `{"index":${message.index},"timeMs":${toMs(message.timeNs - call.startNs)}` +
    `,"type":${quote(decoded.type?.fullName ?? null)},"size":${decoded.size},"wireSize":${message.wireSize}` +
    `,"encoding":${quote(decoded.encoding)},"packets":[${message.packets.join()}],"complete":${decoded.complete}` +
    `,"value":${decoded.json},"fields":${quote(decoded.fields)}` +
    `,"raw":${decoded.raw === null ? "null" : `"${encodeBase64(decoded.raw)}"`}}`
  );
}

/** An object of header fields; a name that comes twice has an array of its values, in order. */
export function formatHeaders(fields: readonly HeaderField[] | null): string {
  if (fields === null) return "null";
  let text = "";
  for (let i = 0; i < fields.length; i++) {
    const { name } = fields[i];
    if (indexOfName(fields, name, 0) < i) continue;
    if (text !== "") text += ",";
    text += `${quote(name)}:`;
    if (indexOfName(fields, name, i + 1) === -1) text += quote(metadataText(fields[i]));
    else text += quote(fields.filter((field) => field.name === name).map(metadataText));
  }
  return `{${text}}`;
}

function indexOfName(fields: readonly HeaderField[], name: string, from: number): number {
  for (let i = from; i < fields.length; i++) if (fields[i].name === name) return i;
  return -1;
}

export function formatStatus(call: Call, found: DiagnosticRecord[]): string {
  if (call.status === null) return "null";
  const { code, message } = call.status;
  const details = decodeStatusDetails(call, found);
  return `{"code":${code},"name":"${statusName(code)}","message":${quote(message)},"details":${quote(details)}}`;
}
