/**
 * What passes on one connection → a StreamLog for each stream that may be the call asked for.
 *
 * The tap sees the bytes with their packets before anybody else; whoever knows the protocol (frame-log.ts, exchange-log.ts) then
 * says which of them belong to which stream.
 */
import type { ByteStreamSink, Side } from "../bytes/byte-stream-sink.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import type { MemoryBudget } from "../grpc/growing-buffer.js";
import type { Http2Observer } from "../http2/observer.js";
import { ByteLog, type Piece } from "./byte-log.js";
import { ExchangeLog } from "./exchange-log.js";
import { FrameLog } from "./frame-log.js";
import { StreamLog } from "./stream-log.js";

/** Kept of a stream before it is known to be a call: the request headers tell it, or else trailers behind the largest usual message. */
const UNDECIDED_BYTES = 4 * 1024 * 1024;

export class ConnectionLog {
  private readonly logs: readonly [ByteLog, ByteLog];
  /** By stream id; null: not the call asked for. The oldest is forgotten at `maxStreams`. */
  private readonly streams = new Map<number, StreamLog | null>();
  /** By side of the tap: stream offset from which on bytes are still needed. */
  private readonly neededFrom: [number, number] = [0, 0];
  /** By side of the tap: where the newest lost bytes begin. */
  private readonly gapAt: [number, number] = [0, 0];
  private isSwapped = false;
  private isOff = false;
  private wanted: number | null = null;
  private observer: FrameLog | ExchangeLog | null = null;

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
      gap: (side, at, length, timeNs) => {
        this.gapAt[side] = at;
        sink.gap(side, at, length, timeNs);
      },
      close: (side, reason, timeNs) => sink.close(side, reason, timeNs),
    };
  }

  /** It is HTTP/2: whom to tell its frames and streams. `isSwapped`: its client is side 1 of the bytes that the tap sees. */
  openFrames(calls: Http2Observer, isSwapped: boolean): FrameLog {
    this.isSwapped = isSwapped;
    this.observer = new FrameLog(this, calls);
    return this.observer;
  }

  /** The same for HTTP/1.1. */
  openExchanges(calls: Http2Observer, isSwapped: boolean): ExchangeLog {
    this.isSwapped = isSwapped;
    this.observer = new ExchangeLog(this, calls);
    return this.observer;
  }

  // --- for whoever finds the call --------------------------------------------------------------------------------------------

  /** Nothing of it is asked for. */
  stop(): void {
    this.isOff = true;
    for (const log of this.logs) log.clear();
    this.clearStreams();
  }

  /** It is not the call asked for. */
  drop(streamId: number): void {
    this.streams.get(streamId)?.clear();
    this.streams.set(streamId, null);
  }

  /** Keeps this stream and no other. */
  want(streamId: number): StreamLog {
    const log = this.streams.get(streamId) ?? new StreamLog(this.budget);
    this.streams.delete(streamId);
    this.clearStreams();
    this.streams.set(streamId, log);
    this.wanted = streamId;
    return log;
  }

  /** The call asked for is over; more of its stream may still come. */
  endCall(): void {
    this.observer?.endCall();
  }

  /** Nothing more will come. */
  finish(): void {
    this.observer?.finish();
  }

  // --- for whoever knows the protocol ----------------------------------------------------------------------------------------

  /** The log of a stream that may be the call, begun if need be; null: it is not. */
  stream(streamId: number): StreamLog | null {
    if (this.isOff) return null;
    const known = this.streams.get(streamId);
    if (known !== undefined) return known;
    if (this.wanted !== null) return null;
    if (this.streams.size >= this.maxStreams) this.forgetOldest();
    const log = new StreamLog(this.budget);
    this.streams.set(streamId, log);
    return log;
  }

  /** All streams that may be the call. */
  *all(): Generator<StreamLog> {
    for (const log of this.streams.values()) if (log !== null) yield log;
  }

  /** The stream is over: were it a call, that would be known. */
  giveUp(streamId: number): void {
    if (streamId !== this.wanted && this.streams.has(streamId)) this.drop(streamId);
  }

  /** What is there of stream bytes [from, to); borrowed. */
  between(side: Side, from: number, to: number): Piece[] {
    return this.logs[this.tapSide(side)].between(from, to);
  }

  /** Bytes before `at` will not be asked for any more. */
  forgetBefore(side: Side, at: number): void {
    this.neededFrom[this.tapSide(side)] = at;
  }

  /** Where the newest lost bytes of a side begin. */
  lastGap(side: Side): number {
    return this.gapAt[this.tapSide(side)];
  }

  /** How much of a stream is kept. */
  get maxStreamBytes(): number {
    return this.wanted === null ? UNDECIDED_BYTES : Number.POSITIVE_INFINITY;
  }

  private tapSide(side: Side): Side {
    return this.isSwapped ? ((1 - side) as Side) : side;
  }

  private clearStreams(): void {
    for (const log of this.all()) log.clear();
    this.streams.clear();
  }

  private forgetOldest(): void {
    for (const [id, log] of this.streams) {
      log?.clear();
      this.streams.delete(id);
      return;
    }
  }
}
