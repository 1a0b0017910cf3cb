/**
 * What passes on one connection → a StreamLog for each stream that may be the call asked for.
 *
 * It stands in three places: before whoever tells the protocol, where it sees the bytes with their packets; behind the frame
 * readers, which tell it each frame and each HPACK representation; and before the calls, whose events it passes on.
 */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import type { MemoryBudget } from "../grpc/growing-buffer.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { RepresentationView } from "../hpack/representation.js";
import type { FrameObserver, FrameView } from "../http2/frame-observer.js";
import { CONTINUATION, FLAG_END_HEADERS, HEADERS, PUSH_PROMISE } from "../http2/frame-type.js";
import type { HeaderBlock, Http2Observer, Http2Stream } from "../http2/observer.js";
import { ByteLog, packetOffset } from "./byte-log.js";
import { frameEnd, type KeptFrame, type KeptRepresentation, type Lesson, StreamLog } from "./stream-log.js";

/** Kept of a stream before it is known to be a call: the request headers tell it, or else trailers behind the largest usual message. */
const UNDECIDED_BYTES = 4 * 1024 * 1024;

/** The block that is open on a side, and what was decoded of it before its frames were told. */
interface OpenBlock {
  /** Stream offset of its first fragment. */
  readonly at: number;
  readonly representations: KeptRepresentation[];
}

export class ConnectionLog implements FrameObserver, Http2Observer {
  private readonly logs: readonly [ByteLog, ByteLog];
  /** By stream id; null: not the call asked for. The oldest is forgotten at `maxStreams`. */
  private readonly streams = new Map<number, StreamLog | null>();
  private readonly lessons = new WeakMap<HeaderField, Lesson>();
  private readonly blocks: [OpenBlock | null, OpenBlock | null] = [null, null];
  /** The frame that began the newest block. */
  private readonly blockFrames: [KeptFrame | null, KeptFrame | null] = [null, null];
  /** Stream offset from which on bytes are still needed; and behind the last DATA that was told. */
  private readonly neededFrom: [number, number] = [0, 0];
  private readonly countedTo: [number, number] = [0, 0];
  private calls: Http2Observer | null = null;
  private isSwapped = false;
  private isOff = false;
  private isOver = false;
  private wanted = 0;

  constructor(
    private readonly provenance: readonly [OffsetMap, OffsetMap] | null,
    private readonly budget: MemoryBudget,
    private readonly maxStreams: number,
  ) {
    this.logs = [new ByteLog(budget), new ByteLog(budget)];
  }

  /** Sees what goes into `sink`. */
  tap(sink: ByteStreamSink): ByteStreamSink {
    return {
      data: (side, buf, start, end, at, timeNs) => {
        if (!this.isOff) this.logs[side].push(buf, start, end, at, timeNs, this.provenance?.[side] ?? null);
        sink.data(side, buf, start, end, at, timeNs);
        if (!this.isOff) this.logs[side].forgetBefore(this.neededFrom[side]);
      },
      gap: (side, at, length, timeNs) => sink.gap(side, at, length, timeNs),
      close: (side, reason, timeNs) => sink.close(side, reason, timeNs),
    };
  }

  /** It is HTTP/2. `isSwapped`: its client is side 1 of the bytes that the tap sees. */
  pass(calls: Http2Observer, isSwapped: boolean): this {
    this.calls = calls;
    this.isSwapped = isSwapped;
    return this;
  }

  /** Nothing of it is asked for. */
  stop(): void {
    this.isOff = true;
    for (const log of this.logs) log.clear();
    for (const stream of this.streams.values()) stream?.clear();
    this.streams.clear();
  }

  drop(streamId: number): void {
    this.streams.get(streamId)?.clear();
    this.streams.set(streamId, null);
  }

  /** Keeps this stream and no other. */
  want(streamId: number): StreamLog {
    const log = this.streams.get(streamId) ?? new StreamLog(this.budget);
    this.streams.delete(streamId);
    for (const stream of this.streams.values()) stream?.clear();
    this.streams.clear();
    this.streams.set(streamId, log);
    this.wanted = streamId;
    return log;
  }

  /** The call asked for is over; frames of its stream may still come. */
  endCall(): void {
    this.isOver = true;
  }

  /** Nothing more will come. */
  finish(): void {
    this.settleBlock(0);
    this.settleBlock(1);
  }

  // --- frames ---------------------------------------------------------------------------------------------------------------

