/** Runs a command through measure.py and returns what it used. */

import { Peer } from "../support/processes.js";

export interface Usage {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
  /** Null where the kernel does not count them. */
  readonly writtenBytes: number | null;
}

/** Throws when the command does not end with status 0. */
export async function measure(command: readonly string[], outputFile: string): Promise<Usage> {
  const python = await new Peer("python3", ["tools/bench/measure.py", outputFile, ...command]).end();
  const used = JSON.parse(python.stdout);
  if (used.status !== 0) {
    throw new Error(`${command.join(" ")} ended with status ${used.status}:\n${python.stderr}`);
  }
  return {
    cpuSeconds: used.cpu_seconds,
    wallSeconds: used.wall_seconds,
    peakBytes: used.peak_rss_bytes,
    writtenBytes: used.written_bytes,
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
