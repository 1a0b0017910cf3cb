/** The bytes of one side → its FrameReader while they are in step with frames; while they are not, → Resync. */
import type { CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { LIKELY_FRAME_SIZE } from "./frame-evidence.js";
import { type FrameHandler, FrameReader } from "./frame-reader.js";
import { Resync, type TakeBytes } from "./resync.js";
import type { Shared } from "./shared.js";
import { initiator } from "./stream.js";

/** Frame headers that have to be plausible once the bytes were found to be in step again. */
const PROBATION = 4;

/** How unlikely a frame on this stream is, in bits (see frame-evidence.ts): it is open; it is among the next ones. */
const OPEN_STREAM_COST = 4;
const NEXT_STREAM_COST = 6;

export class SideInput {
  readonly reader: FrameReader;
  /** Frame headers that are still to be looked at closely. */
  probation = 0;
  private resync: Resync | null = null;

  /** `onLost` is told when frames of this side may be missing. */
  constructor(
    readonly side: Side,
    handler: FrameHandler,
    private readonly shared: Shared,
    joinedLate: boolean,
    private readonly onLost: (side: Side, length: number, timeNs: number) => void,
  ) {
    this.reader = new FrameReader(side, handler, side === 0 && !joinedLate);
    if (joinedLate) this.resync = this.search();
  }

  data(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    const { resync } = this;
    if (resync !== null) {
      resync.data(buf, start, end, at, timeNs, this.taker(resync));
      return;
    }
    const used = this.reader.data(buf, start, end, at, timeNs);
    if (used === end) return;
    this.lose(0, timeNs);
    this.data(buf, used, end, at + used - start, timeNs);
  }

  gap(at: number, length: number, timeNs: number): void {
    this.endSearch();
    if (this.resync === null && this.reader.gap(length, timeNs)) return;
    this.shared.report("HTTP2_FRAMES_LOST", { length }, { side: this.side, at, length });
    this.lose(length, timeNs);
  }

  close(reason: CloseReason, timeNs: number): void {
    this.endSearch();
    this.shared.observer.close(this.side, reason, timeNs);
  }

  private lose(length: number, timeNs: number): void {
    this.reader.reset();
    this.resync = this.search();
    this.onLost(this.side, length, timeNs);
  }

  private endSearch(): void {
    const { resync } = this;
    if (resync === null) return;
    if (!resync.finish(this.taker(resync))) this.tellPassedOver(resync);
  }

  private taker(resync: Resync): TakeBytes {
    return (buf, start, end, at, timeNs) => {
      if (this.resync === resync) {
        this.resync = null;
        this.probation = PROBATION;
        this.tellPassedOver(resync);
      }
      this.data(buf, start, end, at, timeNs);
    };
  }

  private tellPassedOver({ passedOver, firstAt }: Resync): void {
    if (passedOver === 0) return;
    this.shared.report(
      "HTTP2_BYTES_PASSED_OVER",
      { length: passedOver },
      { side: this.side, at: firstAt, length: passedOver },
    );
  }

  private search(): Resync {
    const { streams, settings, limits } = this.shared;
    const { largestFrameSize } = settings[1 - this.side];
    const context = {
      streamCost: (id: number): number | null => {
        if (streams.open.has(id)) return OPEN_STREAM_COST;
        const highest = streams.highest[initiator(id)];
        return highest > 0 && id > highest && id <= highest + 64 ? NEXT_STREAM_COST : null;
      },
      maxFrameSize: this.shared.sawSettings[1 - this.side] ? largestFrameSize : LIKELY_FRAME_SIZE,
    };
    return new Resync(context, limits.maxDetectBytes);
  }
}
