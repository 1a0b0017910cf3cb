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
/** Pieces that the other thread knows by a number, and that are kept while it has nothing to do: 2 MiB. */
const MAX_KEPT = 8;
/** So many that the decoder has not got to, and it gets full ones only: they would take memory for bytes that they do not hold. */
const MAX_EARLY = 4;
/** How late a piece may be: nobody sees it, and 100 messages a second cost nothing. */
const LATE_MS = 10;
/** Bytes that wait for the decoder: 64 MiB, the largest message that is kept whole. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/**
 * Memory of a piece, seen by both threads: to hand it from heap to heap instead has each of them collect its garbage all the time.
 * It belongs to whoever has the piece.
 */
export interface PieceMemory {
  /** Different for each that has one; null: the other thread does not know it. */
  readonly id: number | null;
  readonly buffer: SharedArrayBuffer;
}

/** Takes `length` bytes of tape. `Recorder.done` gives the pieces back, in the order in which they were handed over. */
export type HandOver = (piece: PieceMemory, length: number) => void;

export class Recorder {
  private piece: TapeWriter | null = null;
  private memory: PieceMemory | null = null;
  private readonly spare: PieceMemory[] = [];
  private kept = 0;
  /** What is handed over and not done, and its bytes. */
  private readonly handed: { readonly memory: PieceMemory; readonly length: number }[] = [];
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

  /** The next piece comes back. */
  done(): void {
    const { memory, length } = this.handed.shift()!;
    this.backlog -= length;
    if (memory.buffer.byteLength === PIECE_BYTES) this.spare.push(memory);
    // The burst is over: memory for the next one is taken then.
    if (this.handed.length === 0 && this.spare.length > MAX_KEPT)
      this.spare.splice(0, this.spare.length, ...this.spare.filter(({ id }) => id !== null));
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const { piece, memory } = this;
    if (piece === null || memory === null || piece.length === 0) return;
    this.piece = this.memory = null;
    this.backlog += piece.length;
    this.handed.push({ memory, length: piece.length });
    this.handOver(memory, piece.length);
  }

  private flushLate(): void {
    this.timer = null;
    if (this.handed.length < MAX_EARLY) this.flush();
    else this.wait();
  }

  private wait(): void {
    this.timer ??= setTimeout(() => this.flushLate(), LATE_MS);
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
    if (this.piece === null) {
      this.memory = this.take(byteCount);
      this.piece = new TapeWriter(this.memory.buffer);
    }
    this.wait();
    return this.piece;
  }

  private take(byteCount: number): PieceMemory {
    const needed = byteCount + 64;
    if (needed > PIECE_BYTES) return { id: null, buffer: new SharedArrayBuffer(needed) };
    const spare = this.spare.pop();
    if (spare !== undefined) return spare;
    const id = this.kept < MAX_KEPT ? this.kept++ : null;
    return { id, buffer: new SharedArrayBuffer(PIECE_BYTES) };
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
