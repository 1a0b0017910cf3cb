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
import { inferredNames } from "./header-texts.js";
import { noteProblems } from "./note-problems.js";
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

const RECORD = labelOf('{"record":"call","version":1,"capture":');
const ID = labelOf(',"id":');
const PROTOCOL = labelOf(',"protocol":"');
const QUOTE = labelOf('"');
const STREAM = labelOf(',"stream":');
const START = labelOf(',"start":"');
const DURATION = labelOf('","durationMs":');
const OUTCOME = labelOf(',"outcome":"');
const STATUS = labelOf('","status":');
const PLAIN_ENDING = labelOf(',"reset":null,"deadline":null,"previousAttempts":0');
const REQUEST = labelOf(',"request":{"headers":');
const RESPONSE = labelOf(',"response":{"headers":');
const DIAGNOSTICS = labelOf(',"diagnostics":');
const TRAILERS = labelOf(',"trailers":');
const MESSAGES = labelOf(',"inferred":[],"messages":[');
const INFERRED = labelOf(',"inferred":');
const MESSAGES_ONLY = labelOf(',"messages":[');
const COUNT = labelOf('],"messageCount":');
const BYTES = labelOf(',"bytes":');
const INDEX = labelOf('"index":');
const TIME = labelOf(',"timeMs":');
const WIRE_SIZE = labelOf(',"wireSize":');
const IDENTITY = labelOf(',"encoding":"identity",');
const ENCODING = labelOf(',"encoding":');
const COMPLETE = labelOf(',"complete":true,"value":');
const INCOMPLETE = labelOf(',"complete":false,"value":');
const JSON_ONLY = labelOf(',"fields":null,"raw":null');

export function writeCallRecord(call: Call, out: ByteWriter): void {
  const { context } = call;
  const method = methodOf(call);
  const found: DiagnosticRecord[] = [];
  out.label(RECORD);
  out.quote(context.capture);
  out.label(ID);
  out.number(call.id);
  writeIdentity(call, method, out);
  out.label(START);
  context.timeBase.write(call.startNs, out);
  out.label(DURATION);
  out.millionths(call.durationNs);
  out.label(OUTCOME);
  out.ascii(call.outcome);
  out.label(STATUS);
  writeStatus(call, out, found);
  if (call.reset === null && !hasCallControls(call)) out.label(PLAIN_ENDING);
  else {
    writeEnding(call, out, found);
    out.ascii(`,"previousAttempts":${previousAttempts(call)}`);
  }
  out.label(REQUEST);
  writeHalf(call, call.request, method, out, found);
  out.label(RESPONSE);
  writeHalf(call, call.response, method, out, found);
  out.label(DIAGNOSTICS);
  if (call.diagnostics.length + found.length === 0) out.ascii("[]}");
  else {
    writeDiagnostics([...call.diagnostics, ...found], context.merged, out);
    out.ascii("}");
  }
}

/** path … kind, protocol, client, server, connection, tls, stream. */
export function writeIdentity(call: Call, method: MethodType | null, out: ByteWriter): void {
  const { recordTexts } = call.context;
  out.raw(recordTexts.path(call, method));
  out.label(PROTOCOL);
  out.ascii(call.protocol);
  out.label(QUOTE);
  out.raw(recordTexts.connection(call.connection));
  out.label(STREAM);
  out.number(call.stream);
}

/** A HalfRecord from the value of its first member on. */
function writeHalf(
  call: Call,
  half: CallHalf,
  method: MethodType | null,
  out: ByteWriter,
  found: DiagnosticRecord[],
): void {
  const { headerTexts } = call.context;
  const { messages } = half;
  out.raw(headerTexts.format(half.headers));
  out.label(TRAILERS);
  out.raw(headerTexts.format(half.trailers));
  if (half.mayBeInferred) {
    out.label(INFERRED);
    out.text(JSON.stringify(inferredNames(half)));
    out.label(MESSAGES_ONLY);
  } else out.label(MESSAGES);
  for (let i = 0; i < messages.length; i++) {
    out.ascii(i === 0 ? "{" : ",{");
    writeMessage(call, half, messages[i], method, out, found);
    out.ascii("}");
  }
  out.label(COUNT);
  out.number(half.messageCount);
  out.label(BYTES);
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
  const { recordTexts, merged } = call.context;
  const type = messageTypeOf(half, method);
  const encoding = encodingOf(half, message);
  const body = bodyOf(call, half, message, found);
  out.label(INDEX);
  out.number(message.index);
  out.label(TIME);
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
  } else if (type === null) writeFields(call, half, message, body, out);
  else {
    const { complete, problems, unknown } = writeMessageJson(type, body, 0, body.length, call.context, out);
    noteProblems(call, problems, message, found);
    if (isRawShown(call, message, complete)) {
      out.ascii(',"fields":');
      out.text(JSON.stringify(unknown.length === 0 ? null : unknown));
      out.ascii(',"raw":');
      out.base64(body);
    } else out.label(JSON_ONLY);
  }
}

/** `value`, from its null on, `fields` and `raw` of a message without a schema. */
function writeFields(call: Call, half: CallHalf, message: CallMessage, body: Uint8Array, out: ByteWriter): void {
  const { fields, complete } = readFieldsInOrder(call, half, body);
  out.ascii('null,"fields":');
  out.text(JSON.stringify(fields));
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
