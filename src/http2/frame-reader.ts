/**
 * The bytes of one side → frames, cut anywhere.
 *
 * Contract for speed: a payload that lies whole in the pushed buffer is handed on as a range of it. DATA and header fragments
 * are never gathered here: they are handed on piece by piece with their padding taken off. Only the 9 bytes of a frame header,
 * the few fixed bytes before a fragment, and a short control frame are copied, when a cut falls into them.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { readU24BE, readU32BE } from "../bytes/integers.js";
import {
  CONTINUATION,
  DATA,
  FLAG_PADDED,
  FLAG_PRIORITY,
  FRAME_HEADER_LENGTH,
  HEADERS,
  PREFACE,
  PUSH_PROMISE,
} from "./frame-type.js";
import type { Stream } from "./stream.js";

/** Control payloads longer than this are handed over cut: the default SETTINGS_MAX_FRAME_SIZE holds 2,730 settings. */
const MAX_CONTROL_BYTES = 16_384;
/** A buffer grown beyond this is not kept for the next frame: there may be many connections. */
const USUAL_CONTROL_BYTES = 64;

export interface FrameHandler {
  /** The header is read. False: this can be no frame, the bytes are out of step. */
  frameStart(frame: FrameReader): boolean;
  /** The fixed fields before a fragment: Pad Length, priority, promised stream; `buf[start, end)`. */
  framePrefix(frame: FrameReader, buf: Uint8Array, start: number, end: number): void;
  /** The next piece of DATA or of a header block fragment; `last`: the fragment's end. */
  framePiece(
    frame: FrameReader,
    buf: Uint8Array,
    start: number,
    end: number,
    at: number,
    timeNs: number,
    last: boolean,
  ): void;
  /** The payload of any other frame, whole unless longer than 16 KiB. */
  framePayload(frame: FrameReader, buf: Uint8Array, start: number, end: number, timeNs: number): void;
  /** Its last byte is read. */
  frameEnd(frame: FrameReader, timeNs: number): void;
  /** The capture lacks `length` bytes of its DATA or header block fragment; or, of another frame, something of its payload. */
  frameGap(frame: FrameReader, length: number, timeNs: number): void;
  /** The connection preface differs from PREFACE. */
  prefaceInvalid(frame: FrameReader): void;
}

const PREFACE_PHASE = 0;
const HEADER_PHASE = 1;
const PREFIX_PHASE = 2;
const BODY_PHASE = 3;
const CONTROL_PHASE = 4;
const SKIP_PHASE = 5;

export class FrameReader {
  /** Of the current frame: see FrameView. */
  at = 0;
  startNs = 0;
  length = 0;
  type = 0;
  flags = 0;
  streamId = 0;
  padLength = 0;
  /** More padding than there is payload. */
  paddingTooLong = false;
  complete = true;
  /** The handler's: whether it has told this frame, and the stream that it found for it. */
  told = false;
  stream: Stream | null = null;

  private phase: number;
  /** The header just read can be none. */
  private outOfStep = false;
  /** Bytes of the current phase that are held in `held`. */
  private have = 0;
  private held = new Uint8Array(FRAME_HEADER_LENGTH);
  /** Bytes of the payload that were not read yet; and of its fragment, without padding. */
  private payloadLeft = 0;
  private bodyLeft = 0;

  constructor(
    readonly side: Side,
    private readonly handler: FrameHandler,
    expectPreface: boolean,
  ) {
    this.phase = expectPreface ? PREFACE_PHASE : HEADER_PHASE;
  }

