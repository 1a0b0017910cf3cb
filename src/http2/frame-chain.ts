/**
 * Where frames begin in bytes of which nothing is known: the evidence of a chain of frame headers.
 *
 * Each header that could be one is worth some bits: how unlikely it is that other bytes look like it. Zeros and small numbers
 * are common in every binary format, so a zero byte counts for 2 bits, not 8, and another exact byte for 6. A chain is believed
 * when its bits exceed what is asked and the bits that the number of tried offsets takes back.
 */
import { readU16BE, readU24BE, readU32BE } from "../bytes/integers.js";
import { blockEvidence } from "./block-evidence.js";
import { FLAG_MASKS, lengthFault } from "./frame-check.js";
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
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from "./frame-type.js";
import { DEFAULT_FRAME_SIZE } from "./settings.js";

const ZERO = 2;
const EXACT = 6;
/** A stream id that came before in the chain, or that is known to be open. */
const SAME_STREAM = 14;
/** RFC 9113 §7 ends with 0xd. */
const MAX_ERROR_CODE = 0xd;

/** What is known of the connection, if anything is. */
export interface ChainContext {
  /** Bits for a stream id: more for one that is open or comes next. Negative: it cannot be. */
  streamEvidence(streamId: number): number;
  /** The largest frame that the peer allows, as far as is known. */
  readonly maxFrameSize: number;
}

export const NO_CONTEXT: ChainContext = { streamEvidence: () => 0, maxFrameSize: 0x100000 };

/**
 * Bits of evidence that a frame begins at `buf[at]`; `at + 9 ≤ end`. Negative: none does. What of the payload lies before `end`
 * is looked at too.
 */
export function frameEvidence(buf: Uint8Array, at: number, end: number, context: ChainContext): number {
  const type = buf[at + 3];
  const flags = buf[at + 4];
  if (buf[at + 5] >= 0x80) return -1; // the reserved bit, which nobody sets
  const rule = FRAME_RULES[type];
  if (rule === undefined || (flags & ~FLAG_MASKS[type]) !== 0) return -1;
  const length = readU24BE(buf, at);
  if (length > context.maxFrameSize) return -1;
  const streamId = readU32BE(buf, at + 5);
  if (rule.stream !== "any" && (rule.stream === "zero") !== (streamId === 0)) return -1;
  if (rule.minLength > 0 || rule.unit > 1 || rule.maxLength < 16) {
    if (lengthFault(type, flags, length) !== "") return -1;
  }
  const payload = payloadEvidence(buf, at, end, type, flags, length, streamId);
  if (payload < 0) return -1;
  const fixed = rule.minLength === rule.maxLength;
  let bits = payload + (fixed ? 2 * ZERO + EXACT : length <= DEFAULT_FRAME_SIZE ? ZERO + 1 : 0);
  bits += (type === 0 ? ZERO : EXACT) + (flags === 0 ? ZERO : 4);
  if (streamId === 0) return bits + 4 * ZERO;
  const stream = context.streamEvidence(streamId);
  // an id of three or four bytes is a connection's millionth stream
  return stream < 0 ? -1 : bits + stream + (streamId < 0x10000 ? 2 * ZERO : streamId < 0x1000000 ? ZERO : 0);
}

function payloadEvidence(
  buf: Uint8Array,
  at: number,
  end: number,
  type: number,
  flags: number,
  length: number,
  streamId: number,
): number {
  const start = at + FRAME_HEADER_LENGTH;
  const available = Math.min(length, end - start);
  switch (type) {
    case DATA:
      // nobody sends DATA that neither carries nor ends anything
      if (length === 0) return (flags & FLAG_END_STREAM) !== 0 ? 0 : -1;
      return (flags & FLAG_PADDED) !== 0 && available > 0 && buf[start] >= length ? -1 : 0;
    case HEADERS:
      return available === length && (flags & FLAG_END_HEADERS) !== 0
        ? blockEvidence(buf, start, start + length, flags)
        : 0;
    case CONTINUATION:
      return 0;
    case PUSH_PROMISE:
      return streamId % 2 === 1 ? 1 : -1;
    case RST_STREAM:
      if (available < 4) return 0;
      return readU32BE(buf, start) <= MAX_ERROR_CODE ? 3 * ZERO + 4 : -1;
    case WINDOW_UPDATE:
      if (available < 4) return 0;
      return buf[start] < 0x80 && readU32BE(buf, start) > 0 ? 2 : -1;
    case GOAWAY:
      if (available < 8) return 0;
      return buf[start] < 0x80 && readU32BE(buf, start + 4) <= MAX_ERROR_CODE ? 3 * ZERO + 4 : -1;
    case SETTINGS:
      return (flags & FLAG_ACK) !== 0 ? ZERO : settingsEvidence(buf, start, start + available);
    default:
      return 0;
  }
}

/** Identifiers that have a name are worth something, others little: GREASE and private ones exist. */
function settingsEvidence(buf: Uint8Array, start: number, end: number): number {
  let bits = 0;
  for (let i = start; i + 6 <= end && bits < 24; i += 6) {
    const identifier = readU16BE(buf, i);
    if (identifier >= 1 && identifier <= 9) bits += ZERO + 4;
    else if (identifier === 0) return -1;
  }
  return bits;
}

