/** The end of the text output: how many calls, and how they ended. */
import type { Summary } from "../engine/summary.js";
import type { TextOptions } from "./text.js";

/** One line, or more where the terminal is narrow. */
export function formatTotals(summary: Summary, { width, paint }: TextOptions): string {
  const { calls, connections, failedCalls, outcomes } = summary;
  const names = [...outcomes].sort(([a, timesA], [b, timesB]) => rank(a) - rank(b) || timesB - timesA);
  const parts = [
    `${count(calls, "call")} on ${count(connections, "connection")}:`,
    ...names.map(([name, times], i) => `${times} ${name}${i === names.length - 1 ? ";" : ","}`),
    `${formatInput(summary)},`,
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

/** What it was read from: packets, or the bytes of live connections. */
function formatInput({ packets, liveBytes }: Summary): string {
  return packets === 0 && liveBytes > 0 ? formatBytes(liveBytes) : count(packets, "packet");
}

/** "512 bytes", "1.2 MB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1e3) return count(bytes, "byte");
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
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
