/**
 * What did not fit the schema in one message → diagnostics of its call; and into the count over all messages of the method. Not that of a
 * message that is cut: this is told already, and what does not fit comes of it.
 */
import type { DecodeProblem } from "../protobuf/problem.js";
import type { Call, CallMessage } from "./call.js";
import { toDiagnosticRecord } from "./diagnose.js";
import type { DiagnosticRecord } from "./record.js";

/** For records: each tells its own problems. */
export function noteProblems(
  { path, context }: Call,
  problems: readonly DecodeProblem[],
  { packets, complete }: CallMessage,
  found: DiagnosticRecord[],
): void {
  if (problems.length === 0 || !complete) return;
  context.learning.problems.add(path ?? "", problems);
  for (const { code, values } of problems) found.push(toDiagnosticRecord(code, values, packets));
}

/** For people: what was told of another call of the method is one line, however many fields it is. */
export function noteNewProblems(
  { path, context }: Call,
  problems: readonly DecodeProblem[],
  { packets, complete }: CallMessage,
  found: DiagnosticRecord[],
): void {
  if (problems.length === 0 || !complete) return;
  const fresh = context.learning.problems.add(path ?? "", problems);
  for (const { code, values } of fresh) found.push(toDiagnosticRecord(code, values, packets));
  const again = problems.filter((problem) => !fresh.includes(problem));
  if (again.length === 0) return;
  const fieldsByType = new Map<unknown, unknown[]>();
  for (const { values } of again) {
    const fields = fieldsByType.get(values.type);
    if (fields === undefined) fieldsByType.set(values.type, [values.field ?? "?"]);
    else if (!fields.includes(values.field)) fields.push(values.field);
  }
  const where = [...fieldsByType].map(([type, fields]) => `field ${fields.join(", ")} of ${type}`).join(", ");
  found.push(toDiagnosticRecord("PROTOBUF_AS_TOLD", { where }, packets));
}
