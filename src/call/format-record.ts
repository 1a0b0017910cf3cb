/**
 * A call → its record (record.ts) as one line of JSON, without the line end.
 *
 * The bytes are put together directly: message values are ProtoJSON text already, and parsing them only to print them again
 * would cost more than all the rest.
 */
import { ByteWriter, labelOf } from "../bytes/byte-writer.js";
import { writeMessage as writeMessageJson } from "../protobuf/decode.js";
import type { MethodType } from "../protobuf/types.js";
import type { Call, CallHalf, CallMessage } from "./call.js";
import { hasCallControls, previousAttempts, writeEnding } from "./controls.js";
import { bodyOf, encodingOf, isRawShown, jsonOf, messageTypeOf, methodOf, readFieldsInOrder } from "./decode.js";
import { allDiagnostics, toDiagnosticRecord } from "./diagnose.js";
import { inferredNames } from "./header-texts.js";
import { noteProblems } from "./note-problems.js";
import { writeDiagnostics, writePackets } from "./packet-names.js";
import type { CallRecord, DiagnosticRecord } from "./record.js";
import { decodeStatusDetails } from "./status-details.js";
import { writeFieldReadings } from "./write-field-readings.js";

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

const STREAM_END = labelOf(',"start":"');
const DURATION = labelOf('","durationMs":');
const OUTCOME = labelOf(',"outcome":"');
const STATUS = labelOf('","status":');
const PLAIN_REQUEST = labelOf(',"reset":null,"deadline":null,"previousAttempts":0,"request":{"headers":');
const REQUEST = labelOf(',"request":{"headers":');
const RESPONSE = labelOf('},"response":{"headers":');
const NOTHING_FOUND = labelOf('},"diagnostics":[]}');
const DIAGNOSTICS = labelOf('},"diagnostics":');
const NO_TRAILERS = labelOf(',"trailers":null,"inferred":[],"messages":[');
const TRAILERS = labelOf(',"trailers":');
const INFERRED = labelOf(',"inferred":');
const NOTHING_INFERRED = labelOf(',"inferred":[],"messages":[');
const MESSAGES = labelOf(',"messages":[');
const FIRST = labelOf("{");
const NEXT = labelOf(",{");
const END = labelOf("}");
const COUNT = labelOf('],"messageCount":');
const BYTES = labelOf(',"bytes":');
const INDEX_0 = labelOf('"index":0,"timeMs":');
const INDEX = labelOf('"index":');
const TIME = labelOf(',"timeMs":');
const WIRE_SIZE = labelOf(',"wireSize":');
const IDENTITY = labelOf(',"encoding":"identity",');
const ENCODING = labelOf(',"encoding":');
const COMPLETE = labelOf(',"complete":true,"value":');
const INCOMPLETE = labelOf(',"complete":false,"value":');
const JSON_ONLY = labelOf(',"fields":null,"raw":null');

/** A record is made whole before it is written; what is listed in it may be far more than what was sent: compressed messages. */
const MAX_RECORD_BYTES = 384 * 1024 * 1024;

export function writeCallRecord(call: Call, out: ByteWriter): void {
  const { context } = call;
  const method = methodOf(call);
  const found: DiagnosticRecord[] = [];
  const most = out.length + MAX_RECORD_BYTES;
  out.raw(context.recordTexts.opening(context.capture));
  out.number(call.id);
  writeIdentity(call, method, out);
  out.label(STREAM_END);
  context.timeBase.write(call.startNs, out);
  out.label(DURATION);
  out.millionths(call.durationNs);
  out.label(OUTCOME);
  out.ascii(call.outcome);
  out.label(STATUS);
  writeStatus(call, out, found);
  if (call.reset === null && !hasCallControls(call)) out.label(PLAIN_REQUEST);
  else {
    writeEnding(call, out, found);
    out.ascii(`,"previousAttempts":${previousAttempts(call)}`);
    out.label(REQUEST);
  }
  writeHalf(call, call.request, method, out, found, most);
  out.label(RESPONSE);
  writeHalf(call, call.response, method, out, found, most);
  if (call.diagnostics.length + found.length === 0) out.label(NOTHING_FOUND);
  else {
    out.label(DIAGNOSTICS);
    writeDiagnostics(allDiagnostics(call, found), context.merged, out);
    out.label(END);
  }
}

