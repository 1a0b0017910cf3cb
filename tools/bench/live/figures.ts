/** What a process used, as Linux tells it; and the numbers of a command line. */
import { readFileSync } from "node:fs";

/** CPU seconds, in ticks of 10 ms. `withChildren`: also of those that run (nginx: its worker). */
export function cpuOf(pid: number, withChildren: boolean): number {
  return [pid, ...(withChildren ? childrenOf(pid) : [])].reduce((sum, id) => {
    const fields = readFileSync(`/proc/${id}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** Bytes of memory, at most. */
export function peakOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return Number(kilobytes) * 1024;
}

export function numberOf(args: readonly string[], name: string, otherwise: number): number {
  const at = args.indexOf(name);
  return at === -1 ? otherwise : Number(args[at + 1]);
}
