/**
 * The bytes of both sides of an HTTP/2 connection → streams: header blocks, DATA, ends, resets (RFC 9113).
 *
 * An observer, not an endpoint: it keeps what each side told the other (SETTINGS, windows, GOAWAY), reports what breaks the
 * RFC, and goes on with the next frame. It may join late, and bytes may be missing: then it looks for the next frames.
 *
 * Contract for speed: a frame costs no allocation, a header block its list of fields and the texts that are new; at most one
 * look-up of the stream a frame.
 */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { readU32BE } from "../bytes/integers.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { Limits } from "../limits.js";
import { checkBlock } from "./block-check.js";
import { ControlFrames, MAX_STREAM_ID, parsePriority } from "./control-frames.js";
import { isPlausible, lengthFault, streamFault } from "./frame-check.js";
import type { FrameObserver } from "./frame-observer.js";
import type { FrameHandler, FrameReader } from "./frame-reader.js";
import {
  CONTINUATION,
  DATA,
  FLAG_ACK,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FLAG_PADDED,
  FRAME_HEADER_LENGTH,
  FRAME_RULES,
  formatFrameType,
  HEADERS,
  PREFACE,
  PUSH_PROMISE,
  SETTINGS,
} from "./frame-type.js";
import type { HeaderBlock, Http2Observer } from "./observer.js";
import { Shared } from "./shared.js";
import { SideInput } from "./side-input.js";
import type { Stream } from "./stream.js";
import { CLOSED, ON_DATA, ON_HEADERS } from "./stream-state.js";
import { StreamTracker } from "./stream-tracker.js";
import { type UpgradedRequest, UpgradeReader } from "./upgrade.js";

export interface Http2Options {
  /** The connection began before its bytes do: they begin anywhere in a frame, with settings and HPACK tables not known. */
  readonly joinedLate?: boolean;
  /** It began as HTTP/1.1 and was upgraded (RFC 7540 §3.2). */
  readonly upgrade?: UpgradedRequest | null;
  /** Is told every frame. */
  readonly frames?: FrameObserver | null;
}

export class Http2Connection implements ByteStreamSink, FrameHandler {
  private readonly shared: Shared;
  private readonly tracker: StreamTracker;
  private readonly control: ControlFrames;
  private readonly inputs: readonly [SideInput, SideInput];
  private readonly upgrade: UpgradeReader | null;
  /** Whether each side's first frame came. */
  private readonly sawFrame: [boolean, boolean];
  private readonly closed: [boolean, boolean] = [false, false];

