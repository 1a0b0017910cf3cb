/**
 * A capture tool that runs: the bytes of its pipe, what it has lost, and its end. It ends when it is told to, and never outlives
 * this process, however that ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { CaptureRequest, CaptureTool } from "./capture-tool.js";

/** The last of what it says is kept: it says the same every second. */
const MAX_SAID = 16 * 1024;
const ASK_EVERY_MS = 1_000;

export interface CaptureEnd {
  readonly failed: boolean;
  readonly signal: NodeJS.Signals | null;
  readonly received: number;
  readonly dropped: number | null;
}

/**
 * The shell becomes the tool itself, so that a signal to the child is one to the tool. Beside it a second shell reads a pipe that
 * nobody writes to: when this process is gone, also by SIGKILL, that pipe ends, and the tool is told to. A line in the pipe says
 * that the tool has ended by itself.
 */
const GUARDED = '{ read -r line <&3 || kill -TERM $$; } >/dev/null 2>&1 & exec "$@" 3<&-';

export class CaptureProcess {
  private readonly child: ChildProcess;
  private readonly asking: NodeJS.Timeout | null = null;
  /** The end of what it said on standard error. */
  said = "";
  private stopping = false;
  private readonly ended: Promise<unknown>;

  constructor(
    readonly tool: CaptureTool,
    request: CaptureRequest,
  ) {
    const words = [tool.program.path, ...tool.argumentsFor(request)];
    // In a session of its own: Ctrl-C is for this process, which passes it on.
    this.child = spawn("/bin/sh", ["-c", GUARDED, "sh", ...words], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, LC_ALL: "C" },
    });
    this.ended = once(this.child, "close").then(
      () => {},
      (error) => {
        this.said += String(error);
      },
    );
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.said = (this.said + text).slice(-MAX_SAID);
    });
    this.guard.on("error", () => {});
    const { tellSignal } = tool;
    if (tellSignal !== null) {
      this.asking = setInterval(() => this.child.kill(tellSignal), ASK_EVERY_MS);
      this.asking.unref();
    }
    this.child.once("exit", () => {
      if (this.asking !== null) clearInterval(this.asking);
      this.guard.end("ended\n");
    });
  }

  /** The capture's bytes as they are written. */
  get bytes(): Readable {
    return this.child.stdout!;
  }

  /** Packets lost so far, as far as the tool has said; null: it has not. */
  get dropped(): number | null {
    return this.tool.counts(this.said)?.dropped ?? null;
  }

  /** Asks it to hand over what it has and end; asked again, it is ended at once. */
  stop(): void {
    this.child.kill(this.stopping ? "SIGKILL" : "SIGINT");
    this.stopping = true;
  }

  /** Its end. `failed`: it ended by itself, and not well; `signal`: what it was killed by, before it could say a last word. */
  async end(): Promise<CaptureEnd> {
    await this.ended;
    const { exitCode, signalCode } = this.child;
    const counts = this.tool.counts(this.said);
    return {
      failed: exitCode !== 0 && !this.stopping,
      signal: signalCode,
      received: counts?.received ?? 0,
      dropped: counts?.dropped ?? null,
    };
  }

  private get guard() {
    return this.child.stdio[3] as Writable;
  }
}
