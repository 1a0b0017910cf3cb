/** What is wrong with an HTTP/1.1 connection matters to nobody unless calls run over it: it is held until one does. */
import type { Report } from "../diagnostics/diagnostic.js";

export class HeldReports {
  private held: Parameters<Report>[] = [];

  constructor(
    private readonly tell: Report,
    private readonly hasCalls: () => boolean,
    private readonly maxHeld: number,
  ) {}

  readonly report: Report = (...report) => {
    if (this.hasCalls()) {
      this.release();
      this.tell(...report);
    } else if (this.held.length < this.maxHeld) this.held.push(report);
  };

  /** Tells what is held, if calls came after all. */
  release(): void {
    if (this.held.length === 0 || !this.hasCalls()) return;
    for (const report of this.held) this.tell(...report);
    this.held = [];
  }
}
