/**
 * A frame → its parts besides header block and DATA: the header of 9 bytes, the fixed fields before the payload, padding, and
 * the payloads of RST_STREAM, WINDOW_UPDATE and PRIORITY (frame-type.ts and control-frames.ts draw them).
 */
import { formatErrorCode } from "../http2/error-code.js";
import {
  CONTINUATION,
  DATA,
  FLAG_PADDED,
  FLAG_PRIORITY,
  formatFlags,
  formatFrameType,
  HEADERS,
  PRIORITY,
  PUSH_PROMISE,
  RST_STREAM,
  WINDOW_UPDATE,
} from "../http2/frame-type.js";
import type { Part } from "./span.js";
import type { KeptFrame } from "./stream-log.js";

/** A part and how many bytes it takes. */
export type SizedPart = readonly [length: number, part: Part];

const quote = JSON.stringify;

function part(role: string, name: string, value: unknown, text = `${name} ${value}`): Part {
  return { layer: "http2", role, name, json: quote(value), text, depth: 0 };
}

/** `what`: what its payload is to the call; "" for none. */
export function headerParts({ side, length, type, flags, streamId }: KeptFrame, what: string): SizedPart[] {
  const name = formatFrameType(type);
  const names = formatFlags(type, flags);
  const heading = `${side === 0 ? "client →" : "server ←"} ${name}${what === "" ? "" : `: ${what}`}`;
  const shown = names.length === 0 ? "none" : names.join(", ");
  return [
    [3, { ...part("header", "Length", length), heading, isBlock: true }],
    [1, part("header", "Type", name)],
    [1, part("header", "Flags", names, `Flags ${shown}`)],
    [4, part("header", "Stream Identifier", streamId)],
  ];
}

/** The fixed fields before a fragment of DATA or of a header block, as many as its flags ask for. */
export function prefixParts({ type, flags, padLength, priority, promisedStreamId }: KeptFrame): SizedPart[] {
  const parts: SizedPart[] = [];
  const mayPad = type === DATA || type === HEADERS || type === PUSH_PROMISE;
  if (mayPad && (flags & FLAG_PADDED) !== 0) parts.push([1, part("payload", "Pad Length", padLength)]);
  if (type === PUSH_PROMISE) parts.push([4, part("payload", "Promised Stream ID", promisedStreamId)]);
  if (type === HEADERS && (flags & FLAG_PRIORITY) !== 0) parts.push(...priorityParts(priority));
  return parts;
}

function priorityParts(priority: KeptFrame["priority"]): SizedPart[] {
  const { exclusive = false, dependency = null, weight = null } = priority ?? {};
  const text = `Stream Dependency ${dependency}${exclusive ? ", exclusive" : ""}`;
  return [
    [4, { ...part("payload", "Stream Dependency", dependency, text), more: { exclusive } }],
    [1, part("payload", "Weight", weight)],
  ];
}

export function carriesFragment(type: number): boolean {
  return type === DATA || type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
}

/** The payload of a frame without a fragment; empty where it is not what the type needs, or has no meaning to a stream. */
export function payloadParts({ type, length, errorCode, increment, priority }: KeptFrame): SizedPart[] {
  if (type === RST_STREAM && length === 4 && errorCode !== null)
    return [[4, part("payload", "Error Code", formatErrorCode(errorCode))]];
  if (type === WINDOW_UPDATE && length === 4 && increment !== null)
    return [[4, part("payload", "Window Size Increment", increment)]];
  if (type === PRIORITY && length === 5) return priorityParts(priority);
  return [];
}

export const PADDING: Part = {
  layer: "http2",
  role: "padding",
  name: "Padding",
  json: "null",
  text: "Padding",
  depth: 0,
};

/** Bytes that nobody reads, and why. */
export function unread(why: string): Part {
  return { layer: "data", role: "unread", name: null, json: "null", text: why, depth: 0 };
}

export const LOST: Part = {
  layer: "lost",
  role: "lost",
  name: null,
  json: "null",
  text: "lost: never captured",
  depth: 0,
};
