/** The last line of the text output: how many calls, and how they ended. */
import type { Summary } from "../engine/summary.js";
import type { Paint } from "./paint.js";

export function formatTotals(summary: Summary, paint: Paint): string {
  const { calls, connections, packets, failedCalls, outcomes } = summary;
  const parts = [`${count(calls, "call")} on ${count(connections, "connection")}`];
  const names = [...outcomes].sort((a, b) => b[1] - a[1]).map(([name, times]) => `${times} ${name}`);
  if (calls > 0) parts.push(names.join(", "));
  const line = `${parts.join(": ")}; ${count(packets, "packet")}, ${formatSpan(summary.lastNs - summary.firstNs)}`;
  return failedCalls > 0 ? paint("red", line) : line;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function formatSpan(ns: number): string {
  if (ns < 1e9) return `${(ns / 1e6).toFixed(1)} ms`;
  return ns < 60e9 ? `${(ns / 1e9).toFixed(2)} s` : `${(ns / 60e9).toFixed(1)} min`;
}