interface Candidate {
  readonly start: number;
  /** Where its next header has to be. */
  next: number;
  bits: number;
  frames: number;
  /** Stream ids of its frames. */
  readonly streams: Set<number>;
  /** A header block is open: only CONTINUATION on this stream may follow. */
  openBlock: number;
}

/** Chains followed at once: zero-filled bytes begin one at every step, real frames a few. */
const MAX_CANDIDATES = 48;

export interface Chain {
  /** Offset of its first frame. */
  readonly start: number;
  readonly bits: number;
  readonly frames: number;
}

/** Its evidence, less what the offsets tried before take back. */
function net({ start, bits }: Chain): number {
  return bits - Math.log2(start + 1);
}

/** Looks for a chain in bytes that grow at their end. */
export class ChainFinder {
  private candidates: Candidate[] = [];
  /** Offsets below it were tried. */
  private tried = 0;

  /** The highest first byte of a length. */
  private readonly lengthByte: number;

  constructor(private readonly context: ChainContext = NO_CONTEXT) {
    this.lengthByte = context.maxFrameSize >> 16;
  }

  /**
   * The chain in `buf[0, length)` that is believed, the earliest; null: none yet. `neededBits`: the evidence it takes, besides
   * that for the number of offsets tried. The next call must give the same bytes, with more behind them.
   */
  find(buf: Uint8Array, length: number, neededBits: number): Chain | null {
    for (const candidate of this.candidates) this.follow(candidate, buf, length);
    this.candidates = this.candidates.filter(({ next }) => next >= 0);
    const found = this.believed(length, neededBits);
    if (found !== null) return found;
    for (; this.tried + FRAME_HEADER_LENGTH <= length; this.tried++) {
      const at = this.tried;
      // most offsets fail here: the length's first byte, an unknown type, the reserved bit
      if (buf[at] > this.lengthByte || buf[at + 3] > 0x10 || buf[at + 5] >= 0x80 || buf[at + 3] === CONTINUATION)
        continue;
      if (frameEvidence(buf, at, length, this.context) < 0) continue;
      const candidate: Candidate = { start: at, next: at, bits: 0, frames: 0, streams: new Set(), openBlock: 0 };
      this.follow(candidate, buf, length);
      if (candidate.next < 0) continue;
      this.add(candidate);
      if (this.isBelieved(candidate, length, neededBits)) return candidate;
    }
    return null;
  }

  /** The chain with the most evidence so far, whatever that is. */
  best(buf: Uint8Array, length: number): Chain | null {
    this.find(buf, length, Number.POSITIVE_INFINITY);
    let best: Candidate | null = null;
    for (const candidate of this.candidates) {
      if (best === null || net(candidate) > net(best)) best = candidate;
    }
    return best;
  }

  /** The first `count` bytes are gone. */
  forget(count: number): void {
    this.tried = Math.max(0, this.tried - count);
    this.candidates = this.candidates
      .filter(({ start }) => start >= count)
      .map((candidate) => ({ ...candidate, start: candidate.start - count, next: candidate.next - count }));
  }

  private believed(length: number, neededBits: number): Candidate | null {
    return this.candidates.find((candidate) => this.isBelieved(candidate, length, neededBits)) ?? null;
  }

  private isBelieved({ start, next, bits }: Candidate, length: number, neededBits: number): boolean {
    // senders end what they write at a frame's end
    const aligned = next === length ? EXACT : 0;
    return bits + aligned >= neededBits + Math.log2(start + 1);
  }

  private add(candidate: Candidate): void {
    if (this.candidates.length >= MAX_CANDIDATES) {
      let weakest = 0;
      for (let i = 1; i < this.candidates.length; i++) {
        if (this.candidates[i].bits < this.candidates[weakest].bits) weakest = i;
      }
      if (this.candidates[weakest].bits >= candidate.bits) return;
      this.candidates.splice(weakest, 1);
    }
    this.candidates.push(candidate);
  }

  /** Goes on along a chain as far as the bytes reach; `next` is -1 when it breaks. */
  private follow(candidate: Candidate, buf: Uint8Array, length: number): void {
    while (candidate.next + FRAME_HEADER_LENGTH <= length) {
      const at = candidate.next;
      const next = at + FRAME_HEADER_LENGTH + readU24BE(buf, at);
      let bits = frameEvidence(buf, at, length, this.context);
      // of other frames than DATA the payload is evidence too, once it is here
      if (bits >= 0 && buf[at + 3] !== DATA && next > length) return;
      const type = buf[at + 3];
      const streamId = readU32BE(buf, at + 5);
      const continues = type === CONTINUATION && streamId === candidate.openBlock;
      if (bits < 0 || (candidate.openBlock !== 0 || type === CONTINUATION ? !continues : false)) {
        candidate.next = -1;
        return;
      }
      if (streamId !== 0) {
        if (candidate.streams.has(streamId)) bits += SAME_STREAM;
        else if (candidate.streams.size < 64) candidate.streams.add(streamId);
      }
      const opens = type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
      candidate.openBlock = opens && (buf[at + 4] & FLAG_END_HEADERS) === 0 ? streamId : 0;
      candidate.bits += bits;
      candidate.frames++;
      candidate.next = next;
    }
  }
}
