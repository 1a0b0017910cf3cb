/**
 * Problems of many messages, told once for each field and method: with a stale schema every message of a method has the same
 * ones. Counts how many messages each of them touched.
 */
import type { DecodeProblem, ProtobufCode } from "./problem.js";

export interface TalliedProblem {
  /** The ":path" of the method. */
  readonly path: string;
  readonly code: ProtobufCode;
  /** Those of the first time. */
  readonly values: DecodeProblem["values"];
  /** Messages that had it. */
  readonly messages: number;
}

/** Different problems that are kept apart; past it they are told each time. Paths and field numbers come from the wire. */
const MAX_PROBLEMS = 10_000;

export class ProblemTally {
  private readonly byKey = new Map<string, { -readonly [K in keyof TalliedProblem]: TalliedProblem[K] }>();

  /** Takes in the problems of one message; answers those that were not seen before for this method. */
  add(path: string, problems: readonly DecodeProblem[]): DecodeProblem[] {
    return problems.filter(({ code, values }) => {
      const key = `${code} ${values.type} ${values.field ?? ""} ${path}`;
      const known = this.byKey.get(key);
      if (known !== undefined) known.messages++;
      else if (this.byKey.size < MAX_PROBLEMS) this.byKey.set(key, { path, code, values, messages: 1 });
      return known === undefined;
    });
  }

  /** All of them, in the order in which they were first seen. */
  get problems(): readonly TalliedProblem[] {
    return [...this.byKey.values()];
  }
}