/** path … kind, protocol, client, server, connection, tls, stream. */
export function writeIdentity(call: Call, method: MethodType | null, out: ByteWriter): void {
  const { recordTexts } = call.context;
  out.raw(recordTexts.path(call, method));
  out.raw(recordTexts.connection(call));
  out.number(call.stream);
}

/** A HalfRecord from the value of its first member on, without the brace behind it. No message begins behind byte `most` of `out`. */
function writeHalf(
  call: Call,
  half: CallHalf,
  method: MethodType | null,
  out: ByteWriter,
  found: DiagnosticRecord[],
  most: number,
): void {
  const { headerTexts } = call.context;
  const { messages } = half;
  out.raw(headerTexts.format(half.headers));
  if (half.trailers === null && !half.mayBeInferred) out.label(NO_TRAILERS);
  else {
    out.label(TRAILERS);
    out.raw(headerTexts.format(half.trailers));
    if (half.mayBeInferred) {
      out.label(INFERRED);
      out.text(JSON.stringify(inferredNames(half)));
      out.label(MESSAGES);
    } else out.label(NOTHING_INFERRED);
  }
  for (let i = 0; i < messages.length; i++) {
    if (out.length > most) {
      found.push(toDiagnosticRecord("CALL_RECORD_LIMIT", { limit: MAX_RECORD_BYTES }, messages[i].packets));
      break;
    }
    out.label(i === 0 ? FIRST : NEXT);
    writeMessage(call, half, messages[i], method, out, found);
    out.label(END);
  }
  out.label(COUNT);
  out.number(half.messageCount);
  out.label(BYTES);
  out.number(half.bytes);
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
  const { recordTexts, merged } = call.context;
  const type = messageTypeOf(half, method);
  const encoding = encodingOf(half, message);
  const body = bodyOf(call, half, message, found);
  if (message.index === 0) out.label(INDEX_0);
  else {
    out.label(INDEX);
    out.number(message.index);
    out.label(TIME);
  }
  out.millionths(message.timeNs - call.startNs);
  out.label(recordTexts.type(type));
  out.number((body ?? message.body).length);
  out.label(WIRE_SIZE);
  out.number(message.wireSize);
  if (encoding === "identity") out.label(IDENTITY);
  else {
    out.label(ENCODING);
    out.quote(encoding);
    out.ascii(",");
  }
  writePackets(message.packets, merged, out);
  out.label(message.complete && body !== null ? COMPLETE : INCOMPLETE);
  if (body === null) {
    out.ascii('null,"fields":null,"raw":');
    out.base64(message.body);
  } else if (half.codec !== "proto") {
    const json = jsonOf(half, message, body, call.context.limits.maxProtobufDepth, found);
    out.text(json ?? "null");
    out.ascii(',"fields":null,"raw":');
    out.base64(isRawShown(call, message, json !== null) ? body : null);
  } else if (type === null) writeFields(call, half, message, body, out, found);
  else {
    const { complete, problems, unknown } = writeMessageJson(type, body, 0, body.length, call.context, out);
    noteProblems(call, problems, message, found);
    if (isRawShown(call, message, complete)) {
      out.ascii(',"fields":');
      if (unknown.length === 0) out.ascii("null");
      else writeFieldReadings(unknown, out);
      out.ascii(',"raw":');
      out.base64(body);
    } else out.label(JSON_ONLY);
  }
}

/** `value`, from its null on, `fields` and `raw` of a message without a schema. */
function writeFields(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  body: Uint8Array,
  out: ByteWriter,
  found: DiagnosticRecord[],
): void {
  const { fields, complete } = readFieldsInOrder(call, half, message, body, found);
  out.ascii('null,"fields":');
  writeFieldReadings(fields, out);
  out.ascii(',"raw":');
  out.base64(isRawShown(call, message, complete) ? body : null);
}

/** A StatusRecord, or null. */
export function writeStatus(call: Call, out: ByteWriter, found: DiagnosticRecord[]): void {
  if (call.status === null) {
    out.ascii("null");
    return;
  }
  const { code, message, details } = call.status;
  const text = call.context.recordTexts.status(code, message);
  if (details === null) out.raw(text);
  else {
    // Without the "[]}" of no details.
    out.raw(text, 0, text.length - 3);
    out.text(JSON.stringify(decodeStatusDetails(call, found)));
    out.ascii("}");
  }
}