  representation(side: Side, view: RepresentationView, streamOffset: (blockOffset: number) => number): void {
    if (this.isOff) return;
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
    if (this.isOff) return;
    const { side, at, streamId, type, flags } = view;
    const end = frameEnd(view);
    const isBlockFrame = type === HEADERS || type === PUSH_PROMISE || type === CONTINUATION;
    const block = this.blocks[side];
    const isOwn = block !== null && block.at >= at && block.at < end;
    if (!isOwn && block !== null && type !== CONTINUATION) this.settleBlock(side);
    const stream = streamId === 0 ? null : this.log(streamId);
    if (stream !== null) {
      const pieces = this.byteLog(side).between(at, end);
      const maxBytes = this.wanted === 0 ? UNDECIDED_BYTES : Number.POSITIVE_INFINITY;
      const representations = isOwn ? block.representations : [];
      const kept = stream.addFrame(view, pieces, this.countedTo[side], maxBytes, representations);
      if (isBlockFrame && type !== CONTINUATION) this.blockFrames[side] = kept;
    } else if (isBlockFrame && type !== CONTINUATION) this.blockFrames[side] = null;
    if (isOwn) this.blocks[side] = null;
    else if (isBlockFrame && view.block !== null) this.settleBlock(side);
    // A block that goes on has lessons in bytes before this frame's end.
    const goesOn = isBlockFrame && view.block === null && (flags & FLAG_END_HEADERS) === 0;
    if (!goesOn) this.neededFrom[this.tapSide(side)] = end;
  }

  /** What was decoded of a block whose first frame was told before belongs to that frame. */
  private settleBlock(side: Side): void {
    const block = this.blocks[side];
    const frame = this.blockFrames[side];
    this.blocks[side] = null;
    if (block === null || frame === null || block.at < frame.at || block.at >= frameEnd(frame)) return;
    frame.representations.push(...block.representations);
  }

  private place(side: Side, at: number): Lesson {
    const piece = this.byteLog(side).between(at, at + 1)[0];
    return piece === undefined
      ? { packet: null, offset: null }
      : { packet: piece.segment.packet, offset: packetOffset(piece) };
  }

  private tapSide(side: Side): Side {
    return this.isSwapped ? ((1 - side) as Side) : side;
  }

  private byteLog(side: Side): ByteLog {
    return this.logs[this.tapSide(side)];
  }

  /** The log of a stream that may be the call, begun if need be; null: it is not. */
  private log(streamId: number): StreamLog | null {
    const known = this.streams.get(streamId);
    if (known !== undefined) return known;
    if (this.wanted !== 0) return null;
    if (this.streams.size >= this.maxStreams) this.forgetOldest();
    const log = new StreamLog(this.budget);
    this.streams.set(streamId, log);
    return log;
  }

  private forgetOldest(): void {
    for (const [id, log] of this.streams) {
      log?.clear();
      this.streams.delete(id);
      return;
    }
  }

  // --- streams --------------------------------------------------------------------------------------------------------------

  headers(stream: Http2Stream, side: Side, block: HeaderBlock, endStream: boolean): void {
    this.calls!.headers(stream, side, block, endStream);
  }

  data(stream: Http2Stream, side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    if (!this.isOver) this.countedTo[side] = at + end - start;
    this.calls!.data(stream, side, buf, start, end, at, timeNs);
  }

  endStream(stream: Http2Stream, side: Side, timeNs: number): void {
    this.calls!.endStream(stream, side, timeNs);
    const log = this.streams.get(stream.id);
    if (log) log.endedSides++;
    if (log?.endedSides === 2) this.giveUp(stream.id);
  }

  reset(stream: Http2Stream, side: Side, errorCode: number, refused: boolean, timeNs: number): void {
    this.calls!.reset(stream, side, errorCode, refused, timeNs);
    this.giveUp(stream.id);
  }

  lost(stream: Http2Stream | null, side: Side, length: number, timeNs: number): void {
    if (stream === null) for (const log of this.streams.values()) log?.addLoss(side, length);
    this.calls!.lost(stream, side, length, timeNs);
  }

  abandoned(stream: Http2Stream): void {
    this.calls!.abandoned?.(stream);
    this.giveUp(stream.id);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    this.calls!.close(side, reason, timeNs);
  }

  /** The stream is over: were it a call, it would be known. */
  private giveUp(streamId: number): void {
    if (streamId !== this.wanted && this.streams.has(streamId)) this.drop(streamId);
  }
}
