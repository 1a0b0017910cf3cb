/** What a frame's header must keep to, whatever its payload says; each rule in words, "" where it is kept. */
import { FLAG_ACK, FRAME_RULES, SETTINGS } from "./frame-type.js";

/** Streams and the connection (stream 0): RFC 9113 §6.1 to §6.10, each type's own sentence. */
export function streamFault(type: number, streamId: number): string {
  const rule = FRAME_RULES[type];
  if (rule === undefined || rule.stream === "any" || (rule.stream === "zero") === (streamId === 0)) return "";
  return rule.stream === "zero" ? "it belongs to the connection, stream 0" : "it belongs to a stream";
}

/**
 * RFC 9113 §4.2: "An endpoint MUST send an error code of FRAME_SIZE_ERROR if a frame exceeds the size defined in
 * SETTINGS_MAX_FRAME_SIZE, exceeds any limit defined for the frame type, or is too small to contain mandatory frame data."
 */
export function lengthFault(type: number, flags: number, length: number): string {
  const rule = FRAME_RULES[type];
  if (rule === undefined) return "";
  if (length < rule.minLength || length > rule.maxLength)
    return `it has ${rule.minLength === rule.maxLength ? "" : "at least "}${rule.minLength}`;
  if (length % rule.unit !== 0) return `it has a multiple of ${rule.unit}`;
  // §6.5: "Receipt of a SETTINGS frame with the ACK flag set and a length field value other than 0 MUST be treated as a
  // connection error (Section 5.4.1) of type FRAME_SIZE_ERROR."
  if (type === SETTINGS && (flags & FLAG_ACK) !== 0 && length > 0) return "an acknowledgment is empty";
  return "";
}

/** Whether a header may begin a frame at all: what no sender does, says that the bytes are out of step. */
export function isPlausible(type: number, flags: number, length: number, streamId: number, maxLength: number): boolean {
  if (FRAME_RULES[type] === undefined || length > maxLength || (flags & ~FLAG_MASKS[type]) !== 0) return false;
  return streamFault(type, streamId) === "" && lengthFault(type, flags, length) === "";
}

/** The flags that each type defines. */
export const FLAG_MASKS: readonly number[] = FRAME_RULES.map(
  (rule) => rule?.flags.reduce((mask, [bit]) => mask | bit, 0) ?? 0,
);
