/** The frames and HPACK representations of an HTTP/2 connection → the logs of their streams. */
import { append } from "../bytes/append.js";
import type { Side } from "../bytes/byte-stream-sink.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { RepresentationView } from "../hpack/representation.js";
import type { FrameObserver, FrameView } from "../http2/frame-observer.js";
import { CONTINUATION, FLAG_END_HEADERS, FRAME_HEADER_LENGTH, HEADERS, PUSH_PROMISE } from "../http2/frame-type.js";
import type { Http2Stream } from "../http2/observer.js";
import { packetOffset } from "./byte-log.js";
import { PassingObserver } from "./passing-observer.js";
import type { KeptFrame, KeptRepresentation, Lesson } from "./stream-log.js";

/** The block that is open on a side, and what was decoded of it before its frames were told. */
interface OpenBlock {
  /** Stream offset of its first fragment. */
  readonly at: number;
  readonly representations: KeptRepresentation[];
}

export class FrameLog extends PassingObserver implements FrameObserver {
  private readonly lessons = new WeakMap<HeaderField, Lesson>();
  private readonly blocks: [OpenBlock | null, OpenBlock | null] = [null, null];
  /** The frame that began the newest block; null: of a stream that nobody asks for. */
  private readonly blockFrames: [KeptFrame | null, KeptFrame | null] = [null, null];
  /** Stream offset behind the last DATA that was told while the call went on. */
  private readonly countedTo: [number, number] = [0, 0];

  finish(): void {
    this.settleBlock(0);
    this.settleBlock(1);
  }

  representation(side: Side, view: RepresentationView, streamOffset: (blockOffset: number) => number): void {
    const at = streamOffset(0);
    if (this.blocks[side]?.at !== at) {
      this.settleBlock(side);
      this.blocks[side] = { at, representations: [] };
    }
    const { entry, field } = view;
    const taught = entry === null ? null : (this.lessons.get(entry) ?? null);
    if (view.kind === "incremental" && field !== null)
      this.lessons.set(field, this.place(side, streamOffset(view.start)));
    this.blocks[side]!.representations.push({ ...view, taught });
  }

  frame(view: FrameView): void {
    const { side, at, length, type, flags } = view;
    const end = at + FRAME_HEADER_LENGTH + length;
    const isBlockFrame = type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
    const block = this.blocks[side];
    const isOwn = block !== null && block.at >= at && block.at < end;
    if (!isOwn && block !== null && type !== CONTINUATION) this.settleBlock(side);
    const representations = isOwn ? block.representations : [];
    const kept = this.keep(view, end, representations);
    if (isBlockFrame && type !== CONTINUATION) this.blockFrames[side] = kept;
    if (isOwn) this.blocks[side] = null;
    else if (isBlockFrame && view.block !== null) this.settleBlock(side);
    // A block that goes on has lessons in bytes before this frame's end.
    const goesOn = isBlockFrame && view.block === null && (flags & FLAG_END_HEADERS) === 0;
    if (!goesOn) this.connection.forgetBefore(side, end);
  }

  override data(
    stream: Http2Stream,
    side: Side,
    buf: Uint8Array,
    start: number,
    end: number,
    at: number,
    timeNs: number,
  ): void {
    if (!this.isOver) this.countedTo[side] = at + end - start;
    super.data(stream, side, buf, start, end, at, timeNs);
  }

  override lost(stream: Http2Stream | null, side: Side, length: number, timeNs: number): void {
    if (stream === null) for (const log of this.connection.all()) log.events.push({ kind: "loss", side, length });
    super.lost(stream, side, length, timeNs);
  }

  private keep(view: FrameView, end: number, representations: KeptRepresentation[]): KeptFrame | null {
    const { side, at, length, type, flags, streamId, endNs } = view;
    const log = streamId === 0 ? null : this.connection.stream(streamId);
    if (log === null) return null;
    const { padLength, priority, errorCode, increment, promisedStreamId } = view;
    const pieces = log.keep(this.connection.between(side, at, end), this.connection.maxStreamBytes);
    const frame: KeptFrame = {
      ...{ kind: "frame", side, at, end, pieces, endNs, length, type, flags, streamId },
      ...{ padLength, priority, errorCode, increment, promisedStreamId },
      countedTo: this.countedTo[side],
      representations,
    };
    log.events.push(frame);
    return frame;
  }

  /** What was decoded of a block whose first frame was told before belongs to that frame. */
  private settleBlock(side: Side): void {
    const block = this.blocks[side];
    const frame = this.blockFrames[side];
    this.blocks[side] = null;
    if (block === null || frame === null || block.at < frame.at || block.at >= frame.end) return;
    append(frame.representations, block.representations);
  }

  private place(side: Side, at: number): Lesson {
    const piece = this.connection.between(side, at, at + 1)[0];
    return piece === undefined
      ? { packet: null, offset: null }
      : { packet: piece.segment.packet, offset: packetOffset(piece) };
  }
}
