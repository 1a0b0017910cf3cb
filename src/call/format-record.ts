/**
 * A call → its record (record.ts) as one line of JSON, without the line end.
 *
 * The bytes are put together directly: message values are ProtoJSON text already, and parsing them only to print them again
 * would cost more than all the rest.
 */
import { ByteWriter } from "../bytes/byte-writer.js";
import { statusName } from "../grpc/status.js";
import type { MethodType } from "../protobuf/types.js";
import { type Call, type CallHalf, type CallMessage, toMs } from "./call.js";
import { decodeCallMessage, methodOf } from "./decode.js";
import { writeDiagnostics, writePackets } from "./packet-names.js";
import type { CallRecord, DiagnosticRecord } from "./record.js";
import { decodeStatusDetails } from "./status-details.js";

/** The record itself: plain and owned. */
export function toCallRecord(call: Call): CallRecord {
  return JSON.parse(formatCallRecord(call)) as CallRecord;
}

/** The record's line as text. */
export function formatCallRecord(call: Call): string {
  const out = new ByteWriter();
  writeCallRecord(call, out);
  return out.toString();
}

export function writeCallRecord(call: Call, out: ByteWriter): void {
  const { context } = call;
  const method = methodOf(call);
  const found: DiagnosticRecord[] = [];
  out.ascii('{"record":"call","version":1,"capture":');
  out.quote(context.capture);
  out.ascii(',"id":');
  out.number(call.id);
  writePath(call, method, out);
  writeConnection(call, out);
  out.ascii(',"start":"');
  out.ascii(context.timeBase.format(call.startNs));
  out.ascii('","durationMs":');
  out.number(call.durationMs);
  out.ascii(',"outcome":"');
  out.ascii(call.outcome);
  out.ascii('","status":');
  writeStatus(call, out, found);
  out.ascii(',"request":');
  writeHalf(call, call.request, method, out, found);
  out.ascii(',"response":');
  writeHalf(call, call.response, method, out, found);
  out.ascii(',"diagnostics":');
  if (call.diagnostics.length + found.length === 0) out.ascii("[]");
  else writeDiagnostics([...call.diagnostics, ...found], context.merged, out);
  out.ascii("}");
}

/** path, pathSource, service, method, kind. */
export function writePath(call: Call, method: MethodType | null, out: ByteWriter): void {
  const [service, name] = splitPath(call.path);
  out.ascii(',"path":');
  out.quote(call.path);
  out.ascii(',"pathSource":"');
  out.ascii(call.pathSource);
  out.ascii('","service":');
  out.quote(service);
  out.ascii(',"method":');
  out.quote(name);
  out.ascii(',"kind":');
  out.quote(method?.kind ?? null);
}

/** protocol, client, server, connection, stream, tls. */
export function writeConnection(call: Call, out: ByteWriter): void {
  const { connection } = call;
  out.ascii(',"protocol":"');
  out.ascii(call.protocol);
  out.ascii('","client":');
  out.quote(connection.client);
  out.ascii(',"server":');
  out.quote(connection.server);
  out.ascii(',"connection":');
  out.number(connection.id);
  out.ascii(',"stream":');
  out.number(call.stream);
  out.ascii(',"tls":');
  out.text(JSON.stringify(connection.tls));
}

/** "/shop.v1.Orders/Get" → ["shop.v1.Orders", "Get"]; nulls for what is no such path (PROTOCOL-HTTP2, Path). */
export function splitPath(path: string | null): readonly [string | null, string | null] {
  if (path === null || path[0] !== "/") return [null, null];
  const slash = path.lastIndexOf("/");
  return slash === 0 ? [null, null] : [path.slice(1, slash), path.slice(slash + 1)];
}

function writeHalf(
  call: Call,
  half: CallHalf,
  method: MethodType | null,
  out: ByteWriter,
  found: DiagnosticRecord[],
): void {
  const { headerTexts } = call.context;
  out.ascii('{"headers":');
  out.raw(headerTexts.format(half.headers));
  out.ascii(',"trailers":');
  out.raw(headerTexts.format(half.trailers));
  out.ascii(',"messages":[');
  for (const message of half.messages) {
    out.ascii(message === half.messages[0] ? "{" : ",{");
    writeMessage(call, half, message, method, out, found);
    out.ascii("}");
  }
  out.ascii('],"messageCount":');
  out.number(half.messageCount);
  out.ascii(',"bytes":');
  out.number(half.bytes);
  out.ascii("}");
}

/** The members of a MessageRecord, without the braces. */
export function writeMessage(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  method: MethodType | null,
  out: ByteWriter,
  found: DiagnosticRecord[],
): void {
  const decoded = decodeCallMessage(call, half, message, method, found);
  out.ascii('"index":');
  out.number(message.index);
  out.ascii(',"timeMs":');
  out.number(toMs(message.timeNs - call.startNs));
  out.ascii(',"type":');
  out.quote(decoded.type?.fullName ?? null);
  out.ascii(',"size":');
  out.number(decoded.size);
  out.ascii(',"wireSize":');
  out.number(message.wireSize);
  out.ascii(',"encoding":');
  out.quote(decoded.encoding);
  out.ascii(",");
  writePackets(message.packets, call.context.merged, out);
  out.ascii(',"complete":');
  out.ascii(decoded.complete ? "true" : "false");
  out.ascii(',"value":');
  if (decoded.json === null) out.ascii("null");
  else out.raw(decoded.json);
  out.ascii(',"fields":');
  out.text(decoded.fields === null ? "null" : JSON.stringify(decoded.fields));
  out.ascii(',"raw":');
  out.base64(decoded.raw);
}

/** A StatusRecord, or null. */
export function writeStatus(call: Call, out: ByteWriter, found: DiagnosticRecord[]): void {
  if (call.status === null) {
    out.ascii("null");
    return;
  }
  const { code, message, details } = call.status;
  out.ascii('{"code":');
  out.number(code);
  out.ascii(',"name":"');
  out.ascii(statusName(code));
  out.ascii('","message":');
  out.quote(message);
  out.ascii(',"details":');
  if (details === null) out.ascii("[]");
  else out.text(JSON.stringify(decodeStatusDetails(call, found)));
  out.ascii("}");
}
