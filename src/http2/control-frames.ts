/**
 * Payloads of the frames that carry no DATA and no header block → what they change.
 *
 *    PRIORITY §6.3        |E| Stream Dependency (31) | Weight (8) |
 *    RST_STREAM §6.4      | Error Code (32) |
 *    SETTINGS §6.5        ( | Identifier (16) | Value (32) | )*
 *    PING §6.7            | Opaque Data (64) |
 *    GOAWAY §6.8          |R| Last-Stream-ID (31) | Error Code (32) | Additional Debug Data (*) |
 *    WINDOW_UPDATE §6.9   |R| Window Size Increment (31) |
 *    ALTSVC RFC 7838 §4   | Origin-Len (16) | Origin | Alt-Svc-Field-Value (*) |
 *    ORIGIN RFC 8336 §2.1 ( | Origin-Len (16) | ASCII-Origin | )*
 *    PRIORITY_UPDATE      |R| Prioritized Stream ID (31) | Priority Field Value (*) |     RFC 9218 §7.1
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { readU16BE, readU32BE } from "../bytes/integers.js";
import { decodeLatin1, decodeUtf8 } from "../bytes/text.js";
import { FloodGuard } from "./flood-guard.js";
import type { Priority } from "./frame-observer.js";
import type { FrameReader } from "./frame-reader.js";
import {
  ALTSVC,
  FLAG_ACK,
  GOAWAY,
  ORIGIN,
  PING,
  PRIORITY,
  PRIORITY_UPDATE,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from "./frame-type.js";
import {
  ENABLE_PUSH,
  formatSetting,
  HEADER_TABLE_SIZE,
  INITIAL_WINDOW_SIZE,
  parseSettings,
  type Setting,
  settingFault,
} from "./settings.js";
import type { Shared } from "./shared.js";
import { initiator } from "./stream.js";
import { ON_RST_STREAM, ON_WINDOW_UPDATE } from "./stream-state.js";
import type { StreamTracker } from "./stream-tracker.js";

export const MAX_STREAM_ID = 0x7fffffff;

export class ControlFrames {
  /** Last stream id and error code of each side's last GOAWAY. */
  readonly lastStreamId: [number, number] = [MAX_STREAM_ID, MAX_STREAM_ID];
  readonly goawayCode: [number, number] = [0, 0];
  readonly floods: FloodGuard;

  constructor(
    private readonly shared: Shared,
    private readonly tracker: StreamTracker,
  ) {
    this.floods = new FloodGuard(shared);
  }

  payload(frame: FrameReader, buf: Uint8Array, start: number, end: number, timeNs: number): void {
    const { view } = this.shared;
    switch (frame.type) {
      case WINDOW_UPDATE:
        this.windowUpdate(frame, readU32BE(buf, start) & MAX_STREAM_ID);
        break;
      case SETTINGS:
        this.settings(frame, buf, start, end);
        break;
      case RST_STREAM:
        this.rstStream(frame, readU32BE(buf, start), timeNs);
        break;
      case GOAWAY:
        this.goaway(frame, buf, start, end, timeNs);
        break;
      case PRIORITY:
        this.priority(frame, buf, start);
        break;
      case PING:
        if ((frame.flags & FLAG_ACK) === 0) this.floods.count(frame);
        if (view !== null) view.opaque = buf.slice(start, end);
        break;
      case ALTSVC:
      case ORIGIN:
      case PRIORITY_UPDATE:
        this.extension(frame, buf, start, end);
    }
  }

  private settings(frame: FrameReader, buf: Uint8Array, start: number, end: number): void {
    const { shared } = this;
    const { side } = frame;
    if ((frame.flags & FLAG_ACK) !== 0) {
      const settings = shared.settings[1 - side].acknowledge();
      if (settings !== null) this.apply(side, settings);
      else if (!shared.doubtful) shared.fault("HTTP2_SETTINGS_ACK_UNEXPECTED", frame);
      return;
    }
    this.floods.count(frame);
    const settings = parseSettings(buf, start, end);
    if (shared.view !== null) shared.view.settings = settings;
    const valid = settings.filter(([identifier, value]) => {
      const rule = settingFault(identifier, value, side);
      if (rule === "") return true;
      shared.fault("HTTP2_SETTING_INVALID", frame, { setting: formatSetting(identifier), value, rule });
      return false;
    });
    shared.settings[side].send(valid);
    shared.sawSettings[side] = true;
  }

  /**
   * What the peer asked of `side` holds for all that follows of `side`. §6.5.3: "the recipient MUST immediately emit a SETTINGS
   * frame with the ACK flag set" once "all values have been processed".
   */
  apply(side: Side, settings: Iterable<Setting>): void {
    const { hpack, flow, streams } = this.shared;
    for (const [identifier, value] of settings) {
      if (identifier === HEADER_TABLE_SIZE) hpack[side].setAllowedSize(value);
      else if (identifier === INITIAL_WINDOW_SIZE) flow.changeInitial(side, value, streams);
    }
  }

  private windowUpdate(frame: FrameReader, increment: number): void {
    const { shared } = this;
    const { side, streamId } = frame;
    // §6.9: "A receiver MUST treat the receipt of a WINDOW_UPDATE frame with a flow-control window increment of 0 as a stream
    // error (Section 5.4.2) of type PROTOCOL_ERROR"
    if (increment === 0) shared.fault("HTTP2_WINDOW_INCREMENT_ZERO", frame);
    const stream = streamId === 0 ? null : this.tracker.find(frame, ON_WINDOW_UPDATE);
    if (streamId === 0 || stream !== null) {
      if (!shared.flow.grant(side, stream, increment)) shared.fault("HTTP2_WINDOW_OVERFLOW", frame);
    }
    if (shared.view === null) return;
    shared.view.increment = increment;
    this.showWindows((1 - side) as Side, stream);
  }

  /** Puts what `side` may still send into the view. */
  showWindows(side: Side, stream: { clientWindow: number; serverWindow: number } | null): void {
    const view = this.shared.view!;
    const connection = this.shared.flow.windows[side];
    const ofStream = side === 0 ? stream?.clientWindow : stream?.serverWindow;
    view.connectionWindow = Number.isNaN(connection) ? null : connection;
    view.streamWindow = ofStream === undefined || Number.isNaN(ofStream) ? null : ofStream;
  }

  private rstStream(frame: FrameReader, errorCode: number, timeNs: number): void {
    if (this.shared.view !== null) this.shared.view.errorCode = errorCode;
    const stream = this.tracker.find(frame, ON_RST_STREAM);
    if (frame.side === 0 && stream?.serverBlocks === 0) this.floods.count(frame);
    if (stream !== null) this.tracker.reset(stream, frame.side, errorCode, timeNs);
  }

  private goaway(frame: FrameReader, buf: Uint8Array, start: number, end: number, timeNs: number): void {
    const { shared } = this;
    const { side } = frame;
    const lastStreamId = readU32BE(buf, start) & MAX_STREAM_ID;
    const errorCode = readU32BE(buf, start + 4);
    if (shared.view !== null) {
      shared.view.lastStreamId = lastStreamId;
      shared.view.errorCode = errorCode;
      shared.view.opaque = buf.slice(start + 8, end);
    }
    // §6.8: "Endpoints MUST NOT increase the value they send in the last stream identifier"
    if (lastStreamId > this.lastStreamId[side]) shared.fault("HTTP2_GOAWAY_INCREASED", frame, { last: lastStreamId });
    this.lastStreamId[side] = lastStreamId;
    this.goawayCode[side] = errorCode;
    // as in a graceful shutdown, whose first GOAWAY says 2^31-1: no stream of the peer is above
    if (shared.streams.highest[1 - side] <= lastStreamId) return;
    for (const stream of shared.streams.open) {
      if (this.refuses(side, stream.id)) this.tracker.refuse(stream, side, errorCode, timeNs);
    }
  }

  /** Whether `side` said by GOAWAY that it will not take this stream of its peer. */
  refuses(side: Side, streamId: number): boolean {
    return streamId > this.lastStreamId[side] && initiator(streamId) !== side;
  }

  private priority(frame: FrameReader, buf: Uint8Array, start: number): void {
    const priority = parsePriority(buf, start);
    if (this.shared.view !== null) this.shared.view.priority = priority;
    // RFC 7540 §5.3.1: "A stream cannot depend on itself."
    if (priority.dependency === frame.streamId) this.shared.fault("HTTP2_PRIORITY_SELF", frame);
  }

  private extension(frame: FrameReader, buf: Uint8Array, start: number, end: number): void {
    const { view } = this.shared;
    if (frame.type === PRIORITY_UPDATE) {
      // RFC 9218 §7.1: "Servers MUST NOT send PRIORITY_UPDATE frames."
      if (frame.side === 1) this.shared.fault("HTTP2_EXTENSION_INVALID", frame, { rule: "servers send none" });
      if (view === null) return;
      view.prioritizedStreamId = readU32BE(buf, start) & MAX_STREAM_ID;
      view.fieldValue = decodeLatin1(buf, start + 4, end);
      return;
    }
    // RFC 7838 §4: ALTSVC "from a client … MUST be ignored"; RFC 8336 §2.1: "The ORIGIN frame is … sent by servers".
    if (frame.side === 0) this.shared.fault("HTTP2_EXTENSION_INVALID", frame, { rule: "clients send none" });
    const origins: string[] = [];
    let at = start;
    while (at + 2 <= end && (frame.type === ORIGIN || origins.length === 0)) {
      const next = at + 2 + readU16BE(buf, at);
      if (next > end) break;
      if (view !== null) origins.push(decodeUtf8(buf, at + 2, next));
      else if (frame.type === ALTSVC) origins.push("");
      at = next;
    }
    if (frame.type === ORIGIN && at < end)
      this.shared.fault("HTTP2_EXTENSION_INVALID", frame, { rule: "an origin ends behind the frame" });
    if (frame.type === ALTSVC && origins.length === 0)
      this.shared.fault("HTTP2_EXTENSION_INVALID", frame, { rule: "the origin ends behind the frame" });
    if (view === null) return;
    if (frame.type === ORIGIN) view.origins = origins;
    else if (origins.length > 0) {
      view.origin = origins[0];
      view.fieldValue = decodeLatin1(buf, at, end);
    }
  }

  /** §6.6: PUSH_PROMISE "MUST NOT be sent if the SETTINGS_ENABLE_PUSH setting of the peer endpoint is set to 0". */
  promise(frame: FrameReader, promised: number): void {
    const { shared } = this;
    if (shared.view !== null) shared.view.promisedStreamId = promised;
    // §8.4: "A client cannot push." §6.6: the promised stream id "MUST be a valid choice for the next stream sent by the sender"
    if (frame.side === 0) shared.fault("HTTP2_PROMISE_INVALID", frame, { promised, rule: "a client cannot push" });
    else if (promised === 0 || initiator(promised) !== 1)
      shared.fault("HTTP2_PROMISE_INVALID", frame, { promised, rule: "a server's streams have even numbers" });
    else if (shared.streams.wasBegun(promised))
      shared.fault("HTTP2_PROMISE_INVALID", frame, { promised, rule: "the stream was begun before" });
    else if (shared.settings[0].values.get(ENABLE_PUSH) === 0)
      shared.fault("HTTP2_PROMISE_INVALID", frame, { promised, rule: "the client does not want push" });
  }
}

export function parsePriority(buf: Uint8Array, start: number): Priority {
  const word = readU32BE(buf, start);
  return { exclusive: word > MAX_STREAM_ID, dependency: word & MAX_STREAM_ID, weight: buf[start + 4] + 1 };
}
