/** `cal-inspect frames`, for people: one line per frame. */
import { formatPacket } from "../call/packet-names.js";
import type { FrameField, FramePayload, FrameRecord } from "../engine/frame-record.js";
import { escapeText, quoteText } from "./escape.js";
import type { Output, Write } from "./output.js";
import type { Paint, PaintStyle } from "./paint.js";

const STYLES: Readonly<Record<string, PaintStyle>> = {
  HEADERS: "cyan",
  CONTINUATION: "cyan",
  PUSH_PROMISE: "cyan",
  DATA: "green",
  RST_STREAM: "red",
  GOAWAY: "red",
};

export function createFramesTextOutput(write: Write, paint: Paint, merged: readonly string[] | null = null): Output {
  return { frame: (frame) => write(`${formatFrameLine(frame, paint, merged)}\n`), end: () => {} };
}

/** The line without its end. */
export function formatFrameLine(frame: FrameRecord, paint: Paint, merged: readonly string[] | null): string {
  const { time, connection, side, stream, type, flags, length, headers, packets } = frame;
  const words = [
    paint("dim", time.slice(11, -1)),
    `#${connection}`,
    side === "client" ? "client →" : "server ←",
    `stream ${stream}`,
    paint(STYLES[type] ?? "bold", type),
    ...flags,
    `${length} bytes`,
  ];
  if (!frame.complete) words.push(paint("yellow", "(not whole)"));
  const says = [...payloadParts(frame.says), ...(headers ?? []).map(fieldText)];
  if (!frame.headersComplete) says.push(paint("yellow", "(fields are missing)"));
  const numbers = packets.map((packet) => escapeText(formatPacket(packet, merged)));
  const where = packets.length === 0 ? "" : paint("dim", ` (packet ${shorten(numbers)})`);
  return `${words.join(" ")}${says.length === 0 ? "" : `: ${says.join(", ")}`}${where}`;
}

function shorten(numbers: readonly string[]): string {
  return numbers.length <= 4 ? numbers.join(", ") : `${numbers[0]} … ${numbers.at(-1)}`;
}

function fieldText({ name, value, placeholder, inferred }: FrameField): string {
  const left = name === null ? `?${placeholder}` : escapeText(name);
  const right = value === null ? `?${name === null ? "" : placeholder}` : quoteText(value);
  return `${left}=${right}${inferred ? " (inferred)" : ""}`;
}

function payloadParts(says: FramePayload): string[] {
  const parts: string[] = [];
  const { priority, settings = [], messages = [] } = says;
  if (says.padLength !== undefined) parts.push(`padding ${says.padLength}`);
  if (priority !== undefined) {
    const { dependency, weight, exclusive } = priority;
    parts.push(`depends on ${dependency}${exclusive ? " exclusively" : ""}, weight ${weight}`);
  }
  for (const [name, value] of settings) parts.push(`${name} ${value}`);
  if (says.promisedStream !== undefined) parts.push(`promises stream ${says.promisedStream}`);
  if (says.prioritizedStream !== undefined) parts.push(`of stream ${says.prioritizedStream}`);
  if (says.lastStream !== undefined) parts.push(`last stream ${says.lastStream}`);
  if (says.errorCode !== undefined) parts.push(says.errorCode);
  if (says.debugData !== undefined && says.debugData !== "") parts.push(quoteText(says.debugData));
  if (says.increment !== undefined) parts.push(`+${says.increment}`);
  if (says.opaque !== undefined) parts.push(says.opaque);
  if (says.origin !== undefined) parts.push(`origin ${quoteText(says.origin)}`);
  if (says.origins !== undefined) parts.push(...says.origins.map(quoteText));
  if (says.fieldValue !== undefined) parts.push(quoteText(says.fieldValue));
  for (const { compressed, length } of messages)
    parts.push(`message of ${length} bytes${compressed ? ", compressed" : ""}`);
  return parts;
}
