/**
 * What passes → pieces of tape (tape.ts) for the thread that decodes. Costs the one who passes it on a copy of the bytes and no
 * more: pieces are handed over some milliseconds late, so that a thousand small reads are one message to the other thread.
 *
 * At most MAX_BACKLOG_BYTES wait for the decoder. What passes meanwhile is not kept: the tape says how much it was.
 */
import type { CloseReason, Side } from "../../bytes/byte-stream-sink.js";
import type { ConnectionInfo } from "../../engine/inspector.js";
import type { LiveClock } from "../live-clock.js";
import { TapeWriter } from "./tape.js";

const PIECE_BYTES = 256 * 1024;
/** Pieces kept for use again: 2 MiB, as many as are under way at a few hundred MB/s. */
const MAX_SPARE = 8;
/** How late a piece may be: nobody sees it, and 200 messages a second cost nothing. */
const LATE_MS = 5;
/** Bytes that wait for the decoder: 64 MiB, the largest message that is kept whole. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** Takes a piece of tape: `buffer` belongs to it until it gives it to `Recorder.done`. */
export type HandOver = (buffer: ArrayBuffer, length: number) => void;

export class Recorder {
  private piece: TapeWriter | null = null;
  private readonly spare: ArrayBuffer[] = [];
  /** Bytes handed over and not done. */
  private backlog = 0;
  private timer: NodeJS.Timeout | null = null;
  private count = 0;

  constructor(
    private readonly clock: LiveClock,
    private readonly handOver: HandOver,
    private readonly maxBacklog = MAX_BACKLOG_BYTES,
  ) {}

  connection(info: ConnectionInfo): Tap {
    const id = ++this.count;
    this.room(JSON.stringify(info).length * 3).open(id, info, this.clock.nowNs());
    return new Tap(id, this);
  }

  /** Everything that was recorded was decoded. */
  get settled(): boolean {
    return this.backlog === 0 && (this.piece === null || this.piece.length === 0);
  }

  /** A piece comes back. */
  done(buffer: ArrayBuffer, length: number): void {
    this.backlog -= length;
    if (this.spare.length < MAX_SPARE && buffer.byteLength === PIECE_BYTES) this.spare.push(buffer);
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { piece } = this;
    if (piece === null || piece.length === 0) return;
    this.piece = null;
    this.backlog += piece.length;
    this.handOver(piece.buffer, piece.length);
  }

  /** Whether bytes are kept; else they are skipped. */
  get keeps(): boolean {
    return this.backlog < this.maxBacklog;
  }

  get nowNs(): number {
    return this.clock.nowNs();
  }

  /** A piece with room for an event of so many bytes. */
  room(byteCount: number): TapeWriter {
    if (this.piece !== null && !this.piece.hasRoom(byteCount)) this.flush();
    this.piece ??= new TapeWriter(this.memory(byteCount));
    this.timer ??= setTimeout(() => this.flush(), LATE_MS);
    return this.piece;
  }

  private memory(byteCount: number): ArrayBuffer {
    const needed = byteCount + 64;
    return needed > PIECE_BYTES ? new ArrayBuffer(needed) : (this.spare.pop() ?? new ArrayBuffer(PIECE_BYTES));
  }
}

/** Looks on at one connection. */
export class Tap {
  private readonly skipped: [number, number] = [0, 0];

  constructor(
    private readonly id: number,
    private readonly recorder: Recorder,
  ) {}

  /** The bytes are copied. */
  data(side: Side, bytes: Uint8Array): void {
    const { recorder } = this;
    if (!recorder.keeps) {
      this.skipped[side] += bytes.length;
      return;
    }
    const timeNs = recorder.nowNs;
    this.tellSkipped(side, timeNs);
    recorder.room(bytes.length).data(this.id, side, bytes, timeNs);
  }

  /** Once for each side. */
  close(side: Side, reason: CloseReason): void {
    const timeNs = this.recorder.nowNs;
    this.tellSkipped(side, timeNs);
    this.recorder.room(0).close(this.id, side, reason, timeNs);
  }

  private tellSkipped(side: Side, timeNs: number): void {
    if (this.skipped[side] === 0) return;
    this.recorder.room(0).skip(this.id, side, this.skipped[side], timeNs);
    this.skipped[side] = 0;
  }
}
