/**
 * `--format text` for input that has no end in sight. A call that is soon over is printed at its end, as ever. A stream is printed
 * as it runs: a head line marked as running, each message when it is whole, a head line at the end; "[7]", the call's number,
 * stands at all of them, since calls take turns. So is a call that takes longer than RUNNING_AFTER_NS.
 */
import { append } from "../bytes/append.js";
import type { Call, CallHalf, CallMessage } from "../call/call.js";
import { methodOf } from "../call/decode.js";
import { allDiagnostics } from "../call/diagnose.js";
import type { DiagnosticRecord } from "../call/record.js";
import type { Output, Write } from "./output.js";
import { diagnosticLine, formatCall, headLines, messageLines, type TextOptions } from "./text.js";
import { endingLines } from "./text-ending.js";
import { headerLines } from "./text-headers.js";
import { formatTotals } from "./text-totals.js";

/** Long enough that most calls are printed whole, short enough that somebody who waits for an answer sees the question. */
const RUNNING_AFTER_NS = 1e9;

/** Messages of calls that wait for their end, all together: past it the oldest of them is shown as running. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** Messages that are not printed yet, of both halves, in order. */
interface Waiting {
  readonly messages: (readonly [half: CallHalf, message: CallMessage])[];
  bytes: number;
}

export function createLiveTextOutput(write: Write, options: TextOptions): Output {
  const text = new LiveText(write, options);
  return {
    listMessages: false,
    callStart: (call) => text.callStart(call),
    callMessage: (call, half, message) => text.callMessage(call, half, message),
    callEnd: (call) => text.callEnd(call),
    tick: (nowNs) => text.tick(nowNs),
    end: (summary) => write(`${formatTotals(summary, options)}\n`),
  };
}

class LiveText {
  /** Calls of which nothing is printed, in the order in which they began. */
  private readonly waiting = new Map<Call, Waiting>();
  private waitingBytes = 0;

  constructor(
    private readonly write: Write,
    private readonly options: TextOptions,
  ) {}

  callStart(call: Call): void {
    this.waiting.set(call, { messages: [], bytes: 0 });
    const method = methodOf(call);
    if (method !== null && method.kind !== "unary") this.show(call);
  }

  callMessage(call: Call, half: CallHalf, message: CallMessage): void {
    const waiting = this.waiting.get(call);
    if (waiting === undefined) {
      this.print(this.linesOf(call, half, message));
      return;
    }
    waiting.messages.push([half, message]);
    waiting.bytes += message.body.length;
    this.waitingBytes += message.body.length;
    if (half.messageCount > 1) this.show(call);
    while (this.waitingBytes > MAX_WAITING_BYTES) this.showOldest();
  }

  callEnd(call: Call): void {
    const waiting = this.waiting.get(call);
    if (waiting === undefined) {
      this.print(this.endLines(call));
      return;
    }
    this.forget(call, waiting);
    // A message that came before the call was known to be one is listed in it already.
    for (const [half, message] of waiting.messages) {
      if (!half.messages.includes(message)) half.list(message);
    }
    this.write(`${formatCall(call, this.options)}\n`);
  }

  tick(nowNs: number): void {
    for (const call of this.waiting.keys()) {
      if (call.startNs > nowNs - RUNNING_AFTER_NS) return;
      this.show(call);
    }
  }

  private showOldest(): void {
    for (const [call, { bytes }] of this.waiting) {
      if (bytes === 0) continue;
      this.show(call);
      return;
    }
  }

  /** Prints what is known of a call so far; from now on the rest as it comes. */
  private show(call: Call): void {
    const waiting = this.waiting.get(call)!;
    this.forget(call, waiting);
    const { options } = this;
    const lines = headLines(call, options, true, tagOf(call));
    if (options.verbose) append(lines, headerLines("request headers", call, call.request.headers, options));
    for (const [half, message] of waiting.messages) append(lines, this.linesOf(call, half, message));
    this.print(lines);
  }

  private forget(call: Call, { bytes }: Waiting): void {
    this.waiting.delete(call);
    this.waitingBytes -= bytes;
  }

  private linesOf(call: Call, half: CallHalf, message: CallMessage): string[] {
    const found: DiagnosticRecord[] = [];
    const tag = this.options.paint("dim", `${tagOf(call)} `);
    const lines = messageLines(call, half, message, methodOf(call), this.options, found, tag);
    return [...lines, ...found.map((diagnostic) => diagnosticLine(call, diagnostic, this.options))];
  }

  private endLines(call: Call): string[] {
    const { options } = this;
    const { request, response } = call;
    const found: DiagnosticRecord[] = [];
    const counts = options.paint("dim", `${request.messageCount} → ${response.messageCount} ←`);
    const lines = headLines(call, options, false, `${counts} ${tagOf(call)}`);
    if (options.verbose) {
      append(lines, headerLines("response headers", call, response.headers, options));
      append(lines, headerLines("trailers", call, response.trailers, options));
    }
    append(lines, endingLines(call, options, found));
    for (const diagnostic of allDiagnostics(call, found)) lines.push(diagnosticLine(call, diagnostic, options));
    return lines;
  }

  private print(lines: readonly string[]): void {
    this.write(`${lines.join("\n")}\n`);
  }
}

function tagOf(call: Call): string {
  return `[${call.id}]`;
}
