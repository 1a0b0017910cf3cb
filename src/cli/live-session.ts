/**
 * An inspector on live input, and all that is printed of it: what was made goes out at the end of each turn of the event loop, the
 * status line stands below it, and time passes also while nothing comes.
 */
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { Inspector } from "../engine/inspector.js";
import { HeapKeeper } from "../node/heap-keeper.js";
import { OutputStream } from "../node/output-stream.js";
import { nodePorts } from "../node/ports.js";
import type { Output } from "../output/output.js";
import { EXIT_DAMAGED, EXIT_NO_GRPC, EXIT_OK } from "./exit-status.js";
import { explainNoGrpc } from "./no-grpc.js";
import type { OutputOptions, SchemaOptions } from "./options.js";
import { createLiveOutput } from "./output-format.js";
import { schemaOf } from "./schema.js";
import { StatusLine } from "./status-line.js";
import { Talk } from "./talk.js";
import { titleOf } from "./world.js";

export interface LiveOptions extends SchemaOptions, OutputOptions {
  /** For tests: the decoder of each live connection throws once it was given more bytes than that. */
  readonly failAfterBytes?: number | null;
}

const TICK_MS = 250;
/** So long without input, time passes without packets. Before, what is to come may be on its way. */
const QUIET_MS = 1_000;

export class LiveSession {
  readonly inspector: Inspector;
  readonly talk: Talk;
  /** Packets that were lost before they could be read; null: nobody says. */
  drops: () => number | null = () => null;
  private bytes = 0;
  private ending = false;
  private lastMs = performance.now();
  private readonly heap: HeapKeeper;
  private readonly status: StatusLine;
  private readonly stream: OutputStream;
  private readonly output: Output;
  private readonly timer: NodeJS.Timeout;

  /** `capture`: what the records call the input; null: it has no name. Throws UsageError, InputError, OutputError. */
  constructor(
    options: LiveOptions,
    private readonly capture: string | null = null,
    heapSlackBytes?: number,
  ) {
    this.heap = new HeapKeeper(heapSlackBytes);
    this.status = new StatusLine(() => ({ summary: this.inspector.summary, bytes: this.bytes, drops: this.drops() }));
    this.talk = new Talk(options, null, this.status.hide);
    this.stream = options.output === null ? OutputStream.stdout() : OutputStream.file(options.output);
    if (options.output === null && process.stdout.isTTY) this.stream.beforeWrite = this.status.hide;
    this.output = createLiveOutput(options, this.stream.write, null);
    this.inspector = new Inspector(
      nodePorts,
      {
        capture,
        schema: schemaOf(options, (sentence) => this.talk.warn(sentence)),
        limits: options.limits,
        guessPath: options.guessPath,
        raw: options.raw,
        emitDefaults: options.emitDefaults,
        failAfterBytes: options.failAfterBytes ?? null,
      },
      { ...this.output, diagnostic: (diagnostic) => this.tell(diagnostic) },
    );
    // Behind the reading of what came while this process had no time.
    this.timer = setInterval(() => setImmediate(() => this.tick()), TICK_MS).unref();
    this.status.start();
  }

  /** Nobody reads what is printed any more: `| head` has seen enough. */
  get closed(): boolean {
    return this.stream.closed;
  }

  /** True: more is waiting than the reader of the output takes. */
  get full(): boolean {
    return this.stream.full;
  }

  /** To be told after `bytes` were pushed into the inspector: what came of them goes out when this turn ends. */
  pushed(bytes: number): void {
    this.bytes += bytes;
    this.heap.read(bytes);
    this.lastMs = performance.now();
    this.stream.flushSoon();
  }

  /** Waits where the output is full. */
  async drain(): Promise<void> {
    await this.stream.drain();
  }

  /** The input is over: what is open is printed, then the totals. Throws OutputError. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    this.status.stop();
    const { inspector } = this;
    this.ending = true;
    if (!this.closed && this.bytes > 0) {
      inspector.finish();
      if (inspector.summary.calls > 0) this.output.end(inspector.summary);
      this.talk.untold(inspector.untold);
      this.talk.schemaProblems(inspector.schemaProblems);
    }
    await this.stream.end();
  }

  /**
   * That of the command, behind `end`. One that a signal has ended did what was asked of it. What was there in place of gRPC is
   * told; `name`: what was read.
   */
  exitStatus(name: string, interrupted: boolean): number {
    const { inspector } = this;
    if (this.closed) return EXIT_OK;
    if (inspector.summary.calls === 0) {
      const sentence = explainNoGrpc(titleOf({ name }), inspector.summary, inspector.packetCounts);
      if (interrupted) this.talk.note(sentence);
      else this.talk.error(sentence);
    }
    if (interrupted) return EXIT_OK;
    if (inspector.damaged) return EXIT_DAMAGED;
    return inspector.summary.calls > 0 ? EXIT_OK : EXIT_NO_GRPC;
  }

  private tell(diagnostic: Diagnostic): void {
    // Whoever wrote was ended, be it in the middle of a packet.
    if (this.ending && diagnostic.scope === "capture") return;
    this.talk.diagnostic(diagnostic, null, this.capture);
  }

  private tick(): void {
    if (this.bytes === 0 || this.ending) return;
    const { lastNs } = this.inspector.summary;
    const quietMs = performance.now() - this.lastMs;
    const isQuiet = quietMs >= QUIET_MS && !this.full;
    if (isQuiet) this.inspector.tick(lastNs + quietMs * 1e6);
    this.output.tick?.(isQuiet ? lastNs + quietMs * 1e6 : lastNs);
    this.stream.flush();
  }
}
