/** What is said on standard error: warnings and errors, one sentence each, coloured on a terminal. */
import { formatPacket } from "../call/packet-names.js";
import { type Diagnostic, formatDiagnostic } from "../diagnostics/diagnostic.js";
import { type DiagnosticCode, TABLE } from "../diagnostics/table.js";
import { escapeText } from "../output/escape.js";
import type { Paint } from "../output/paint.js";
import { count } from "../output/text-totals.js";
import type { TalliedProblem } from "../protobuf/problem-tally.js";
import { type ColorChoice, paintFor } from "./color.js";

/** Sentences of one code that are told of one capture: its connections may be thousands, and each have the same to tell. */
const MAX_SAME = 20;

/** Such as a schema of another day: the other problems are the sender's doing. */
function isStale(code: DiagnosticCode): boolean {
  return TABLE[code].severity !== "info" || code === "PROTOBUF_FIELD_UNKNOWN" || code === "PROTOBUF_ENUM_UNKNOWN";
}

export class Talk {
  private readonly told = new Map<DiagnosticCode, number>();
  private readonly advised = new Set<string>();
  private readonly paint: Paint;
  private readonly choice: ColorChoice;

  constructor(
    choice: ColorChoice,
    /** The capture that is talked about; null when there is only one. */
    private readonly capture: string | null = null,
    /** Called before each sentence: the status line makes room. */
    private readonly beforeWrite: () => void = () => {},
  ) {
    this.choice = choice;
    this.paint = paintFor(choice, process.stderr);
  }

  about(capture: string | null): Talk {
    return new Talk(this.choice, capture, this.beforeWrite);
  }

  error(sentence: string): void {
    this.say(this.paint("red", escapeText(sentence)));
  }

  warn(sentence: string): void {
    this.say(this.paint("yellow", escapeText(sentence)));
  }

  note(sentence: string): void {
    this.say(escapeText(sentence));
  }

  /**
   * `merged`: the captures that are read as one; null for a single one. `input`: what people call it, told where the capture as a
   * whole is meant.
   */
  diagnostic(diagnostic: Diagnostic, merged: readonly string[] | null, input: string | null): void {
    const { code, severity, scope, text, connection, packets, place } = diagnostic;
    if (severity === "info") return;
    const times = (this.told.get(code) ?? 0) + 1;
    this.told.set(code, times);
    if (times > MAX_SAME) return;
    const where = [
      connection === null ? "" : `connection ${connection}`,
      place.stream === undefined ? "" : `stream ${place.stream}`,
      packets.length === 0
        ? ""
        : `packet ${packets
            .slice(0, 3)
            .map((packet) => formatPacket(packet, merged))
            .join(", ")}`,
    ].filter((part) => part !== "");
    const { advice } = TABLE[code];
    const named = scope === "capture" && merged === null && this.capture === null && input !== null;
    const sentence = `${named ? `${input}: ` : ""}${text}${where.length === 0 ? "" : ` (${where.join(", ")})`}${advice === "" ? "" : `. ${advice}`}`;
    if (severity === "error") this.error(sentence);
    else this.warn(sentence);
  }

  /** The end of a capture: how many more there were of what was told often enough. `counts`: those that never came here. */
  untold(counts: ReadonlyMap<DiagnosticCode, number>): void {
    for (const code of new Set([...this.told.keys(), ...counts.keys()])) {
      const times = Math.max(0, (this.told.get(code) ?? 0) - MAX_SAME) + (counts.get(code) ?? 0);
      if (times > 0 && TABLE[code].severity !== "info") this.warn(`${times} more of ${code}`);
    }
  }

  /** What did not fit the schema: once for each field and method, with the number of messages that it touched. */
  schemaProblems(problems: readonly TalliedProblem[]): void {
    const stale = problems.filter(({ code }) => isStale(code));
    for (const { path, code, values, messages } of stale.slice(0, MAX_SAME)) {
      const { advice } = TABLE[code];
      const told = this.advised.has(advice) ? "" : `. ${advice}`;
      this.advised.add(advice);
      this.warn(`${path}, ${count(messages, "message")}: ${formatDiagnostic(code, values)}${told}`);
    }
    if (stale.length > MAX_SAME)
      this.warn(`${stale.length - MAX_SAME} more that do not fit the schema: --json tells each`);
  }

  private say(text: string): void {
    this.beforeWrite();
    process.stderr.write(`cal-inspect: ${this.capture === null ? "" : `${this.capture}: `}${text}\n`);
  }
}
