/**
 * `--format text`, for people: a head line per call with time, both ends, path, status and duration; its messages; what is
 * wrong with it; at the end one line of totals.
 */
import type { Call, CallHalf, CallMessage } from "../call/call.js";
import { decodeCallMessage, encodingOf, messageTypeOf, methodOf } from "../call/decode.js";
import { shownName, shownValue } from "../call/header-texts.js";
import { formatPacket } from "../call/packet-names.js";
import type { DiagnosticRecord } from "../call/record.js";
import { decodeStatusDetails } from "../call/status-details.js";
import { outcomeName } from "../engine/summary.js";
import { statusName } from "../grpc/status.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { MethodType } from "../protobuf/types.js";
import { escapeText, quoteText } from "./escape.js";
import type { Output, Write } from "./output.js";
import type { Paint, PaintStyle } from "./paint.js";
import { fieldNodes } from "./text-fields.js";
import { formatTotals } from "./text-totals.js";
import { bytesText, layOut, messageNodes, type TextNode, visibleLength } from "./text-value.js";

export interface TextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly paint: Paint;
  /** Headers and trailers too. */
  readonly verbose: boolean;
}

const INDENT = "    ";

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
  if (options.verbose) lines.push(...headerLines("request headers", call.request.headers, options));
  for (const message of call.request.messages)
    lines.push(...messageLines(call, call.request, message, method, options, found));
  if (options.verbose) lines.push(...headerLines("response headers", call.response.headers, options));
  for (const message of call.response.messages)
    lines.push(...messageLines(call, call.response, message, method, options, found));
  if (options.verbose) lines.push(...headerLines("trailers", call.response.trailers, options));
  lines.push(...statusLines(call, options, found));
  for (const diagnostic of [...call.diagnostics, ...found]) lines.push(diagnosticLine(call, diagnostic, options));
  return lines.join("\n");
}

/** `running`: the call has not ended yet; `more` stands behind the rest. */
export function headLines(call: Call, { paint, width }: TextOptions, running = false, more = ""): string[] {
  const [mark, style] = running ? RUNNING : markOf(call);
  const time = call.context.timeBase.format(call.startNs).slice(11, -1);
  const parts = [
    `${paint(style, mark)} ${paint("dim", time)}`,
    `${call.connection.client} → ${call.connection.server}`,
    paint("bold", call.path === null ? "(path not known)" : escapeText(call.path)),
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

const RUNNING: [string, PaintStyle] = ["▶", "cyan"];

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
  const streaming = half.messageCount > 1 || (method !== null && method.kind !== "unary");
  const place = streaming ? paint("dim", ` #${message.index} +${formatMs(message.timeNs - call.startNs)}`) : "";
  const encoding = message.flag === 0 ? "" : paint("dim", ` (${escapeText(encodingOf(half, message))})`);
  const name = type === null ? "" : ` ${paint("cyan", type.fullName)}`;
  const head = `${INDENT}${tag}${arrow}${name}${place}${encoding}`;
  const nodes: TextNode[] = [];
  if (json !== null && type !== null) nodes.push(...messageNodes(type, JSON.parse(json), paint));
  if (fields !== null) nodes.push(...fieldNodes(fields, paint));
  if (nodes.length === 0 && raw === null) nodes.push(paint("dim", "(empty)"));
  if (raw !== null) nodes.push(paint("dim", `raw: ${bytesText(raw)}`));
  const [first, ...rest] = layOut(nodes, "", width - visibleLength(head) - 2);
  if (rest.length === 0) return [`${head}  ${first}`];
  return [head, ...layOut(nodes, `${INDENT}  `, width)];
}

export function statusLines(call: Call, { paint, width }: TextOptions, found: DiagnosticRecord[]): string[] {
  if (call.status === null || call.status.code === 0) return [];
  const { code, message } = call.status;
  const lines = [`${INDENT}${paint("red", statusName(code))}${message === "" ? "" : `: ${escapeText(message)}`}`];
  const details = decodeStatusDetails(call, found);
  for (const detail of details) lines.push(...layOut([detailNode(detail)], `${INDENT}  `, width));
  return lines;
}

function detailNode(detail: object): TextNode {
  const children = Object.entries(detail).map(
    ([key, value]) => `${escapeText(key)}: ${escapeText(JSON.stringify(value))}`,
  );
  return { open: "detail {", children, close: "}" };
}

export function headerLines(title: string, fields: readonly HeaderField[] | null, { paint }: TextOptions): string[] {
  if (fields === null) return [];
  const lines = fields.map((field) => `${INDENT}  ${escapeText(shownName(field))}: ${headerValueText(field)}`);
  return [`${INDENT}${paint("dim", title)}`, ...lines.map((line) => paint("dim", line))];
}

function headerValueText(field: HeaderField): string {
  const value = shownValue(field);
  return value === null ? "(never seen)" : quoteText(value);
}

export function diagnosticLine(call: Call, diagnostic: DiagnosticRecord, { paint }: TextOptions): string {
  const style = diagnostic.severity === "error" ? "red" : diagnostic.severity === "warning" ? "yellow" : "dim";
  const packets = diagnostic.packets.slice(0, 5).map((packet) => formatPacket(packet, call.context.merged));
  const where = packets.length === 0 ? "" : ` (packet ${packets.join(", ")})`;
  return `${INDENT}${paint(style, `! ${escapeText(diagnostic.text)}${where}`)}`;
}

/** Nanoseconds as milliseconds with three digits that mean something: "0.412 ms", "12.3 ms", "1530 ms". */
export function formatMs(ns: number): string {
  const ms = ns / 1e6;
  return `${ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : ms >= 1 ? 2 : 3)} ms`;
}
