/** The bytes of one side → its FrameReader while they are in step with frames; while they are not, → Resync. */
import { CLIENT, type CloseReason, type Side } from "../bytes/byte-stream-sink.js";
import { LIKELY_FRAME_SIZE } from "./frame-evidence.js";
import { type FrameHandler, FrameReader } from "./frame-reader.js";
import { DATA, FRAME_HEADER_LENGTH, HEADERS, PUSH_PROMISE } from "./frame-type.js";
import { type Chunk, Resync } from "./resync.js";
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
    let used = start;
    if (this.resync === null) {
      used = this.reader.data(buf, start, end, at, timeNs);
      if (used === end) return;
      this.loseStep(at + used - start, timeNs);
    }
    this.outOfStep([{ buf, start: used, end, at: at + used - start, timeNs }]);
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

  /** Reads what is in step, and searches what is not. `work`: chunks that are still to be read, the next one last. */
  private outOfStep(work: Chunk[]): void {
    for (let chunk = work.pop(); chunk !== undefined; chunk = work.pop()) {
      const { buf, end, at, timeNs } = chunk;
      const origin = at - chunk.start;
      for (let i = chunk.start; i < end; ) {
        const { resync } = this;
        if (resync === null) {
          i = this.reader.data(buf, i, end, origin + i, timeNs);
          if (i < end) this.loseStep(origin + i, timeNs);
          continue;
        }
        i = resync.offer(buf, i, end, origin + i, timeNs);
        if (resync.found === "no") continue;
        this.accept(resync);
        if (resync.found === "at hand") continue;
        if (i < end) work.push({ buf, start: i, end, at: origin + i, timeNs });
        work.push(...resync.chunks.reverse());
        break;
      }
    }
  }

  private accept(resync: Resync): void {
    this.resync = null;
    this.probation = PROBATION;
    this.tellPassedOver(resync);
  }

  /** A header that can begin no frame: the bytes are not what the frame before said. */
  private loseStep(at: number, timeNs: number): void {
    this.shared.report(
      "HTTP2_OUT_OF_STEP",
      {},
      { side: this.side, at: at - FRAME_HEADER_LENGTH, length: FRAME_HEADER_LENGTH },
    );
    this.lose(0, timeNs);
  }

  private lose(length: number, timeNs: number): void {
    this.reader.reset();
    this.resync = this.search();
    this.onLost(this.side, length, timeNs);
  }

  private endSearch(): void {
    const { resync } = this;
    if (resync === null) return;
    resync.finish();
    if (resync.found === "no") {
      this.tellPassedOver(resync);
      return;
    }
    this.accept(resync);
    this.outOfStep(resync.chunks.reverse());
  }

  private tellPassedOver({ passedOver, firstAt }: Resync): void {
    if (passedOver === 0) return;
    const place = { side: this.side, at: firstAt, length: passedOver };
    this.shared.report("HTTP2_BYTES_PASSED_OVER", { length: passedOver }, place);
  }

  private search(): Resync {
    const { streams, settings, limits } = this.shared;
    const { largestFrameSize } = settings[1 - this.side];
    const context = {
      streamCost: (id: number, type: number): number | null => {
        if (this.side === CLIENT && id % 2 === 0 && isServersAlone(type)) return Number.POSITIVE_INFINITY;
        if (streams.open.get(id) !== null) return OPEN_STREAM_COST;
        const highest = streams.highest[initiator(id)];
        return highest > 0 && id > highest && id <= highest + 64 ? NEXT_STREAM_COST : null;
      },
      maxFrameSize: this.shared.sawSettings[1 - this.side] ? largestFrameSize : LIKELY_FRAME_SIZE,
    };
    return new Resync(context, limits.maxDetectBytes);
  }
}

/** RFC 9113 §5.1, "reserved (remote)": of the streams that a server opens, the client sends nothing but PRIORITY and the like. */
function isServersAlone(type: number): boolean {
  return type === DATA || type === HEADERS || type === PUSH_PROMISE;
}
