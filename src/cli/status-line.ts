/**
 * One line on standard error that says how it stands while live input is read: calls, errors, rate, bytes, drops. On a terminal
 * only, never wider than it, and gone before anything else is written there.
 */
import type { Summary } from "../engine/summary.js";
import { count, formatBytes } from "../output/text-totals.js";

const REDRAW_MS = 250;
/** The rate is that of the last seconds. */
const RATE_SAMPLES = 12;

export interface StatusFigures {
  readonly summary: Summary;
  /** Bytes that were read, or passed on. */
  readonly bytes: number;
  /** Packets that were lost before they could be read; null: nobody says. */
  readonly drops: number | null;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class StatusLine {
  private shown = false;
  private timer: NodeJS.Timeout | null = null;
  private readonly samples: { readonly atMs: number; readonly calls: number }[] = [];

  constructor(
    private readonly figures: () => StatusFigures,
    private readonly terminal: Terminal = process.stderr,
  ) {}

  /** Draws it from now on, where standard error is a terminal; elsewhere nothing is ever written. */
  start(): void {
    const { isTTY } = this.terminal;
    if (isTTY !== true || process.env.TERM === "dumb") return;
    this.timer = setInterval(() => this.draw(), REDRAW_MS).unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.hide();
  }

  /** Makes room: to be called before anything else is written to the terminal. It is drawn again in time. */
  readonly hide = (): void => {
    if (!this.shown) return;
    this.shown = false;
    this.terminal.write("\r\u001b[K");
  };

  private draw(): void {
    const { summary } = this.figures();
    this.samples.push({ atMs: performance.now(), calls: summary.calls });
    if (this.samples.length > RATE_SAMPLES) this.samples.shift();
    const [first, last] = [this.samples[0], this.samples[this.samples.length - 1]];
    const seconds = (last.atMs - first.atMs) / 1000;
    const rate = seconds === 0 ? 0 : (last.calls - first.calls) / seconds;
    const line = formatStatus(this.figures(), rate, (this.terminal.columns ?? 80) - 1);
    this.shown = line !== "";
    this.terminal.write(`\r${line}\u001b[K`);
  }
}

/** As much as `width` columns hold, the most telling first. */
export function formatStatus({ summary, bytes, drops }: StatusFigures, callsPerSecond: number, width: number): string {
  const { calls, failedCalls } = summary;
  const parts = [
    count(calls, "call"),
    `${failedCalls} failed`,
    ...(drops === null || drops === 0 ? [] : [`${drops} packets dropped`]),
    `${callsPerSecond.toFixed(callsPerSecond < 10 ? 1 : 0)} calls/s`,
    formatBytes(bytes),
    ...(drops === 0 ? ["0 dropped"] : []),
  ];
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : `${line}, ${part}`;
    if (longer.length > width) break;
    line = longer;
  }
  return line;
}
