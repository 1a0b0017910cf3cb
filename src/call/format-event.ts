/** The lines of `--format events`, without their line ends: the facts of a call record, as they happen. */
import type { ByteWriter } from "../bytes/byte-writer.js";
import { type Call, type CallHalf, type CallMessage, halfName } from "./call.js";
import { previousAttempts, writeEnding } from "./controls.js";
import { methodOf } from "./decode.js";
import { allDiagnostics } from "./diagnose.js";
import { writeIdentity, writeMessage, writeStatus } from "./format-record.js";
import { inferredNames } from "./header-texts.js";
import { writeDiagnostics } from "./packet-names.js";
import type { DiagnosticRecord } from "./record.js";

export function writeStart(call: Call, out: ByteWriter): void {
  begin(call, "start", call.startNs, out);
  writeIdentity(call, methodOf(call), out);
  out.ascii(`,"previousAttempts":${previousAttempts(call)},"headers":`);
  out.raw(call.context.headerTexts.format(call.request.headers));
  writeInferred(call.request, out);
  out.ascii("}");
}

/** A MessageRecord with its call, half and time. */
export function writeEventMessage(call: Call, half: CallHalf, message: CallMessage, out: ByteWriter): void {
  const found: DiagnosticRecord[] = [];
  begin(call, "message", message.timeNs, out);
  out.ascii(`,"half":"${halfName(half.side)}",`);
  writeMessage(call, half, message, methodOf(call), out, found);
  end(call, found, out);
}

export function writeEnd(call: Call, out: ByteWriter): void {
  const found: DiagnosticRecord[] = [];
  const { request, response } = call;
  begin(call, "end", call.endNs, out);
  // what the start could not tell
  if (call.pathSource !== "observed") out.raw(call.context.recordTexts.path(call, methodOf(call)));
  out.ascii(',"durationMs":');
  out.millionths(call.durationNs);
  out.ascii(`,"outcome":"${call.outcome}","status":`);
  writeStatus(call, out, found);
  writeEnding(call, out, found);
  out.ascii(`,"request":{"messageCount":${request.messageCount},"bytes":${request.bytes}}`);
  out.ascii(',"response":{"headers":');
  out.raw(call.context.headerTexts.format(response.headers));
  out.ascii(',"trailers":');
  out.raw(call.context.headerTexts.format(response.trailers));
  writeInferred(response, out);
  out.ascii(`,"messageCount":${response.messageCount},"bytes":${response.bytes}}`);
  end(call, allDiagnostics(call, found), out);
}

function writeInferred(half: CallHalf, out: ByteWriter): void {
  out.ascii(',"inferred":');
  out.text(half.mayBeInferred ? JSON.stringify(inferredNames(half)) : "[]");
}

function begin(call: Call, record: string, timeNs: number | null, out: ByteWriter): void {
  const { capture, timeBase } = call.context;
  out.ascii(`{"record":"${record}","version":1,"capture":`);
  out.quote(capture);
  out.ascii(`,"call":${call.id},"time":`);
  out.quote(timeNs === null ? null : timeBase.format(timeNs));
}

function end(call: Call, diagnostics: readonly DiagnosticRecord[], out: ByteWriter): void {
  out.ascii(',"diagnostics":');
  writeDiagnostics(diagnostics, call.context.merged, out);
  out.ascii("}");
}