  /** Returns how far it came: `end`, or behind a frame header that can be none. */
  data(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): number {
    let i = start;
    while (i < end) {
      switch (this.phase) {
        case HEADER_PHASE:
          i = this.header(buf, i, end, at + i - start, timeNs);
          break;
        case BODY_PHASE:
          i = this.body(buf, i, end, at + i - start, timeNs);
          break;
        case CONTROL_PHASE:
          i = this.control(buf, i, end, timeNs);
          break;
        case PREFIX_PHASE:
          i = this.prefix(buf, i, end);
          break;
        case SKIP_PHASE: {
          const skipped = Math.min(this.payloadLeft, end - i);
          this.payloadLeft -= skipped;
          i += skipped;
          break;
        }
        default:
          i = this.preface(buf, i, end);
          continue;
      }
      if (this.outOfStep) {
        this.reset();
        return i;
      }
      if (this.phase !== HEADER_PHASE) this.settle(timeNs);
    }
    return i;
  }

  /**
   * `length` bytes are missing in the capture. True: they lay inside the current frame, and what follows them is known; false:
   * the next frame may begin anywhere.
   */
  gap(length: number, timeNs: number): boolean {
    if (this.phase === HEADER_PHASE || this.phase === PREFACE_PHASE) {
      this.reset();
      return false;
    }
    const lost = Math.min(length, this.payloadLeft);
    this.complete = false;
    this.payloadLeft -= lost;
    let body = lost;
    if (this.phase === BODY_PHASE) {
      body = Math.min(lost, this.bodyLeft);
      this.bodyLeft -= body;
    } else if (this.phase === SKIP_PHASE) body = 0;
    else {
      // what a prefix says of padding is gone, so all that is left of the frame means nothing; likewise half a control frame
      body = lost + this.payloadLeft;
      this.phase = SKIP_PHASE;
    }
    if (body > 0) this.handler.frameGap(this, body, timeNs);
    const ended = this.payloadLeft === 0;
    if (ended) this.end(timeNs);
    return !ended || length === lost;
  }

  /** A frame's header was read, and its payload is not at its end. */
  get isInFrame(): boolean {
    return this.phase > HEADER_PHASE;
  }

  /** Back to where a frame header begins. */
  reset(): void {
    this.phase = HEADER_PHASE;
    this.have = 0;
    this.outOfStep = false;
    this.stream = null;
  }

  /** Drops the payload of the current frame, which means nothing. To be called in `frameStart`. */
  skip(): void {
    this.phase = SKIP_PHASE;
  }

  private header(buf: Uint8Array, i: number, end: number, at: number, timeNs: number): number {
    if (this.have === 0) {
      this.at = at;
      this.startNs = timeNs;
      if (end - i >= FRAME_HEADER_LENGTH) {
        this.begin(buf, i);
        return i + FRAME_HEADER_LENGTH;
      }
    }
    const next = this.hold(buf, i, end, FRAME_HEADER_LENGTH);
    if (this.have < FRAME_HEADER_LENGTH) return next;
    this.have = 0;
    this.begin(this.held, 0);
    return next;
  }

  private begin(buf: Uint8Array, i: number): void {
    const length = readU24BE(buf, i);
    const type = buf[i + 3];
    this.length = length;
    this.type = type;
    this.flags = buf[i + 4];
    // §4.1: "A reserved 1-bit field … MUST be ignored when receiving."
    this.streamId = readU32BE(buf, i + 5) & 0x7fffffff;
    this.payloadLeft = length;
    this.padLength = 0;
    this.paddingTooLong = false;
    this.complete = true;
    this.told = false;
    if (type > HEADERS && type !== PUSH_PROMISE && type !== CONTINUATION) this.phase = CONTROL_PHASE;
    else if (this.prefixLength() > 0) this.phase = PREFIX_PHASE;
    else {
      this.bodyLeft = length;
      this.phase = BODY_PHASE;
    }
    if (!this.handler.frameStart(this)) this.outOfStep = true;
  }

  private prefixLength(): number {
    if (this.type === CONTINUATION) return 0;
    const padded = (this.flags & FLAG_PADDED) !== 0 ? 1 : 0;
    if (this.type === DATA) return padded;
    if (this.type === PUSH_PROMISE) return padded + 4;
    return padded + ((this.flags & FLAG_PRIORITY) !== 0 ? 5 : 0);
  }

