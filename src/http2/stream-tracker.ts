/** Frames → what happens to their streams: begun, half-closed, closed, told to the observer, held against RFC 9113 §5.1. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { FrameReader } from "./frame-reader.js";
import { MAX_CONCURRENT_STREAMS } from "./settings.js";
import type { Shared } from "./shared.js";
import { type CloseCause, initiator, Stream } from "./stream.js";
import {
  CLOSED,
  IDLE,
  nextState,
  ON_END_STREAM,
  ON_HEADERS,
  ON_PUSH_PROMISE,
  type ON_RST_STREAM,
  type ON_WINDOW_UPDATE,
  OPEN,
  STATES,
  VIOLATION,
} from "./stream-state.js";

const RESET_BY: readonly CloseCause[] = ["RST_STREAM by the client", "RST_STREAM by the server"];

export class StreamTracker {
  constructor(private readonly shared: Shared) {}

  /** The stream that a HEADERS or DATA frame belongs to, begun if need be; null: the frame means nothing to any stream. */
  forFrame(frame: FrameReader, id: number, input: number): Stream | null {
    const { streams } = this.shared;
    const { side } = frame;
    const stream = streams.find(id) ?? this.beginBy(frame, id, input);
    if (stream === null) return null;
    if (id > streams.read[side] && initiator(id) === side) streams.read[side] = id;
    const next = nextState(stream.state, side, input);
    if ((next & VIOLATION) === 0) {
      stream.state = next;
      return stream;
    }
    if (stream.state === IDLE) {
      // an answer whose question was not seen: the capture lacks it, rather than that the peer made it up
      const answer = initiator(id) !== side;
      stream.doubtful = answer;
      this.shared.fault(answer ? "HTTP2_REQUEST_UNSEEN" : "HTTP2_STREAM_STATE", frame, { state: STATES[IDLE] });
      stream.state = next & ~VIOLATION;
      return stream;
    }
    if (!stream.doubtful) this.shared.fault("HTTP2_STREAM_STATE", frame, { state: STATES[stream.state] });
    return null;
  }

  /** RST_STREAM or WINDOW_UPDATE, which begin no stream. */
  find(frame: FrameReader, input: typeof ON_RST_STREAM | typeof ON_WINDOW_UPDATE): Stream | null {
    const { streams, doubtful } = this.shared;
    const { side, streamId } = frame;
    const stream = streams.find(streamId);
    const state = stream?.state ?? (streams.wasBegun(streamId) ? CLOSED : IDLE);
    const forbidden = (nextState(state, side, input) & VIOLATION) !== 0;
    // the request of such an answer may be read later, or was not captured
    const isAnswer = state === IDLE && streamId !== 0 && initiator(streamId) !== side;
    if (forbidden && !doubtful && !isAnswer) this.shared.fault("HTTP2_STREAM_STATE", frame, { state: STATES[state] });
    return stream;
  }

  endStream(stream: Stream, side: Side, timeNs: number): void {
    const next = nextState(stream.state, side, ON_END_STREAM) & ~VIOLATION;
    stream.state = next;
    this.shared.observer.endStream(stream, side, timeNs);
    if (next === CLOSED) this.shared.streams.close(stream, "END_STREAM");
  }

  reset(stream: Stream, side: Side, errorCode: number, timeNs: number): void {
    this.shared.streams.close(stream, RESET_BY[side]);
    this.shared.observer.reset(stream, side, errorCode, false, timeNs);
  }

  /** §6.8: streams above GOAWAY's last stream "will not be processed" by `side`, who sent it. */
  refuse(stream: Stream, side: Side, errorCode: number, timeNs: number): void {
    this.shared.streams.close(stream, "GOAWAY");
    this.shared.observer.reset(stream, side, errorCode, true, timeNs);
  }

  /** The stream that a PUSH_PROMISE promises; null: it cannot be. */
  promised(frame: FrameReader, id: number): Stream | null {
    const { streams } = this.shared;
    if (id === 0 || initiator(id) !== 1 || streams.wasBegun(id)) return null;
    const stream = this.add(id, false);
    stream.state = nextState(stream.state, frame.side, ON_PUSH_PROMISE) & ~VIOLATION;
    return stream;
  }

  /** The request of `Upgrade: h2c`: RFC 7540 §3.2 makes it stream 1. */
  upgraded(): Stream {
    const stream = this.add(1, false);
    stream.state = OPEN;
    return stream;
  }

  private beginBy(frame: FrameReader, id: number, input: number): Stream | null {
    const { streams, doubtful, settings } = this.shared;
    const wasBegun = streams.wasBegun(id);
    if (wasBegun) {
      const cause = streams.closeCause(id);
      // requests may be read after their answers, which come in any order
      const isNew = input === ON_HEADERS && id > streams.read[initiator(id)];
      if (cause !== null || (!doubtful && !isNew)) {
        this.onClosed(frame, id, cause);
        return null;
      }
    }
    const side = initiator(id);
    const stream = this.add(id, doubtful && (wasBegun || side !== frame.side));
    if (doubtful) stream.state = OPEN;
    // §5.1.2: "Endpoints MUST NOT exceed the limit set by their peer."
    const allowed = settings[1 - side].values.get(MAX_CONCURRENT_STREAMS);
    if (allowed !== undefined && streams.count[side] === allowed + 1)
      this.shared.fault("HTTP2_CONCURRENT_STREAMS", frame, { allowed });
    return stream;
  }

  private add(id: number, isDoubtful: boolean): Stream {
    const { streams, flow, limits } = this.shared;
    if (streams.open.size >= limits.maxStreams) this.abandonOldest();
    const stream = new Stream(id, flow.initial[0], flow.initial[1], isDoubtful);
    streams.add(stream);
    return stream;
  }

  private abandonOldest(): void {
    const { streams, limits, report, observer } = this.shared;
    const oldest = streams.open.oldest!;
    report("HTTP2_STREAMS_LIMIT", { limit: limits.maxStreams }, { stream: oldest.id });
    streams.close(oldest, "limit");
    observer.abandoned?.(oldest);
  }

  /** §5.1: "closed". Frames that were on their way when the other side reset or refused the stream are no fault. */
  private onClosed(frame: FrameReader, id: number, cause: CloseCause | null): void {
    const { side } = frame;
    if (cause === RESET_BY[1 - side] || cause === "GOAWAY" || cause === "limit") return;
    // §5.1.1: "The identifier of a newly established stream MUST be numerically greater than all streams that the initiating
    // endpoint has opened or reserved." What the other endpoint sends may answer a stream closed long ago.
    if (cause === null && initiator(id) !== side) return;
    this.shared.fault("HTTP2_STREAM_CLOSED", frame, {
      cause: cause ?? "an earlier end, or by a stream with a higher id",
    });
  }
}
