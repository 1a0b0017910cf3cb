/** What is said on standard error: warnings and errors, one sentence each, coloured on a terminal. */
import { formatPacket } from "../call/packet-names.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { type DiagnosticCode, TABLE } from "../diagnostics/table.js";
import { escapeText } from "../output/escape.js";
import type { Paint } from "../output/paint.js";
import { type ColorChoice, paintFor } from "./color.js";

export class Talk {
  private readonly paint: Paint;
  private readonly choice: ColorChoice;

  constructor(
    choice: ColorChoice,
    /** The capture that is talked about; null when there is only one. */
    private readonly capture: string | null = null,
  ) {
    this.choice = choice;
    this.paint = paintFor(choice, process.stderr);
  }

  about(capture: string | null): Talk {
    return new Talk(this.choice, capture);
  }

  error(sentence: string): void {
    this.say(this.paint("red", escapeText(sentence)));
  }

  warn(sentence: string): void {
    this.say(this.paint("yellow", escapeText(sentence)));
  }

  /** `merged`: the captures that are read as one; null for a single one. */
  diagnostic({ code, severity, text, connection, packets, place }: Diagnostic, merged: readonly string[] | null): void {
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
    const sentence = `${text}${where.length === 0 ? "" : ` (${where.join(", ")})`}${advice === "" ? "" : `. ${advice}`}`;
    if (severity === "error") this.error(sentence);
    else if (severity === "warning") this.warn(sentence);
  }

  /** Diagnostics that were counted, not told. */
  untold(counts: ReadonlyMap<DiagnosticCode, number>): void {
    for (const [code, times] of counts) {
      if (TABLE[code].severity !== "info") this.warn(`${times} more of ${code}`);
    }
  }

  private say(text: string): void {
    process.stderr.write(`cal-inspect: ${this.capture === null ? "" : `${this.capture}: `}${text}\n`);
  }
}