  private prefix(buf: Uint8Array, i: number, end: number): number {
    const needed = Math.min(this.prefixLength(), this.length);
    const next = this.hold(buf, i, end, needed);
    this.payloadLeft -= next - i;
    if (this.have < needed) return next;
    this.have = 0;
    this.endPrefix(needed);
    return next;
  }

  private endPrefix(needed: number): void {
    const padded = (this.flags & FLAG_PADDED) !== 0 && needed > 0;
    this.padLength = padded ? this.held[0] : 0;
    const body = this.payloadLeft - this.padLength;
    // §6.1: "If the length of the padding is the length of the frame payload or greater, the recipient MUST treat this as a
    // connection error"; a payload too short for its fixed fields is no better.
    this.paddingTooLong = body < 0 || needed < this.prefixLength();
    this.bodyLeft = Math.max(0, body);
    this.phase = BODY_PHASE;
    this.handler.framePrefix(this, this.held, padded ? 1 : 0, needed);
  }

  private body(buf: Uint8Array, i: number, end: number, at: number, timeNs: number): number {
    const { bodyLeft } = this;
    if (bodyLeft === 0) {
      this.phase = SKIP_PHASE;
      return i;
    }
    const length = Math.min(bodyLeft, end - i);
    this.bodyLeft -= length;
    this.payloadLeft -= length;
    this.handler.framePiece(this, buf, i, i + length, at, timeNs, length === bodyLeft);
    return i + length;
  }

  private control(buf: Uint8Array, i: number, end: number, timeNs: number): number {
    if (this.have === 0 && end - i >= this.length) {
      this.payloadLeft = 0;
      this.handler.framePayload(this, buf, i, i + Math.min(this.length, MAX_CONTROL_BYTES), timeNs);
      return i + this.length;
    }
    const needed = Math.min(this.length, MAX_CONTROL_BYTES);
    const next = this.hold(buf, i, end, needed);
    this.payloadLeft -= next - i;
    if (this.have < needed) return next;
    this.have = 0;
    this.phase = SKIP_PHASE;
    this.handler.framePayload(this, this.held, 0, needed, timeNs);
    return next;
  }

  /** Ends the frame once its payload is read; an empty payload is read at once. */
  private settle(timeNs: number): void {
    if (this.payloadLeft > 0) return;
    if (this.phase === PREFIX_PHASE) this.endPrefix(this.have);
    else if (this.phase === CONTROL_PHASE && this.length === 0)
      this.handler.framePayload(this, this.held, 0, 0, timeNs);
    this.end(timeNs);
  }

  private end(timeNs: number): void {
    this.have = 0;
    this.phase = HEADER_PHASE;
    if (this.held.length > USUAL_CONTROL_BYTES) this.held = new Uint8Array(FRAME_HEADER_LENGTH);
    this.handler.frameEnd(this, timeNs);
    this.stream = null;
  }

  /** Copies to `held` what is missing of `needed` bytes. */
  private hold(buf: Uint8Array, i: number, end: number, needed: number): number {
    const next = Math.min(end, i + needed - this.have);
    if (this.held.length < this.have + next - i) {
      const bigger = new Uint8Array(Math.min(needed, 2 * (this.have + next - i)));
      bigger.set(this.held.subarray(0, this.have));
      this.held = bigger;
    }
    this.held.set(buf.subarray(i, next), this.have);
    this.have += next - i;
    return next;
  }

  private preface(buf: Uint8Array, i: number, end: number): number {
    while (i < end && this.have < PREFACE.length) {
      if (buf[i] !== PREFACE[this.have]) {
        this.have = 0;
        this.phase = HEADER_PHASE;
        this.handler.prefaceInvalid(this);
        return i;
      }
      this.have++;
      i++;
    }
    if (this.have === PREFACE.length) {
      this.have = 0;
      this.phase = HEADER_PHASE;
    }
    return i;
  }
}
