/**
 * Where frames begin in bytes of which nothing is known: a chain of frame headers, each where the one before says, is looked for
 * at every offset. It is believed when the evidence of its frames (frame-evidence.ts) exceeds what is asked and the bits that
 * the number of offsets tried takes back.
 */
import { readU24BE, readU32BE } from "../bytes/integers.js";
import { ByteCosts, IMPOSSIBLE } from "./byte-costs.js";
import { type ChainContext, frameEvidence, isGrpcMessage, isHeader, NO_CONTEXT } from "./frame-evidence.js";
import {
  CONTINUATION,
  DATA,
  FLAG_ACK,
  FLAG_END_HEADERS,
  FRAME_HEADER_LENGTH,
  HEADERS,
  PRIORITY_UPDATE,
  PUSH_PROMISE,
  SETTINGS,
} from "./frame-type.js";
import { PassedOffsets } from "./passed-offsets.js";

/** Senders end what they write at a frame's end; other bytes end there once in 64 times or less. */
const ENDS_WITH_BYTES = 6;

/** SETTINGS that count as evidence in a chain: a connection has a few. */
const MAX_SETTINGS = 2;

/** Evidence with which a chain is given up: one that begins further on has more. */
const TOO_FEW_BITS = -64;

/** Stream ids that are remembered of a chain. */
const MAX_STREAMS = 64;

export interface Chain {
  /** Offset of its first frame. */
  readonly start: number;
  readonly bits: number;
  readonly frames: number;
  /** Frames of more than one type, or DATA whose gRPC prefix says just the frame's length, twice: no mere table of numbers. */
  readonly isVaried: boolean;
}

class Candidate implements Chain {
  bits = 0;
  frames = 0;
  /** Where its next header has to be; -1: it broke. */
  next: number;
  private readonly streams = new Set<number>();
  /** A header block is open: only CONTINUATION on this stream may follow. */
  private openBlock = 0;
  private firstType = -1;
  private types = 0;
  private grpcMessages = 0;
  private settings = 0;

  constructor(
    readonly start: number,
    private readonly costs: ByteCosts,
    private readonly context: ChainContext,
    /** Is told where it comes; null: it is followed whatever its evidence. */
    private readonly passed: PassedOffsets | null,
  ) {
    this.next = start;
  }

  get isVaried(): boolean {
    return this.types > 1 || this.grpcMessages > 1;
  }

  /** Goes on along the chain as far as the bytes reach, or until it is believed. */
  follow(buf: Uint8Array, length: number, neededBits: number): void {
    while (this.next >= 0 && this.next + FRAME_HEADER_LENGTH <= length && netBits(this) < neededBits) {
      if (!this.step(buf, this.next, length)) return;
    }
  }

  /** False: the frame is not all here yet, or there is none. */
  private step(buf: Uint8Array, at: number, length: number): boolean {
    const type = buf[at + 3];
    const streamId = readU32BE(buf, at + 5);
    const seen = this.streams.has(streamId);
    const bits = frameEvidence(buf, at, length, this.costs, this.context, seen);
    const continues = type === CONTINUATION && streamId === this.openBlock;
    if (bits === IMPOSSIBLE || (type === CONTINUATION || this.openBlock !== 0 ? !continues : false)) {
      this.next = -1;
      return false;
    }
    const payload = at + FRAME_HEADER_LENGTH;
    const frameLength = readU24BE(buf, at);
    // of other frames than DATA the payload is evidence too, once it is here
    if (type !== DATA && payload + frameLength > length) return false;
    if (streamId !== 0 && this.streams.size < MAX_STREAMS) this.streams.add(streamId);
    const opens = type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
    this.openBlock = opens && (buf[at + 4] & FLAG_END_HEADERS) === 0 ? streamId : 0;
    if (type === DATA && isGrpcMessage(buf, payload, length, frameLength)) this.grpcMessages++;
    if (this.firstType < 0) this.firstType = type;
    if (this.types < 2 && (this.types === 0 || type !== this.firstType)) this.types++;
    const settings = type === SETTINGS && (buf[at + 4] & FLAG_ACK) === 0;
    if (!settings || ++this.settings <= MAX_SETTINGS) this.bits += bits;
    this.frames++;
    this.next = payload + frameLength;
    if (this.passed !== null) this.pass(this.passed);
    return true;
  }

  private pass(passed: PassedOffsets): void {
    if (this.openBlock === 0) passed.note(this.next, this.bits);
    if (this.bits < TOO_FEW_BITS) this.next = -1;
  }
}

