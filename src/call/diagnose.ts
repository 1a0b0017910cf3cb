/** Adds a diagnostic to a call's own list, which its record carries. */
import { formatDiagnostic, type Values } from "../diagnostics/diagnostic.js";
import { type DiagnosticCode, TABLE } from "../diagnostics/table.js";
import type { Call } from "./call.js";
import type { DiagnosticRecord } from "./record.js";

/** Past `maxSameDiagnostic` of a kind they are counted. */
export function diagnose(call: Call, code: DiagnosticCode, values: Values, packets: readonly number[]): void {
  if (isTold(call, code)) call.diagnostics.push(toDiagnosticRecord(code, values, packets));
}

/** Counts one of a kind; false: it is one too many. */
export function isTold(call: Call, code: string): boolean {
  call.diagnosticCounts ??= new Map();
  const count = (call.diagnosticCounts.get(code) ?? 0) + 1;
  call.diagnosticCounts.set(code, count);
  return count <= call.context.limits.maxSameDiagnostic;
}

export function toDiagnosticRecord(code: DiagnosticCode, values: Values, packets: readonly number[]): DiagnosticRecord {
  return { code, severity: TABLE[code].severity, text: formatDiagnostic(code, values), packets };
}

/** Those of a call, and those `found` while it was decoded: no more than `maxSameDiagnostic` of a kind, and the count of the rest. */
export function allDiagnostics(call: Call, found: readonly DiagnosticRecord[]): DiagnosticRecord[] {
  const { maxSameDiagnostic } = call.context.limits;
  const counts = new Map<string, number>(call.diagnosticCounts);
  const told = [...call.diagnostics];
  const untold = new Map<string, DiagnosticRecord>();
  for (const diagnostic of found) {
    const count = (counts.get(diagnostic.code) ?? 0) + 1;
    counts.set(diagnostic.code, count);
    if (count <= maxSameDiagnostic) told.push(diagnostic);
  }
  for (const diagnostic of told)
    if (counts.get(diagnostic.code)! > maxSameDiagnostic) untold.set(diagnostic.code, diagnostic);
  for (const [code, { severity }] of untold) {
    const text = `${counts.get(code)! - maxSameDiagnostic} more like these are counted, not told`;
    told.push({ code, severity, text, packets: [] });
  }
  return told;
}
