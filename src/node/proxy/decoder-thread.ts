/**
 * The thread that decodes what passes. It has its own event loop and heap: whatever happens to it, those that pass bytes on only
 * learn that it is gone.
 */
import { Worker } from "node:worker_threads";
import type { ConnectionInfo } from "../../engine/inspector.js";
import { LiveClock } from "../live-clock.js";
import { type PieceMemory, Recorder, type Tap } from "./recorder.js";

/** To the thread: a piece of tape; nobody reads standard output any more; there is no more. */
export type TapeMessage = TapePiece | "closed" | "finish";

export interface TapePiece {
  readonly id: number | null;
  /** null: the same as the last time this id came. */
  readonly buffer: SharedArrayBuffer | null;
  readonly length: number;
}

/** From the thread: it runs; the next piece comes back, and so many calls are open now. */
export type TapeReply = "ready" | { readonly openCalls: number };

/** The heap of the decoder, messages and captures not counted: one that needs more is out of hand. */
const MAX_HEAP_MB = 512;

export class DecoderThread {
  readonly recorder: Recorder;
  /** Calls that began and did not end, as far as was decoded. */
  openCalls = 0;
  /** Why it ended before it was asked to; null: it did not. */
  failure: string | null = null;
  private started = false;
  private readonly worker: Worker;
  /** Pieces that the thread has got, by id. */
  private readonly known: PieceMemory[] = [];
  private readonly ended: Promise<void>;

  /**
   * `data` and `baseSeconds`, the time base of the tape, go to the module at `url` as its workerData. `onFailure` hears of an end
   * behind its start; one before is told by `ready`.
   */
  constructor(url: URL, data: object, onFailure: (reason: string) => void) {
    const clock = new LiveClock();
    this.recorder = new Recorder(clock, (piece, length) => this.hand(piece, length));
    this.worker = new Worker(url, {
      workerData: { ...data, baseSeconds: clock.baseSeconds },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    this.worker.on("message", (reply: TapeReply) => {
      if (reply === "ready") {
        this.started = true;
        return;
      }
      this.openCalls = reply.openCalls;
      this.recorder.done();
    });
    this.ended = new Promise((resolve) => {
      const end = (reason: string | null): void => {
        if (reason !== null && this.failure === null) {
          this.failure = reason;
          if (this.started) onFailure(reason);
        }
        resolve();
      };
      this.worker.on("error", (error) => end(error.message));
      this.worker.on("exit", (code) => end(code === 0 ? null : `it ended with status ${code}`));
    });
  }

  private hand(piece: PieceMemory, length: number): void {
    if (this.failure !== null) {
      this.recorder.done();
      return;
    }
    const { id } = piece;
    const isKnown = id !== null && this.known[id] === piece;
    if (id !== null) this.known[id] = piece;
    this.worker.postMessage({ id, buffer: isKnown ? null : piece.buffer, length } satisfies TapeMessage);
  }

  /** Once it has read its schemas and opened its files. Resolves to false where it could not. */
  async ready(): Promise<boolean> {
    const isReady = new Promise<boolean>((resolve) => this.worker.once("message", () => resolve(true)));
    return await Promise.race([isReady, this.ended.then(() => false)]);
  }

  connection(info: ConnectionInfo): Tap {
    return this.recorder.connection(info);
  }

  /** Nobody reads standard output any more. */
  outputClosed(): void {
    this.worker.postMessage("closed" satisfies TapeMessage);
  }

  /** Ends it as it is. */
  async terminate(): Promise<void> {
    this.failure ??= "it was ended";
    await this.worker.terminate();
  }

  /** All that was recorded is decoded and printed, with the totals. */
  async finish(): Promise<void> {
    this.recorder.flush();
    this.worker.postMessage("finish" satisfies TapeMessage);
    await this.ended;
  }
}