/** Chains followed at once: zero-filled bytes begin one at every step, real frames a few. */
const MAX_CANDIDATES = 48;

/** Its evidence, less what the offsets tried before take back. */
export function netBits({ start, bits }: Chain): number {
  return bits - Math.log2(start + 1);
}

/** A short chain's own bytes say much of what they are like, so little is thought of as seen before them. */
const LOCAL_PRIOR_BYTES = 32;

/** Chains of less evidence are not believed anyhow. */
const WORTH_WEIGHING = 8;

/** A longer chain is weighed again when it has grown by a sixteenth, so that it is not gone through for each of its frames. */
const LONG_CHAIN = 2048;
const GROWTH = 1 / 16;

/** Looks for a chain in bytes that grow at their end. */
export class ChainFinder {
  private candidates: Candidate[] = [];
  /** Offsets below it were tried. */
  private tried = 0;
  private readonly costs = new ByteCosts();
  private readonly passed = new PassedOffsets();
  /** What `best` weighed last: the chain, how long it was, and what came of it. */
  private weighed: { readonly of: Candidate; readonly length: number; readonly chain: Candidate } | null = null;
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
    this.search(buf, length, neededBits);
    return this.candidates.find((candidate) => isBelieved(candidate, length, neededBits)) ?? null;
  }

  /**
   * The chain with the most evidence so far, whatever that is, weighed by what all bytes are like and by what its own are like,
   * whichever says less: a table of small numbers inside other bytes is no evidence.
   */
  best(buf: Uint8Array, length: number): Chain | null {
    this.search(buf, length, Number.POSITIVE_INFINITY);
    let best: Candidate | null = null;
    for (const candidate of this.candidates) {
      if (candidate.frames > 0 && (best === null || netBits(candidate) > netBits(best))) best = candidate;
    }
    if (best === null || netBits(best) < WORTH_WEIGHING) return best;
    return this.weigh(best, buf, length);
  }

  /** The first `count` bytes are gone. */
  forget(count: number): void {
    // a chain that began in them may go on in what is left
    this.tried = 0;
    this.candidates = [];
    this.passed.clear();
    this.weighed = null;
    this.costs.forget(count);
  }

  private weigh(best: Candidate, buf: Uint8Array, length: number): Candidate {
    const { weighed } = this;
    const end = Math.min(length, best.next);
    const ofChain = end - best.start;
    if (weighed?.of === best && ofChain > LONG_CHAIN && ofChain < weighed.length * (1 + GROWTH)) return weighed.chain;
    const costs = new ByteCosts(LOCAL_PRIOR_BYTES);
    costs.count(buf.subarray(best.start, end), ofChain);
    const chain = new Candidate(best.start, costs, this.context, null);
    chain.follow(buf, length, Number.POSITIVE_INFINITY);
    chain.bits = Math.min(chain.bits, best.bits);
    this.weighed = { of: best, length: ofChain, chain };
    return chain;
  }

  /** Follows the chains that are known, and tries the offsets that were not tried; ends early at one that is believed. */
  private search(buf: Uint8Array, length: number, neededBits: number): void {
    this.costs.count(buf, length);
    for (const candidate of this.candidates) candidate.follow(buf, length, neededBits);
    this.candidates = this.candidates.filter(({ next }) => next >= 0);
    if (this.candidates.some((candidate) => isBelieved(candidate, length, neededBits))) return;
    for (; this.tried + FRAME_HEADER_LENGTH <= length; this.tried++) {
      const at = this.tried;
      const type = buf[at + 3];
      // most offsets fail here: the length's first byte, a type that has no name, the reserved bit
      if (buf[at] > this.lengthByte || type > PRIORITY_UPDATE || buf[at + 5] >= 0x80 || type === CONTINUATION) continue;
      if (this.passed.has(at) || !isHeader(buf, at, this.context)) continue;
      const candidate = new Candidate(at, this.costs, this.context, this.passed);
      candidate.follow(buf, length, neededBits);
      if (candidate.next < 0) continue;
      this.add(candidate);
      if (isBelieved(candidate, length, neededBits)) return;
    }
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
}

function isBelieved(candidate: Candidate, length: number, neededBits: number): boolean {
  const aligned = candidate.next === length ? ENDS_WITH_BYTES : 0;
  return netBits(candidate) + aligned >= neededBits;
}
