/**
 * What did not fit the schema in one message → diagnostics of its call; and into the count over all messages of the method. Not that of a
 * message that is cut: this is told already, and what does not fit comes of it.
 */
import type { DecodeProblem } from "../protobuf/problem.js";
import type { Call, CallMessage } from "./call.js";
import { toDiagnosticRecord } from "./diagnose.js";
import type { DiagnosticRecord } from "./record.js";

/** Fields of a type that are listed in one line. */
const MAX_LISTED = 20;

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
  if (fresh.length === problems.length) return;
  const isFresh = new Set(fresh);
  const fieldsByType = new Map<unknown, Set<unknown>>();
  for (const problem of problems) {
    if (isFresh.has(problem)) continue;
    const { type, field = "?" } = problem.values;
    const fields = fieldsByType.get(type);
    if (fields === undefined) fieldsByType.set(type, new Set([field]));
    else fields.add(field);
  }
  const where = [...fieldsByType].map(([type, fields]) => `field ${listed([...fields])} of ${type}`).join(", ");
  found.push(toDiagnosticRecord("PROTOBUF_AS_TOLD", { where }, packets));
}

/** Of very many only the first. */
function listed(fields: readonly unknown[]): string {
  const more = fields.length - MAX_LISTED;
  return more > 0 ? `${fields.slice(0, MAX_LISTED).join(", ")} and ${more} more` : fields.join(", ");
}