  constructor(
    observer: Http2Observer,
    report: Report,
    limits: Limits,
    { joinedLate = false, upgrade = null, frames = null }: Http2Options = {},
  ) {
    const shared = new Shared(observer, report, limits, joinedLate, frames);
    const onLost = (side: Side, length: number, timeNs: number): void => this.loseFrames(side, length, timeNs);
    this.shared = shared;
    this.tracker = new StreamTracker(shared);
    this.control = new ControlFrames(shared, this.tracker);
    this.inputs = [
      new SideInput(0, this, shared, joinedLate, onLost),
      new SideInput(1, this, shared, joinedLate, onLost),
    ];
    this.upgrade = upgrade === null ? null : new UpgradeReader(upgrade, shared, this.tracker, this.control);
    this.sawFrame = [joinedLate, joinedLate];
  }

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    let from = start;
    if (this.upgrade?.reads(side, at)) {
      from = this.upgrade.data(side, buf, start, end, at, timeNs);
      if (from === end) return;
    }
    this.inputs[side].data(buf, from, end, at + from - start, timeNs);
  }

  gap(side: Side, at: number, length: number, timeNs: number): void {
    this.inputs[side].gap(at, length, timeNs);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    if (this.closed[side]) return;
    this.closed[side] = true;
    this.inputs[side].close(reason, timeNs);
    const { reader } = this.inputs[side];
    if (!reader.isInFrame) return;
    reader.complete = false;
    this.tellFrame(reader, timeNs, null);
  }

  private loseFrames(side: Side, length: number, timeNs: number): void {
    const { shared } = this;
    const block = shared.blocks[side];
    shared.doubtful = true;
    this.sawFrame[side] = true;
    shared.flow.forget(shared.streams);
    for (const stream of shared.streams.open) stream.doubtful = true;
    if (block.streamId !== 0) this.abandonBlock(side, timeNs, false);
    else shared.hpack[side].lost();
    shared.observer.lost(null, side, length, timeNs);
  }

  // --- frames -------------------------------------------------------------------------------------------------------------

  frameStart(frame: FrameReader): boolean {
    const { shared } = this;
    const { side, type, flags, streamId, length } = frame;
    const allowed = shared.settings[1 - side].largestFrameSize;
    const input = this.inputs[side];
    if (input.probation > 0) {
      input.probation--;
      if (!isPlausible(type, flags, length, streamId, shared.sawSettings[1 - side] ? allowed : MAX_LENGTH))
        return false;
    }
    const block = shared.blocks[side];
    if (!this.sawFrame[side]) this.firstFrame(frame);
    if (length > allowed && (shared.sawSettings[1 - side] || !shared.doubtful)) {
      if (FRAME_RULES[type] === undefined) return false;
      this.sizeFault(frame, `the peer takes at most ${allowed}`);
    }
    // §6.10: "If the END_HEADERS flag is not set, this frame MUST be followed by another CONTINUATION frame. A receiver MUST treat
    // the receipt of any other type of frame or a frame on a different stream as a connection error"
    if (block.streamId !== 0 && (type !== CONTINUATION || streamId !== block.streamId))
      shared.fault("HTTP2_HEADER_BLOCK_INTERRUPTED", frame, { open: block.streamId });
    if (FRAME_RULES[type] === undefined || this.isBroken(frame)) {
      frame.complete = FRAME_RULES[type] === undefined;
      frame.skip();
    } else if (type === DATA) this.dataStart(frame);
    else if (type === HEADERS || type === PUSH_PROMISE) this.blockStart(frame);
    else if (type === CONTINUATION) this.continuationStart(frame);
    return true;
  }

  /** §3.4: the client's preface "MUST be followed by a SETTINGS frame"; the server's SETTINGS "MUST be the first frame". */
  private firstFrame(frame: FrameReader): void {
    this.sawFrame[frame.side] = true;
    if (frame.type === SETTINGS && (frame.flags & FLAG_ACK) === 0) return;
    const type = frame.type === SETTINGS ? "an acknowledgment" : formatFrameType(frame.type);
    this.shared.fault("HTTP2_PREFACE_SETTINGS_MISSING", frame, { type });
    this.shared.doubtful = true;
    this.shared.flow.forget(this.shared.streams);
  }

  private isBroken(frame: FrameReader): boolean {
    const { type, flags, streamId, length } = frame;
    const wrongStream = streamFault(type, streamId);
    if (wrongStream !== "") this.shared.fault("HTTP2_FRAME_STREAM", frame, { rule: wrongStream });
    const wrongLength = wrongStream === "" ? lengthFault(type, flags, length) : "";
    if (wrongLength !== "") this.sizeFault(frame, wrongLength);
    return wrongStream !== "" || wrongLength !== "";
  }

  private sizeFault(frame: FrameReader, rule: string): void {
    this.shared.fault("HTTP2_FRAME_SIZE", frame, { length: frame.length, rule });
  }

  framePrefix(frame: FrameReader, buf: Uint8Array, start: number, end: number): void {
    const { type } = frame;
    if (frame.paddingTooLong) {
      frame.complete = false;
      this.shared.fault("HTTP2_PADDING_TOO_LONG", frame, { pad: frame.padLength });
    }
    if (type === DATA || end === start) return;
    if (type === PUSH_PROMISE && end - start >= 4) {
      const promised = readU32BE(buf, start) & MAX_STREAM_ID;
      this.shared.blocks[frame.side].promisedStreamId = promised;
      this.control.promise(frame, promised);
    } else if (type === HEADERS && end - start >= 5) {
      const priority = parsePriority(buf, start);
      if (this.shared.view !== null) this.shared.view.priority = priority;
      if (priority.dependency === frame.streamId) this.shared.fault("HTTP2_PRIORITY_SELF", frame);
    }
  }

  framePiece(
    frame: FrameReader,
    buf: Uint8Array,
    start: number,
    end: number,
    at: number,
    timeNs: number,
    last: boolean,
  ): void {
    if (frame.type === DATA) {
      // the other side may have reset the stream inside this frame
      const stream = frame.stream!;
      if (stream.state !== CLOSED) this.shared.observer.data(stream, frame.side, buf, start, end, at, timeNs);
      return;
    }
    const block = this.shared.blocks[frame.side];
    if (last && frame.padLength === 0 && !block.cut && (frame.flags & FLAG_END_HEADERS) !== 0)
      this.blockEnd(frame, buf, start, end, at, timeNs);
    else block.append(buf, start, end, at);
  }

  frameGap(frame: FrameReader, length: number, timeNs: number): void {
    const { shared } = this;
    const { side, type, stream } = frame;
    if (type === DATA) {
      if (stream !== null && stream.state !== CLOSED) shared.observer.lost(stream, side, length, timeNs);
    } else if (type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION) {
      shared.doubtful = true;
      if (shared.blocks[side].streamId !== 0) shared.blocks[side].cut = true;
    } else {
      // SETTINGS, WINDOW_UPDATE, RST_STREAM or GOAWAY: what they changed is not known
      shared.doubtful = true;
      shared.flow.forget(shared.streams);
    }
  }

  framePayload(frame: FrameReader, buf: Uint8Array, start: number, end: number, timeNs: number): void {
    this.control.payload(frame, buf, start, end, timeNs);
  }

  frameEnd(frame: FrameReader, timeNs: number): void {
    const { shared } = this;
    const { side, type, flags, stream } = frame;
    const block = shared.blocks[side];
    if (type === DATA) {
      if (shared.view !== null) this.control.showWindows(side, stream);
      this.tellFrame(frame, timeNs, null);
      const ends = stream !== null && (flags & FLAG_END_STREAM) !== 0 && stream.state !== CLOSED;
      if (ends) this.tracker.endStream(stream, side, timeNs);
      return;
    }
    const inBlock = type === HEADERS || type === CONTINUATION || type === PUSH_PROMISE;
    if (inBlock && block.streamId !== 0 && block.streamId === frame.streamId && !frame.told) {
      if (block.cut) this.abandonBlock(side, timeNs, true);
      else if ((flags & FLAG_END_HEADERS) !== 0) this.blockEnd(frame, NO_BYTES, 0, 0, frame.at, timeNs);
    }
    this.tellFrame(frame, timeNs, null);
  }

  prefaceInvalid(frame: FrameReader): void {
    this.shared.report("HTTP2_PREFACE_INVALID", {}, { side: frame.side, at: 0, length: PREFACE.length });
  }

  private dataStart(frame: FrameReader): void {
    const { shared } = this;
    const { side, length, streamId } = frame;
    if (shared.flow.spend(side, length)) shared.fault("HTTP2_WINDOW_EXCEEDED", frame, { what: "connection" });
    if (length > 0) this.control.floods.calm(side === 1);
    else if ((frame.flags & FLAG_END_STREAM) === 0) this.control.floods.count(frame);
    const stream = this.tracker.forFrame(frame, streamId, ON_DATA);
    if (stream === null) {
      frame.skip();
      return;
    }
    frame.stream = stream;
    if (side === 1) stream.answered = true;
    if (shared.flow.spendOn(stream, side, length)) shared.fault("HTTP2_WINDOW_EXCEEDED", frame, { what: "stream" });
  }

  // --- header blocks --------------------------------------------------------------------------------------------------------

  private blockStart(frame: FrameReader): void {
    const { side, type, flags } = frame;
    const block = this.shared.blocks[side];
    if (block.streamId !== 0) this.abandonBlock(side, frame.startNs, false);
    block.open(frame.streamId, type === HEADERS && (flags & FLAG_END_STREAM) !== 0, frame.at, frame.startNs);
  }

  private continuationStart(frame: FrameReader): void {
    const block = this.shared.blocks[frame.side];
    if (block.streamId === frame.streamId) {
      this.control.floods.continuation(frame, ++block.frames);
      return;
    }
    // §6.10: "A CONTINUATION frame MUST be preceded by a HEADERS, PUSH_PROMISE or CONTINUATION frame without the END_HEADERS flag
    // set."
    if (block.streamId === 0 && !this.shared.doubtful) this.shared.fault("HTTP2_CONTINUATION_UNEXPECTED", frame);
    frame.skip();
  }

  private blockEnd(frame: FrameReader, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    const { shared } = this;
    const buffer = shared.blocks[frame.side];
    const fields = buffer.end(buf, start, end, at);
    const complete = shared.hpack[frame.side].complete && !buffer.long;
    if (buffer.long) shared.fault("HTTP2_HEADER_BLOCK_LIMIT", frame, { limit: shared.limits.maxHeaderBlockBytes });
    this.tellBlock(frame, fields, complete, frame.at + FRAME_HEADER_LENGTH + frame.length, timeNs, true);
  }

  /** A block whose rest is lost or never came: what there is of it. */
  private abandonBlock(side: Side, timeNs: number, withFrame: boolean): void {
    const frame = this.inputs[side].reader;
    const fields = this.shared.blocks[side].abandon();
    const end = withFrame ? frame.at + FRAME_HEADER_LENGTH + frame.length : frame.at;
    this.tellBlock(frame, fields, false, end, timeNs, withFrame);
  }

  /** `withFrame`: the current frame ends it. */
  private tellBlock(
    frame: FrameReader,
    fields: HeaderField[],
    complete: boolean,
    end: number,
    timeNs: number,
    withFrame: boolean,
  ): void {
    const { shared } = this;
    const { side } = frame;
    const buffer = shared.blocks[side];
    const { streamId, promisedStreamId, endStream, at, startNs } = buffer;
    const { isDoubtful: doubtful, known } = shared.hpack[side];
    const memo = known === null ? null : known.memo;
    const block: HeaderBlock = { fields, at, end, startNs, endNs: timeNs, complete, doubtful, memo };
    if (withFrame) this.tellFrame(frame, timeNs, block);
    const stream =
      promisedStreamId === 0
        ? this.tracker.forFrame(frame, streamId, ON_HEADERS)
        : this.tracker.promised(frame, promisedStreamId);
    if (stream !== null) this.tellHeaders(frame, stream, block, promisedStreamId !== 0, endStream);
    buffer.close();
  }

  private tellHeaders(
    frame: FrameReader,
    stream: Stream,
    block: HeaderBlock,
    promise: boolean,
    endStream: boolean,
  ): void {
    const { shared, tracker, control } = this;
    const { endNs } = block;
    // the request that a PUSH_PROMISE makes up is told as the client's, which it stands for
    const side = promise ? 0 : frame.side;
    checkBlock(shared, frame, stream, side, block, endStream || promise);
    if (side === 1) control.floods.calm(true);
    shared.observer.headers(stream, side, block, endStream || promise);
    if (promise) shared.observer.endStream(stream, 0, endNs);
    else if (endStream) tracker.endStream(stream, side, endNs);
    const other = (1 - side) as Side;
    if (!promise && control.refuses(other, stream.id)) tracker.refuse(stream, other, control.goawayCode[other], endNs);
  }

  // --- telling frames -------------------------------------------------------------------------------------------------------

  private tellFrame(frame: FrameReader, timeNs: number, block: HeaderBlock | null): void {
    const { view, frames } = this.shared;
    if (view === null || frame.told) return;
    const { type, flags } = frame;
    frame.told = true;
    view.side = frame.side;
    view.at = frame.at;
    view.startNs = frame.startNs;
    view.endNs = timeNs;
    view.length = frame.length;
    view.type = type;
    view.flags = flags;
    view.streamId = frame.streamId;
    const mayPad = type === DATA || type === HEADERS || type === PUSH_PROMISE;
    view.padLength = mayPad && (flags & FLAG_PADDED) !== 0 ? frame.padLength : null;
    view.block = block;
    view.complete = frame.complete;
    frames!.frame(view);
    view.priority = view.settings = view.origins = view.opaque = view.block = null;
    view.errorCode = view.promisedStreamId = view.lastStreamId = view.prioritizedStreamId = view.increment = null;
    view.origin = view.fieldValue = null;
    view.streamWindow = view.connectionWindow = null;
  }
}

const NO_BYTES = new Uint8Array(0);
const MAX_LENGTH = 0x100000;
