/**
 * Frame types, their flags, and what a frame of each type must look like before its payload is read.
 *
 *    +-----------------------------------------------+
 *    |                 Length (24)                   |    RFC 9113 §4.1
 *    +---------------+---------------+---------------+
 *    |   Type (8)    |   Flags (8)   |
 *    +-+-------------+---------------+-------------------------------+
 *    |R|                 Stream Identifier (31)                      |
 *    +=+=============================================================+
 *    |                   Frame Payload (0...)                      ...
 */
export const FRAME_HEADER_LENGTH = 9;

/** RFC 9113 §3.4: every client begins with it. */
export const PREFACE = Uint8Array.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (character) => character.charCodeAt(0));

export const DATA = 0x0;
export const HEADERS = 0x1;
export const PRIORITY = 0x2;
export const RST_STREAM = 0x3;
export const SETTINGS = 0x4;
export const PUSH_PROMISE = 0x5;
export const PING = 0x6;
export const GOAWAY = 0x7;
export const WINDOW_UPDATE = 0x8;
export const CONTINUATION = 0x9;
/** RFC 7838 §4 */
export const ALTSVC = 0xa;
/** RFC 8336 §2 */
export const ORIGIN = 0xc;
/** RFC 9218 §7.1 */
export const PRIORITY_UPDATE = 0x10;

export const FLAG_END_STREAM = 0x1;
export const FLAG_ACK = 0x1;
export const FLAG_END_HEADERS = 0x4;
export const FLAG_PADDED = 0x8;
export const FLAG_PRIORITY = 0x20;

export interface FrameRule {
  readonly name: string;
  /** Section that defines it. */
  readonly spec: string;
  /** "zero": on the connection only; "some": on a stream only. */
  readonly stream: "zero" | "some" | "any";
  readonly minLength: number;
  readonly maxLength: number;
  /** The length is a multiple of it. */
  readonly unit: number;
  /** The flags that have a meaning, by name. */
  readonly flags: readonly (readonly [bit: number, name: string])[];
}

const ANY_LENGTH = 0xffffff;
const END_STREAM = [FLAG_END_STREAM, "END_STREAM"] as const;
const ACK = [FLAG_ACK, "ACK"] as const;
const END_HEADERS = [FLAG_END_HEADERS, "END_HEADERS"] as const;
const PADDED = [FLAG_PADDED, "PADDED"] as const;
const PRIORITY_FLAG = [FLAG_PRIORITY, "PRIORITY"] as const;

function rule(
  name: string,
  spec: string,
  stream: FrameRule["stream"],
  minLength: number,
  maxLength: number,
  flags: FrameRule["flags"] = [],
  unit = 1,
): FrameRule {
  return { name, spec, stream, minLength, maxLength, unit, flags };
}

/** By type; a hole is an extension frame that we do not know. */
export const FRAME_RULES: readonly (FrameRule | undefined)[] = (() => {
  const rules: (FrameRule | undefined)[] = new Array(256).fill(undefined);
  rules[DATA] = rule("DATA", "RFC 9113 §6.1", "some", 0, ANY_LENGTH, [END_STREAM, PADDED]);
  rules[HEADERS] = rule("HEADERS", "RFC 9113 §6.2", "some", 0, ANY_LENGTH, [
    END_STREAM,
    END_HEADERS,
    PADDED,
    PRIORITY_FLAG,
  ]);
  rules[PRIORITY] = rule("PRIORITY", "RFC 9113 §6.3", "some", 5, 5);
  rules[RST_STREAM] = rule("RST_STREAM", "RFC 9113 §6.4", "some", 4, 4);
  rules[SETTINGS] = rule("SETTINGS", "RFC 9113 §6.5", "zero", 0, ANY_LENGTH, [ACK], 6);
  rules[PUSH_PROMISE] = rule("PUSH_PROMISE", "RFC 9113 §6.6", "some", 4, ANY_LENGTH, [END_HEADERS, PADDED]);
  rules[PING] = rule("PING", "RFC 9113 §6.7", "zero", 8, 8, [ACK]);
  rules[GOAWAY] = rule("GOAWAY", "RFC 9113 §6.8", "zero", 8, ANY_LENGTH);
  rules[WINDOW_UPDATE] = rule("WINDOW_UPDATE", "RFC 9113 §6.9", "any", 4, 4);
  rules[CONTINUATION] = rule("CONTINUATION", "RFC 9113 §6.10", "some", 0, ANY_LENGTH, [END_HEADERS]);
  rules[ALTSVC] = rule("ALTSVC", "RFC 7838 §4", "any", 2, ANY_LENGTH);
  rules[ORIGIN] = rule("ORIGIN", "RFC 8336 §2", "zero", 0, ANY_LENGTH);
  rules[PRIORITY_UPDATE] = rule("PRIORITY_UPDATE", "RFC 9218 §7.1", "zero", 4, ANY_LENGTH);
  return rules;
})();

/** "DATA"; "0x21" for a type that has no name. */
export function formatFrameType(type: number): string {
  return FRAME_RULES[type]?.name ?? `0x${type.toString(16).padStart(2, "0")}`;
}

/** The names of the flags that are set, "0x40" for one that the type does not define. */
export function formatFlags(type: number, flags: number): string[] {
  const names: string[] = [];
  const defined = FRAME_RULES[type]?.flags ?? [];
  for (let bit = 1; bit <= 0x80; bit <<= 1) {
    if ((flags & bit) === 0) continue;
    names.push(defined.find(([defines]) => defines === bit)?.[1] ?? `0x${bit.toString(16).padStart(2, "0")}`);
  }
  return names;
}
