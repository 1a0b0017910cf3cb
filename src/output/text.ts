/**
 * `--format text`, for people: a head line per call with time, both ends, path, status and duration; its messages; what is
 * wrong with it; at the end one line of totals.
 */
import { append } from "../bytes/append.js";
import type { Call, CallHalf, CallMessage } from "../call/call.js";
import { decodeCallMessage, encodingOf, messageTypeOf, methodOf } from "../call/decode.js";
import { allDiagnostics } from "../call/diagnose.js";
import { formatPacket } from "../call/packet-names.js";
import { pathPlaceholder } from "../call/path-guess.js";
import type { DiagnosticRecord } from "../call/record.js";
import { outcomeName } from "../engine/summary.js";
import type { MethodType } from "../protobuf/types.js";
import { escapeText } from "./escape.js";
import type { Output, Write } from "./output.js";
import type { Paint, PaintStyle } from "./paint.js";
import { endingLines } from "./text-ending.js";
import { fieldNodes } from "./text-fields.js";
import { headerLines } from "./text-headers.js";
import { formatMs } from "./text-time.js";
import { formatTotals } from "./text-totals.js";
import {
  bytesText,
  jsonNode,
  keysOfUnexplained,
  layOut,
  messageNodes,
  shortened,
  type TextNode,
  visibleLength,
} from "./text-value.js";

export interface TextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly paint: Paint;
  /** Headers and trailers too. */
  readonly verbose: boolean;
}

const INDENT = "    ";

/** Longer JSON bodies are shown by their beginning: their values take many times their size. */
const MAX_JSON = 4_000_000;

export function createTextOutput(write: Write, options: TextOptions): Output {
  return {
    listMessages: true,
    callEnd: (call) => write(formatCall(call, options) + "\n"),
    end: (summary) => write(formatTotals(summary, options) + "\n"),
  };
}

/** All lines of one call. */
export function formatCall(call: Call, options: TextOptions): string {
  const found: DiagnosticRecord[] = [];
  const method = methodOf(call);
  const lines = [...headLines(call, options)];
  if (options.verbose) {
    lines.push(numbersLine(call, options));
    append(lines, headerLines("request headers", call, call.request.headers, options));
  }
  for (const message of call.request.messages)
    append(lines, messageLines(call, call.request, message, method, options, found));
  if (options.verbose) append(lines, headerLines("response headers", call, call.response.headers, options));
  for (const message of call.response.messages)
    append(lines, messageLines(call, call.response, message, method, options, found));
  if (options.verbose) append(lines, headerLines("trailers", call, call.response.trailers, options));
  append(lines, endingLines(call, options, found));
  for (const diagnostic of allDiagnostics(call, found)) lines.push(diagnosticLine(call, diagnostic, options));
  return lines.join("\n");
}

/** `running`: the call has not ended yet; `more` stands behind the rest. */
export function headLines(call: Call, { paint, width }: TextOptions, running = false, more = ""): string[] {
  const [mark, style] = running ? RUNNING : markOf(call);
  const time = call.context.timeBase.format(call.startNs).slice(11, -1);
  const parts = [
    `${paint(style, mark)} ${paint("dim", time)}`,
    `${call.connection.client} → ${call.connection.server}`,
    paint("bold", pathText(call)),
    call.protocol === "grpc" ? "" : paint("dim", call.protocol),
    running ? paint("dim", "running") : paint(style, outcomeName(call)),
    call.durationNs === null ? "" : formatMs(call.durationNs),
    more,
  ];
  const lines: string[] = [];
  for (const part of parts.filter((text) => text !== "")) {
    const line = lines.at(-1);
    if (line !== undefined && visibleLength(line) + 1 + visibleLength(part) <= width)
      lines[lines.length - 1] += ` ${part}`;
    else lines.push(line === undefined ? part : `  ${part}`);
  }
  return lines;
}

/** The number that `explain --call` takes, and where the call is found in `frames`. */
function numbersLine({ id, connection, stream }: Call, { paint }: TextOptions): string {
  return paint("dim", `    call ${id}, connection ${connection.id}, stream ${stream}`);
}

const RUNNING: [string, PaintStyle] = ["▶", "cyan"];

function pathText(call: Call): string {
  const { path, pathSource } = call;
  const placeholder = pathPlaceholder(call);
  if (path === null) return placeholder === null ? "(path not known)" : `(path not known: ${placeholder})`;
  return pathSource === "observed" ? escapeText(path) : `${escapeText(path)} (${pathSource})`;
}

function markOf(call: Call): [string, PaintStyle] {
  switch (call.outcome) {
    case "ok":
      return ["✓", "green"];
    case "incomplete":
      return ["…", "yellow"];
    default:
      return ["✗", "red"];
  }
}

/** `tag` stands before the arrow. */
export function messageLines(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  method: MethodType | null,
  options: TextOptions,
  found: DiagnosticRecord[],
  tag = "",
): string[] {
  const { paint, width } = options;
  const type = messageTypeOf(half, method);
  const { json, fields, raw } = decodeCallMessage(call, half, message, type, found);
  const arrow = half.side === 0 ? "→" : "←";
  const streaming = half.messageCount > 1 || (method?.kind ?? "unary") !== "unary";
  const place = streaming ? paint("dim", ` #${message.index} +${formatMs(message.timeNs - call.startNs)}`) : "";
  const encoding = message.flag === 0 ? "" : paint("dim", ` (${escapeText(encodingOf(half, message))})`);
  const name = type === null ? "" : ` ${paint("cyan", escapeText(type.fullName))}`;
  const head = `${INDENT}${tag}${arrow}${name}${place}${encoding}`;
  const nodes: TextNode[] = [];
  if (json !== null && half.codec === "json")
    nodes.push(json.length > MAX_JSON ? shortened(json) : jsonNode("", JSON.parse(json), paint));
  else if (json !== null && type !== null)
    append(nodes, messageNodes(type, JSON.parse(json), paint, keysOfUnexplained(fields ?? [])));
  if (fields !== null) append(nodes, fieldNodes(fields, paint));
  if (nodes.length === 0 && raw === null) nodes.push(paint("dim", "(empty)"));
  if (raw !== null) nodes.push(paint("dim", `raw: ${bytesText(raw)}`));
  const [first, ...rest] = layOut(nodes, "", width - visibleLength(head) - 2);
  if (rest.length === 0) return [`${head}  ${first}`];
  return [head, ...layOut(nodes, `${INDENT}  `, width)];
}

export function diagnosticLine(call: Call, diagnostic: DiagnosticRecord, { paint }: TextOptions): string {
  const style = diagnostic.severity === "error" ? "red" : diagnostic.severity === "warning" ? "yellow" : "dim";
  const packets = diagnostic.packets.slice(0, 5).map((packet) => formatPacket(packet, call.context.merged));
  const where = packets.length === 0 ? "" : ` (packet ${packets.join(", ")})`;
  return `${INDENT}${paint(style, escapeText(`! ${diagnostic.text}${where}`))}`;
}
