/**
 * SETTINGS (RFC 9113 §6.5): what each side asks of the other, and from when on it holds.
 *
 *    +-------------------------------+
 *    |       Identifier (16)         |    six bytes a setting
 *    +-------------------------------+-------------------------------+
 *    |                        Value (32)                             |
 *    +---------------------------------------------------------------+
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { readU16BE, readU32BE } from "../bytes/integers.js";

export const HEADER_TABLE_SIZE = 0x1;
export const ENABLE_PUSH = 0x2;
export const MAX_CONCURRENT_STREAMS = 0x3;
export const INITIAL_WINDOW_SIZE = 0x4;
export const MAX_FRAME_SIZE = 0x5;
export const MAX_HEADER_LIST_SIZE = 0x6;
/** RFC 8441 §3: extended CONNECT. */
export const ENABLE_CONNECT_PROTOCOL = 0x8;
/** RFC 9218 §2.1. */
export const NO_RFC7540_PRIORITIES = 0x9;

export const SETTING_LENGTH = 6;
export const DEFAULT_WINDOW_SIZE = 65_535;
export const DEFAULT_FRAME_SIZE = 16_384;
export const MAX_WINDOW_SIZE = 0x7fffffff;
export const LARGEST_FRAME_SIZE = 0xffffff;

const NAMES = new Map([
  [HEADER_TABLE_SIZE, "HEADER_TABLE_SIZE"],
  [ENABLE_PUSH, "ENABLE_PUSH"],
  [MAX_CONCURRENT_STREAMS, "MAX_CONCURRENT_STREAMS"],
  [INITIAL_WINDOW_SIZE, "INITIAL_WINDOW_SIZE"],
  [MAX_FRAME_SIZE, "MAX_FRAME_SIZE"],
  [MAX_HEADER_LIST_SIZE, "MAX_HEADER_LIST_SIZE"],
  [ENABLE_CONNECT_PROTOCOL, "ENABLE_CONNECT_PROTOCOL"],
  [NO_RFC7540_PRIORITIES, "NO_RFC7540_PRIORITIES"],
]);

/** "INITIAL_WINDOW_SIZE"; "0xfe03" for an identifier that has no name. */
export function formatSetting(identifier: number): string {
  return NAMES.get(identifier) ?? `0x${identifier.toString(16).padStart(4, "0")}`;
}

export type Setting = readonly [identifier: number, value: number];

export function parseSettings(buf: Uint8Array, start: number, end: number): Setting[] {
  const settings: Setting[] = [];
  for (let i = start; i + SETTING_LENGTH <= end; i += SETTING_LENGTH) {
    settings.push([readU16BE(buf, i), readU32BE(buf, i + 2)]);
  }
  return settings;
}

/** The rule of §6.5.2 or of the extension's RFC that a value of `side` breaks; "" when it keeps to all. */
export function settingFault(identifier: number, value: number, side: Side): string {
  switch (identifier) {
    case ENABLE_PUSH:
      // §6.5.2: "A server MUST NOT explicitly set this value to 1."
      if (side === 1 && value === 1) return "a server never sets it to 1";
      return value > 1 ? "it is 0 or 1" : "";
    case ENABLE_CONNECT_PROTOCOL:
    case NO_RFC7540_PRIORITIES:
      return value > 1 ? "it is 0 or 1" : "";
    case INITIAL_WINDOW_SIZE:
      return value > MAX_WINDOW_SIZE ? "it is at most 2^31 - 1" : "";
    case MAX_FRAME_SIZE:
      return value < DEFAULT_FRAME_SIZE || value > LARGEST_FRAME_SIZE ? "it is from 2^14 to 2^24 - 1" : "";
    default:
      return "";
  }
}

/** SETTINGS frames that wait for their ACK: past 64 the oldest counts as acknowledged. */
const MAX_PENDING = 64;

/** What one side asked of the other. */
export class SideSettings {
  /** As acknowledged by the other side. */
  readonly values = new Map<number, number>();
  /** The largest MAX_FRAME_SIZE that was ever sent: the other side may use it as soon as it has seen it. */
  largestFrameSize = DEFAULT_FRAME_SIZE;
  /** Sent and not acknowledged yet, oldest first: of each setting that has a meaning, the last value. */
  private readonly pending: Map<number, number>[] = [];

  send(settings: readonly Setting[]): void {
    const known = new Map<number, number>();
    for (const [identifier, value] of settings) {
      if (NAMES.has(identifier)) known.set(identifier, value);
      if (identifier === MAX_FRAME_SIZE) this.largestFrameSize = Math.max(this.largestFrameSize, value);
    }
    this.pending.push(known);
    if (this.pending.length > MAX_PENDING) this.acknowledge();
  }

  /** The other side's ACK: what it now keeps to; null when nothing waits for one. */
  acknowledge(): ReadonlyMap<number, number> | null {
    const settings = this.pending.shift() ?? null;
    if (settings === null) return null;
    for (const [identifier, value] of settings) this.values.set(identifier, value);
    return settings;
  }
}
