/**
 * How much nine bytes look like a frame header, in bits: how unlikely they are as such bytes (byte-costs.ts), less how unlikely
 * they are as a frame of HTTP/2. So bytes that are no HTTP/2 reach n bits at most once in 2^n places.
 */
import { readU16BE, readU24BE, readU32BE } from "../bytes/integers.js";
import { blockEvidence } from "./block-evidence.js";
import { type ByteCosts, IMPOSSIBLE } from "./byte-costs.js";
import { FLAG_MASKS, lengthFault, streamFault } from "./frame-check.js";
import {
  CONTINUATION,
  DATA,
  FLAG_ACK,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FLAG_PADDED,
  FRAME_HEADER_LENGTH,
  FRAME_RULES,
  GOAWAY,
  HEADERS,
  PING,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from "./frame-type.js";

const NO_EVIDENCE = Number.POSITIVE_INFINITY;

/** What is known of the connection, if anything is. */
export interface ChainContext {
  /** How unlikely it is that a frame of this type belongs to this stream, in bits; null: nothing is known of it. */
  streamCost(streamId: number, type: number): number | null;
  /** The largest frame that the peer allows, as far as is known. */
  readonly maxFrameSize: number;
}

/** A late joiner knows no SETTINGS_MAX_FRAME_SIZE: 1 MiB is the largest that common peers announce (Go's net/http). */
export const LIKELY_FRAME_SIZE = 0x100000;

export const NO_CONTEXT: ChainContext = { streamCost: () => null, maxFrameSize: LIKELY_FRAME_SIZE };

/**
 * How rare a type is among the frames of a gRPC connection, in bits, with the flags that it has. Those that hardly any connection
 * has are no evidence, as what looks like them is more often something else.
 */
const TYPE_COSTS = new Float64Array(256).fill(NO_EVIDENCE);
TYPE_COSTS[DATA] = 2.5;
TYPE_COSTS[HEADERS] = 3;
TYPE_COSTS[RST_STREAM] = 5;
TYPE_COSTS[SETTINGS] = 5;
TYPE_COSTS[PING] = 5;
TYPE_COSTS[WINDOW_UPDATE] = 2;
TYPE_COSTS[CONTINUATION] = 1; // counted only where one has to be

/** Servers that push are as good as extinct, so streams of theirs with even numbers are one in sixty-four. */
const EVEN_STREAM_COST = 6;

/** A length from 0 to 16,384, each power of two as likely as the next: log2(14) + log2(length). */
function lengthCost(length: number): number {
  return 4 + Math.log2(length + 1);
}

/** A stream id, likewise: log2(31) + log2(id). */
function streamCost(streamId: number): number {
  return 5 + Math.log2(streamId) + (streamId % 2 === 0 ? EVEN_STREAM_COST : 0);
}

/** RFC 9113 §7 ends with 0xd: 14 codes. */
const ERROR_CODES = 14;
const ERROR_CODE_COST = Math.log2(ERROR_CODES);

/** The least that an identifier and a value of SETTINGS cost: nine have a name. */
const SETTING_COST = 4;

/** Five bytes that say exactly how long the frame is. */
const GRPC_PREFIX_COST = 3;

/** Whether nine bytes can be a frame header at all. */
export function isHeader(buf: Uint8Array, at: number, context: ChainContext): boolean {
  const type = buf[at + 3];
  const flags = buf[at + 4];
  // the reserved bit, types that have no name and flags that have no meaning: nobody sends them
  if (buf[at + 5] >= 0x80 || (flags & ~FLAG_MASKS[type]) !== 0 || FRAME_RULES[type] === undefined) return false;
  const length = readU24BE(buf, at);
  // nor DATA that neither carries nor ends anything
  if (length > context.maxFrameSize || (length === 0 && type === DATA && (flags & FLAG_END_STREAM) === 0)) return false;
  return streamFault(type, readU32BE(buf, at + 5)) === "" && lengthFault(type, flags, length) === "";
}

/** Negative infinity: no frame begins there. `streamSeen`: the stream came before in the chain. */
export function frameEvidence(
  buf: Uint8Array,
  at: number,
  end: number,
  costs: ByteCosts,
  context: ChainContext,
  streamSeen: boolean,
): number {
  if (!isHeader(buf, at, context)) return IMPOSSIBLE;
  const type = buf[at + 3];
  const flags = buf[at + 4];
  const rule = FRAME_RULES[type]!;
  const length = readU24BE(buf, at);
  const streamId = readU32BE(buf, at + 5);
  const payload = payloadEvidence(buf, at + FRAME_HEADER_LENGTH, end, type, flags, length, streamId, costs);
  if (payload === IMPOSSIBLE) return IMPOSSIBLE;
  let cost = TYPE_COSTS[type];
  if (cost === NO_EVIDENCE) return 0;
  if (rule.minLength !== rule.maxLength) cost += lengthCost(rule.unit > 1 ? length / rule.unit : length);
  if (rule.stream === "any") cost += 1;
  if (streamId !== 0) cost += streamSeen ? 3 : (context.streamCost(streamId, type) ?? streamCost(streamId));
  return costs.of(buf, at, at + FRAME_HEADER_LENGTH) - cost + payload;
}

function payloadEvidence(
  buf: Uint8Array,
  start: number,
  end: number,
  type: number,
  flags: number,
  length: number,
  streamId: number,
  costs: ByteCosts,
): number {
  const whole = length <= end - start;
  switch (type) {
    case DATA:
      return dataEvidence(buf, start, end, flags, length, costs);
    case HEADERS:
      if (!whole || (flags & FLAG_END_HEADERS) === 0) return 0;
      return blockEvidence(buf, start, start + length, flags, costs);
    case PUSH_PROMISE:
      return streamId % 2 === 1 ? 0 : IMPOSSIBLE;
    case RST_STREAM:
      if (!whole) return 0;
      if (readU32BE(buf, start) >= ERROR_CODES) return IMPOSSIBLE;
      return costs.of(buf, start, start + 4) - ERROR_CODE_COST;
    case WINDOW_UPDATE:
      if (!whole) return 0;
      return buf[start] < 0x80 && readU32BE(buf, start) > 0 ? 0 : IMPOSSIBLE;
    case GOAWAY:
      if (end - start < 8) return 0;
      return buf[start] >= 0x80 || readU32BE(buf, start + 4) >= ERROR_CODES ? IMPOSSIBLE : 0;
    case SETTINGS:
      return whole ? settingsEvidence(buf, start, start + length, (flags & FLAG_ACK) !== 0, costs) : 0;
    default:
      return 0;
  }
}

function dataEvidence(
  buf: Uint8Array,
  start: number,
  end: number,
  flags: number,
  length: number,
  costs: ByteCosts,
): number {
  if ((flags & FLAG_PADDED) !== 0) return end > start && buf[start] >= length ? IMPOSSIBLE : 0;
  return isGrpcMessage(buf, start, end, length) ? costs.of(buf, start, start + 5) - GRPC_PREFIX_COST : 0;
}

/** A length prefix of gRPC that says just how long the frame is. */
export function isGrpcMessage(buf: Uint8Array, start: number, end: number, length: number): boolean {
  return length >= 5 && end - start >= 5 && buf[start] <= 1 && readU32BE(buf, start + 1) === length - 5;
}

/** Identifiers that have a name are worth something, others nothing: private ones and GREASE exist. Zero is none. */
function settingsEvidence(buf: Uint8Array, start: number, end: number, ack: boolean, costs: ByteCosts): number {
  if (ack) return 0;
  let bits = 0;
  for (let i = start; i + 6 <= end; i += 6) {
    const identifier = readU16BE(buf, i);
    if (identifier === 0) return IMPOSSIBLE;
    if (identifier <= 9) bits += costs.of(buf, i, i + 2) - SETTING_COST;
  }
  return bits;
}
