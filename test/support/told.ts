/** A `Report` that keeps what was told, as "CODE key=value …". */
import type { Place, Report, Values } from "../../src/diagnostics/diagnostic.js";
import { formatDiagnostic } from "../../src/diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../../src/diagnostics/table.js";

export interface Told {
  readonly code: DiagnosticCode;
  readonly text: string;
  readonly values: Values;
  readonly place: Place;
}

export class ToldList {
  readonly all: Told[] = [];

  readonly report: Report = (code, values = {}, place = {}) => {
    const text = formatDiagnostic(code, values);
    if (text.includes("?")) throw new Error(`a value is missing: ${text}`);
    this.all.push({ code, text, values, place });
  };

  get codes(): DiagnosticCode[] {
    return this.all.map((told) => told.code);
  }

  get texts(): string[] {
    return this.all.map((told) => told.text);
  }
}
