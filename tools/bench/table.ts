/** Measured runs → the bench's table and its verdict. */

import { TSHARK } from "./contenders.js";
import { median, type Usage } from "./measure.js";
import type { Recording } from "./recording.js";
import type { Workload } from "./workloads.js";

/** The targets: at most a tenth of tshark's CPU time, and less than 200 MB. */
const CPU_TARGET = 1 / 10;
const PEAK_TARGET_MB = 200;

const COLUMNS = ["", "CPU s", "wall s", "peak MB", "calls/s", "ns/packet", "spread", "CPU of tshark's"];

export function formatTable(
  workload: Workload,
  recording: Recording,
  runs: ReadonlyMap<string, readonly Usage[]>,
): string {
  const { calls, packets, fileBytes } = recording;
  const count = [...runs.values()][0]!.length;
  const title =
    `${calls.toLocaleString("en")} ${workload.title}: ${packets.toLocaleString("en")} packets, ` +
    `${(fileBytes / 1e6).toFixed(1)} MB (medians of ${count})`;
  const tsharkCpu = median(runs.get(TSHARK)!.map((run) => run.cpuSeconds));
  const rows = [...runs].map(([name, usages]) => {
    const cpu = usages.map((run) => run.cpuSeconds);
    const wall = median(usages.map((run) => run.wallSeconds));
    return [
      name,
      median(cpu).toFixed(2),
      wall.toFixed(2),
      megabytes(usages).toFixed(0),
      Math.round(calls / wall).toLocaleString("en"),
      Math.round((median(cpu) / packets) * 1e9).toLocaleString("en"),
      `${Math.min(...cpu).toFixed(2)}–${Math.max(...cpu).toFixed(2)}`,
      `1/${(tsharkCpu / median(cpu)).toFixed(1)}`,
    ];
  });
  return [title, ...align([COLUMNS, ...rows])].join("\n");
}

/** One line per target that is missed; empty when all are met. */
export function missedTargets(contender: string, runs: ReadonlyMap<string, readonly Usage[]>): string[] {
  const usages = runs.get(contender)!;
  const share = median(usages.map((run) => run.cpuSeconds)) / median(runs.get(TSHARK)!.map((run) => run.cpuSeconds));
  const missed: string[] = [];
  if (share > CPU_TARGET) {
    missed.push(
      `${contender} takes 1/${(1 / share).toFixed(1)} of tshark's CPU time; the target is 1/${1 / CPU_TARGET}`,
    );
  }
  if (megabytes(usages) >= PEAK_TARGET_MB) {
    missed.push(`${contender} peaks at ${megabytes(usages).toFixed(0)} MB; the target is under ${PEAK_TARGET_MB} MB`);
  }
  return missed;
}

function megabytes(usages: readonly Usage[]): number {
  return median(usages.map((run) => run.peakBytes)) / 1e6;
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
  );
}
