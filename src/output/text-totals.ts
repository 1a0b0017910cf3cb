/** The end of the text output: how many calls, and how they ended. */
import type { Summary } from "../engine/summary.js";
import type { TextOptions } from "./text.js";

/** One line, or more where the terminal is narrow. */
export function formatTotals(summary: Summary, { width, paint }: TextOptions): string {
  const { calls, connections, packets, failedCalls, outcomes } = summary;
  const names = [...outcomes].sort(([a, timesA], [b, timesB]) => rank(a) - rank(b) || timesB - timesA);
  const parts = [
    `${count(calls, "call")} on ${count(connections, "connection")}:`,
    ...names.map(([name, times], i) => `${times} ${name}${i === names.length - 1 ? ";" : ","}`),
    `${count(packets, "packet")},`,
    formatSpan(summary.lastNs - summary.firstNs),
  ];
  const lines = [""];
  for (const part of parts) {
    const line = lines[lines.length - 1];
    if (line.length + 1 + part.length > width) lines.push(`  ${part}`);
    else lines[lines.length - 1] = line === "" ? part : `${line} ${part}`;
  }
  return lines.map((line) => (failedCalls > 0 ? paint("red", line) : line)).join("\n");
}

/** OK comes first. */
function rank(name: string): number {
  return name === "OK" ? 0 : 1;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function formatSpan(ns: number): string {
  if (ns < 1e9) return `${(ns / 1e6).toFixed(1)} ms`;
  return ns < 60e9 ? `${(ns / 1e9).toFixed(2)} s` : `${(ns / 60e9).toFixed(1)} min`;
}
