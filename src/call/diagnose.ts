/** Adds a diagnostic to a call's own list, which its record carries. */
import { formatDiagnostic, type Values } from "../diagnostics/diagnostic.js";
import { type DiagnosticCode, TABLE } from "../diagnostics/table.js";
import type { Call } from "./call.js";
import type { DiagnosticRecord } from "./record.js";

export function diagnose(call: Call, code: DiagnosticCode, values: Values, packets: readonly number[]): void {
  call.diagnostics.push(toDiagnosticRecord(code, values, packets));
}

export function toDiagnosticRecord(code: DiagnosticCode, values: Values, packets: readonly number[]): DiagnosticRecord {
  return { code, severity: TABLE[code].severity, text: formatDiagnostic(code, values), packets };
}
