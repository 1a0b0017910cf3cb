/**
 * The bytes of both sides of an HTTP/2 connection → streams: header blocks, DATA, ends, resets (RFC 9113).
 *
 * An observer, not an endpoint: it keeps what each side told the other (SETTINGS, windows, GOAWAY), reports what breaks the
 * RFC, and goes on with the next frame.
 */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { readU32BE } from "../bytes/integers.js";
import type { Report } from "../diagnostics/diagnostic.js";
import { HpackDecoder } from "../hpack/decoder.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { Limits } from "../limits.js";
import { emptyFrameView, type FrameObserver, type FrameView } from "./frame-observer.js";
import { type FrameHandler, FrameReader } from "./frame-reader.js";
import {
  ALTSVC,
  CONTINUATION,
  DATA,
  FLAG_ACK,
  FLAG_END_HEADERS,
  FLAG_END_STREAM,
  FLAG_PADDED,
  FLAG_PRIORITY,
  FRAME_HEADER_LENGTH,
  FRAME_RULES,
  formatFrameType,
  GOAWAY,
  HEADERS,
  ORIGIN,
  PING,
  PRIORITY,
  PRIORITY_UPDATE,
  PUSH_PROMISE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from "./frame-type.js";
import { BlockBuffer } from "./header-block.js";
import type { HeaderBlock, Http2Observer } from "./observer.js";
import {
  DEFAULT_WINDOW_SIZE,
  formatSetting,
  HEADER_TABLE_SIZE,
  INITIAL_WINDOW_SIZE,
  MAX_WINDOW_SIZE,
  parseSettings,
  SideSettings,
  settingFault,
} from "./settings.js";
import { type CloseCause, Stream, Streams } from "./stream.js";
import {
  HALF_CLOSED_CLIENT,
  HALF_CLOSED_SERVER,
  IDLE,
  nextState,
  ON_DATA,
  ON_END_STREAM,
  ON_HEADERS,
  ON_PUSH_PROMISE,
  ON_WINDOW_UPDATE,
  OPEN,
  STATES,
  VIOLATION,
} from "./stream-state.js";

export interface Http2Options {
  /** The connection began before the bytes do: no preface, unknown settings and HPACK tables. */
  readonly joinedLate?: boolean;
  /** Is told every frame. */
  readonly frames?: FrameObserver | null;
}

export class Http2Connection implements ByteStreamSink, FrameHandler {
  readonly hpack: readonly [HpackDecoder, HpackDecoder];
  readonly settings = [new SideSettings(), new SideSettings()] as const;
  readonly streams = new Streams();
  private readonly readers: readonly [FrameReader, FrameReader];
  private readonly blocks: readonly [BlockBuffer, BlockBuffer];
  /** Bytes of DATA that each side may still send on the connection; NaN: not known. */
  private readonly windows: [number, number];
  /** What a new stream's window is for each side's DATA. */
  private readonly initialWindows: [number, number];
  /** Last stream id of each side's GOAWAY. */
  private readonly goaway: [number, number] = [MAX_STREAM_ID, MAX_STREAM_ID];
  private readonly sawSettings: [boolean, boolean];
  private readonly joinedLate: boolean;
  private readonly frames: FrameObserver | null;
  private readonly view: FrameView = emptyFrameView();
  private readonly closed: [boolean, boolean] = [false, false];

  constructor(
    private readonly observer: Http2Observer,
    private readonly report: Report,
    private readonly limits: Limits,
    { joinedLate = false, frames = null }: Http2Options = {},
  ) {
    this.joinedLate = joinedLate;
    this.frames = frames;
    this.hpack = [this.hpackDecoder(0), this.hpackDecoder(1)];
    this.readers = [new FrameReader(0, this, !joinedLate), new FrameReader(1, this, false)];
    this.blocks = [new BlockBuffer(limits.maxHeaderBlockBytes), new BlockBuffer(limits.maxHeaderBlockBytes)];
    const window = joinedLate ? Number.NaN : DEFAULT_WINDOW_SIZE;
    this.windows = [window, window];
    this.initialWindows = [window, window];
    this.sawSettings = [joinedLate, joinedLate];
  }

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.readers[side].data(buf, start, end, at, timeNs);
  }

  gap(side: Side, at: number, length: number, timeNs: number): void {
    this.observer.lost(null, side, length, timeNs);
    this.report("HTTP2_BYTES_LOST", { length }, { side, at, length });
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    if (this.closed[side]) return;
    this.closed[side] = true;
    this.observer.close(side, reason, timeNs);
  }

  // --- frames -------------------------------------------------------------------------------------------------------------

  frameStart(frame: FrameReader): void {
    const { side, type, streamId, length } = frame;
    const rule = FRAME_RULES[type];
    if (!this.sawSettings[side]) {
      this.sawSettings[side] = true;
      // RFC 9113 §3.4: "This sequence MUST be followed by a SETTINGS frame", and of the server's: "MUST be the first frame"
      if (type !== SETTINGS) this.reportFrame("HTTP2_PREFACE_SETTINGS_MISSING", frame, {});
    }
    // §4.2: "An endpoint MUST send an error code of FRAME_SIZE_ERROR if a frame exceeds the size defined in SETTINGS_MAX_FRAME_SIZE"
    if (length > this.settings[1 - side].largestFrameSize && !this.joinedLate)
      this.reportSize(frame, `the peer takes at most ${this.settings[1 - side].largestFrameSize}`);
    const block = this.blocks[side];
    // §6.10: "any number of CONTINUATION frames can be sent, as long as the preceding frame is on the same stream and is a
    // HEADERS, PUSH_PROMISE, or CONTINUATION frame without the END_HEADERS flag set."
    if (block.streamId !== 0 && (type !== CONTINUATION || streamId !== block.streamId))
      this.reportFrame("HTTP2_HEADER_BLOCK_INTERRUPTED", frame, { open: block.streamId });
    if (rule === undefined || this.ruleFault(frame)) {
      frame.skip();
      return;
    }
    if (type === DATA) this.dataStart(frame);
    else if (type === HEADERS || type === PUSH_PROMISE) this.blockStart(frame);
    else if (type === CONTINUATION) this.continuationStart(frame);
  }

  /** Whether the frame's stream or length makes it mean nothing. */
  private ruleFault(frame: FrameReader): boolean {
    const { type, streamId, length } = frame;
    const rule = FRAME_RULES[type]!;
    if (rule.stream !== "any" && (rule.stream === "zero") !== (streamId === 0)) {
      const rule_ = rule.stream === "zero" ? "it belongs to the connection, stream 0" : "it belongs to a stream";
      this.reportFrame("HTTP2_FRAME_STREAM", frame, { rule: rule_ });
      return true;
    }
    if (length < rule.minLength) this.reportSize(frame, `it has at least ${rule.minLength}`);
    else if (length > rule.maxLength) this.reportSize(frame, `it has ${rule.maxLength}`);
    else if (length % rule.unit !== 0) this.reportSize(frame, `it has a multiple of ${rule.unit}`);
    // §6.5: "Receipt of a SETTINGS frame with the ACK flag set and a length field value other than 0 MUST be treated as …"
    else if (type === SETTINGS && (frame.flags & FLAG_ACK) !== 0 && length > 0)
      this.reportSize(frame, "an ACK is empty");
    else return false;
    return true;
  }

  framePrefix(frame: FrameReader, buf: Uint8Array, start: number, end: number): void {
    const { side, type, flags } = frame;
    if (frame.paddingTooLong) this.reportFrame("HTTP2_PADDING_TOO_LONG", frame, { pad: frame.padLength });
    if (type === PUSH_PROMISE && end - start === 4) this.promise(frame, readU32BE(buf, start) & MAX_STREAM_ID);
    if (this.frames !== null && type === HEADERS && (flags & FLAG_PRIORITY) !== 0 && end - start === 5)
      this.view.priority = parsePriority(buf, start);
    if (this.frames !== null && type === PUSH_PROMISE) this.view.promisedStreamId = this.blocks[side].promisedStreamId;
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
    const { side } = frame;
    if (frame.type === DATA) {
      this.observer.data(frame.stream!, side, buf, start, end, at, timeNs);
      return;
    }
    const block = this.blocks[side];
    const whole = last && frame.padLength === 0 && block.length === 0 && !block.cut;
    if (whole && (frame.flags & FLAG_END_HEADERS) !== 0) this.blockEnd(frame, buf, start, end, timeNs);
    else if (!block.append(buf, start, end))
      this.reportFrame("HTTP2_HEADER_BLOCK_LIMIT", frame, { limit: this.limits.maxHeaderBlockBytes });
  }

  framePayload(frame: FrameReader, buf: Uint8Array, start: number, end: number, timeNs: number): void {
    switch (frame.type) {
      case WINDOW_UPDATE:
        this.windowUpdate(frame, readU32BE(buf, start) & MAX_WINDOW_SIZE);
        break;
      case SETTINGS:
        this.settingsFrame(frame, buf, start, end);
        break;
      case RST_STREAM:
        this.rstStream(frame, readU32BE(buf, start), timeNs);
        break;
      case GOAWAY:
        this.goawayFrame(frame, buf, start, end, timeNs);
        break;
      case PRIORITY:
        this.priority(frame, buf, start);
        break;
      case PING:
      case ALTSVC:
      case ORIGIN:
      case PRIORITY_UPDATE:
        if (this.frames !== null) this.view.opaque = buf.slice(start, end);
    }
  }

  frameEnd(frame: FrameReader, timeNs: number): void {
    const { side, type, flags } = frame;
    const block = this.blocks[side];
    const inBlock = type === HEADERS || type === CONTINUATION || type === PUSH_PROMISE;
    if (inBlock && block.streamId === frame.streamId && (flags & FLAG_END_HEADERS) !== 0)
      this.blockEnd(frame, block.bytes, 0, block.length, timeNs);
    else if (this.frames !== null && !frame.told) this.tellFrame(frame, timeNs, null);
    const { stream } = frame;
    if (type === DATA && stream !== null && (flags & FLAG_END_STREAM) !== 0) this.endStream(stream, side, timeNs);
  }

  prefaceInvalid(frame: FrameReader): void {
    this.report("HTTP2_PREFACE_INVALID", {}, { side: frame.side, at: 0, length: 24 });
  }

  // --- DATA ---------------------------------------------------------------------------------------------------------------

  private dataStart(frame: FrameReader): void {
    const { side, length, streamId } = frame;
    this.windows[side] -= length;
    if (this.windows[side] < 0 && this.windows[side] + length >= 0)
      this.reportFrame("HTTP2_WINDOW_EXCEEDED", frame, { what: "connection" });
    const stream = this.streamFor(frame, streamId, ON_DATA);
    if (stream === null) {
      frame.skip();
      return;
    }
    frame.stream = stream;
    const window = side === 0 ? (stream.clientWindow -= length) : (stream.serverWindow -= length);
    if (window < 0 && window + length >= 0) this.reportFrame("HTTP2_WINDOW_EXCEEDED", frame, { what: "stream" });
  }

  // --- header blocks --------------------------------------------------------------------------------------------------------

  private blockStart(frame: FrameReader): void {
    const block = this.blocks[frame.side];
    if (block.streamId !== 0) this.abandonBlock(frame.side);
    block.open(
      frame.streamId,
      (frame.flags & FLAG_END_STREAM) !== 0 && frame.type === HEADERS,
      frame.at,
      frame.startNs,
    );
  }

  private continuationStart(frame: FrameReader): void {
    const block = this.blocks[frame.side];
    if (block.streamId === frame.streamId) return;
    // §6.10: "A CONTINUATION frame MUST be preceded by a HEADERS, PUSH_PROMISE or CONTINUATION frame without END_HEADERS"
    if (block.streamId === 0) this.reportFrame("HTTP2_CONTINUATION_UNEXPECTED", frame, {});
    frame.skip();
  }

  /** A block that will not be ended: what is there keeps the table in step. */
  private abandonBlock(side: Side): void {
    const block = this.blocks[side];
    this.hpack[side].decode(block.bytes, 0, block.length, block.at);
    block.close();
  }

  private blockEnd(frame: FrameReader, buf: Uint8Array, start: number, end: number, timeNs: number): void {
    const { side } = frame;
    const buffer = this.blocks[side];
    const { streamId, promisedStreamId, endStream, at, startNs, cut } = buffer;
    const hpack = this.hpack[side];
    const fields: HeaderField[] = hpack.decode(buf, start, end, at);
    const block: HeaderBlock = {
      fields,
      at,
      end: frame.at + FRAME_HEADER_LENGTH + frame.length,
      startNs,
      endNs: timeNs,
      complete: hpack.complete && !cut,
    };
    buffer.close();
    if (this.frames !== null) this.tellFrame(frame, timeNs, block);
    if (promisedStreamId !== 0) {
      this.promised(frame, promisedStreamId, block);
      return;
    }
    const stream = this.streamFor(frame, streamId, ON_HEADERS);
    if (stream === null) return;
    this.observer.headers(stream, side, block, endStream);
    if (endStream) this.endStream(stream, side, timeNs);
    if (streamId > this.goaway[1 - side]) this.refuse(stream, (1 - side) as Side, timeNs);
  }

  // --- streams --------------------------------------------------------------------------------------------------------------

  /** The stream that a HEADERS or DATA frame belongs to, begun if need be; null: the frame is to be passed over. */
  private streamFor(frame: FrameReader, id: number, input: number): Stream | null {
    const { side } = frame;
    let stream = this.streams.find(id);
    if (stream === null) {
      if (this.streams.wasBegun(id) && !this.mayBeOlder(id)) {
        this.onClosed(frame, id);
        return null;
      }
      stream = this.begin(id);
      if (this.joinedLate) stream.state = OPEN;
    }
    const next = nextState(stream.state, side, input);
    if ((next & VIOLATION) !== 0) {
      const wasIdle = stream.state === IDLE;
      this.reportFrame("HTTP2_STREAM_STATE", frame, { state: STATES[stream.state] });
      if (!wasIdle) return null;
    }
    stream.state = next & ~VIOLATION;
    return stream;
  }

  private begin(id: number): Stream {
    if (this.streams.open.size >= this.limits.maxStreams) this.abandonOldest();
    const stream = new Stream(id, this.initialWindows[0], this.initialWindows[1]);
    this.streams.add(stream);
    return stream;
  }

  private abandonOldest(): void {
    for (const oldest of this.streams.open.values()) {
      this.report("HTTP2_STREAMS_LIMIT", { limit: this.limits.maxStreams }, { stream: oldest.id });
      this.streams.close(oldest, "limit");
      this.observer.abandoned?.(oldest);
      return;
    }
  }

  /** Whether a stream below the highest one can be one that was begun before we joined. */
  private mayBeOlder(id: number): boolean {
    return this.joinedLate && this.streams.closeCause(id) === null;
  }

  /** §5.1: frames on a closed stream; those that were on their way when the other side reset it are no fault. */
  private onClosed(frame: FrameReader, id: number): void {
    const cause = this.streams.closeCause(id);
    const byOther = frame.side === 0 ? "RST_STREAM by the server" : "RST_STREAM by the client";
    if (cause === byOther || cause === "GOAWAY" || cause === "limit") return;
    if (cause === "END_STREAM" || cause !== null) this.reportFrame("HTTP2_STREAM_CLOSED", frame, { stream: id, cause });
  }

  private endStream(stream: Stream, side: Side, timeNs: number): void {
    const next = nextState(stream.state, side, ON_END_STREAM) & ~VIOLATION;
    this.observer.endStream(stream, side, timeNs);
    stream.state = next;
    if (next !== HALF_CLOSED_CLIENT && next !== HALF_CLOSED_SERVER) this.streams.close(stream, "END_STREAM");
  }

  private rstStream(frame: FrameReader, errorCode: number, timeNs: number): void {
    if (this.frames !== null) this.view.errorCode = errorCode;
    const { side, streamId } = frame;
    const stream = this.streams.find(streamId);
    if (stream === null) {
      // §6.4: "RST_STREAM frames MUST NOT be sent for a stream in the "idle" state."
      if (!this.streams.wasBegun(streamId) && !this.joinedLate)
        this.reportFrame("HTTP2_STREAM_STATE", frame, { state: STATES[IDLE] });
      return;
    }
    this.closeStream(stream, side === 0 ? "RST_STREAM by the client" : "RST_STREAM by the server");
    this.observer.reset(stream, side, errorCode, false, timeNs);
  }

  private closeStream(stream: Stream, cause: CloseCause): void {
    this.streams.close(stream, cause);
  }

  private refuse(stream: Stream, side: Side, timeNs: number): void {
    this.closeStream(stream, "GOAWAY");
    this.observer.reset(stream, side, this.goawayCodes[side], true, timeNs);
  }

  private readonly goawayCodes: [number, number] = [0, 0];

  private priority(frame: FrameReader, buf: Uint8Array, start: number): void {
    if (this.frames !== null) this.view.priority = parsePriority(buf, start);
    // §5.3.1 of RFC 7540: "A stream cannot depend on itself."
    if ((readU32BE(buf, start) & MAX_STREAM_ID) === frame.streamId) this.reportFrame("HTTP2_PRIORITY_SELF", frame, {});
  }

  // --- push -----------------------------------------------------------------------------------------------------------------

  private promise(frame: FrameReader, promised: number): void {
    // §6.6: the promised stream id "MUST be a valid choice for the next stream sent by the sender"; a client cannot push.
    if (frame.side === 0 || promised === 0 || promised % 2 === 1)
      this.reportFrame("HTTP2_PROMISE_INVALID", frame, { promised });
    this.blocks[frame.side].promisedStreamId = promised;
  }

  /** The request that a PUSH_PROMISE makes up: told as the client's, which it stands for. */
  private promised(frame: FrameReader, promised: number, block: HeaderBlock): void {
    if (promised === 0 || this.streams.wasBegun(promised)) return;
    const stream = this.begin(promised);
    stream.state = nextState(stream.state, frame.side, ON_PUSH_PROMISE) & ~VIOLATION;
    this.observer.headers(stream, 0, block, true);
    this.observer.endStream(stream, 0, block.endNs);
  }

  // --- the connection -------------------------------------------------------------------------------------------------------

  private settingsFrame(frame: FrameReader, buf: Uint8Array, start: number, end: number): void {
    const { side } = frame;
    if ((frame.flags & FLAG_ACK) !== 0) {
      this.settingsAck(frame);
      return;
    }
    const settings = parseSettings(buf, start, end);
    if (this.frames !== null) this.view.settings = settings;
    const valid = settings.filter(([identifier, value]) => {
      const rule = settingFault(identifier, value);
      if (rule !== "")
        this.reportFrame("HTTP2_SETTING_INVALID", frame, { setting: formatSetting(identifier), value, rule });
      return rule === "";
    });
    if (!this.settings[side].send(valid)) this.reportFrame("HTTP2_SETTINGS_FLOOD", frame, {});
  }

  /** What the peer asked of this side holds for all that follows of this side. */
  private settingsAck(frame: FrameReader): void {
    const { side } = frame;
    const settings = this.settings[1 - side].acknowledge();
    if (settings === null) {
      if (!this.joinedLate) this.reportFrame("HTTP2_SETTINGS_ACK_UNEXPECTED", frame, {});
      return;
    }
    for (const [identifier, value] of settings) {
      if (identifier === HEADER_TABLE_SIZE) this.hpack[side].setAllowedSize(value);
      else if (identifier === INITIAL_WINDOW_SIZE) this.changeInitialWindow(side, value);
    }
  }

  /** §6.9.2: "a receiver MUST adjust the size of all stream flow-control windows that it maintains by the difference" */
  private changeInitialWindow(side: Side, value: number): void {
    const difference = value - this.initialWindows[side];
    this.initialWindows[side] = value;
    for (const stream of this.streams.open.values()) {
      if (side === 0) stream.clientWindow += difference;
      else stream.serverWindow += difference;
    }
  }

  private windowUpdate(frame: FrameReader, increment: number): void {
    if (this.frames !== null) this.view.increment = increment;
    const { side, streamId } = frame;
    // §6.9: "A receiver MUST treat the receipt of a WINDOW_UPDATE frame with a flow-control window increment of 0 as a stream error"
    if (increment === 0) {
      this.reportFrame("HTTP2_WINDOW_INCREMENT_ZERO", frame, {});
      return;
    }
    let window: number;
    if (streamId === 0) window = this.windows[1 - side] += increment;
    else {
      const stream = this.streams.find(streamId);
      if (stream === null) {
        if (!this.streams.wasBegun(streamId) && !this.joinedLate)
          this.reportFrame("HTTP2_STREAM_STATE", frame, { state: STATES[IDLE] });
        return;
      }
      const next = nextState(stream.state, side, ON_WINDOW_UPDATE);
      if ((next & VIOLATION) !== 0) this.reportFrame("HTTP2_STREAM_STATE", frame, { state: STATES[stream.state] });
      window = side === 0 ? (stream.serverWindow += increment) : (stream.clientWindow += increment);
    }
    // §6.9.1: "A sender MUST NOT allow a flow-control window to exceed 2^31-1 octets."
    if (window > MAX_WINDOW_SIZE) this.reportFrame("HTTP2_WINDOW_OVERFLOW", frame, {});
  }

  private goawayFrame(frame: FrameReader, buf: Uint8Array, start: number, end: number, timeNs: number): void {
    const { side } = frame;
    const lastStreamId = readU32BE(buf, start) & MAX_STREAM_ID;
    const errorCode = readU32BE(buf, start + 4);
    if (this.frames !== null) {
      this.view.lastStreamId = lastStreamId;
      this.view.errorCode = errorCode;
      this.view.opaque = buf.slice(start + 8, end);
    }
    // §6.8: "Endpoints MUST NOT increase the value they send in the last stream identifier"
    if (lastStreamId > this.goaway[side]) this.reportFrame("HTTP2_GOAWAY_INCREASED", frame, { last: lastStreamId });
    this.goaway[side] = lastStreamId;
    this.goawayCodes[side] = errorCode;
    const initiator = 1 - side;
    for (const stream of this.streams.open.values()) {
      if (stream.id > lastStreamId && stream.id % 2 === 1 - initiator) this.refuse(stream, side, timeNs);
    }
  }

  // --- telling --------------------------------------------------------------------------------------------------------------

  private tellFrame(frame: FrameReader, timeNs: number, block: HeaderBlock | null): void {
    const { view } = this;
    frame.told = true;
    view.side = frame.side;
    view.at = frame.at;
    view.startNs = frame.startNs;
    view.endNs = timeNs;
    view.length = frame.length;
    view.type = frame.type;
    view.flags = frame.flags;
    view.streamId = frame.streamId;
    view.padLength = (frame.flags & FLAG_PADDED) !== 0 && frame.type <= PUSH_PROMISE ? frame.padLength : null;
    view.block = block;
    view.complete = frame.complete;
    this.frames!.frame(view);
    view.priority = view.errorCode = view.settings = view.promisedStreamId = null;
    view.lastStreamId = view.increment = view.opaque = view.block = null;
  }

  private reportSize(frame: FrameReader, rule: string): void {
    this.reportFrame("HTTP2_FRAME_SIZE", frame, { length: frame.length, rule });
  }

  private reportFrame(code: Parameters<Report>[0], frame: FrameReader, values: Record<string, string | number>): void {
    this.report(
      code,
      { type: formatFrameType(frame.type), stream: frame.streamId, ...values },
      { side: frame.side, at: frame.at, length: FRAME_HEADER_LENGTH + frame.length, stream: frame.streamId },
    );
  }

  private hpackDecoder(side: Side): HpackDecoder {
    const report: Report = (code, values, place) => {
      const { at, streamId } = this.blocks[side];
      this.report(code, values, {
        side,
        at: at + FRAME_HEADER_LENGTH + (place?.at ?? 0),
        length: place?.length,
        stream: streamId,
      });
    };
    return new HpackDecoder(report, this.limits, { joinedLate: this.joinedLate });
  }
}

const MAX_STREAM_ID = 0x7fffffff;

function parsePriority(buf: Uint8Array, start: number) {
  const word = readU32BE(buf, start);
  return { exclusive: word >= 0x80000000, dependency: word & MAX_STREAM_ID, weight: buf[start + 4] + 1 };
}
