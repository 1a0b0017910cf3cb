/**
 * dumpcap and tcpdump as child processes that write a capture to a pipe: their arguments, what they say of lost packets, and what
 * their complaints mean. Neither is part of this package; who may capture is their affair and the system's.
 */
import { spawnSync } from "node:child_process";
import { type FoundProgram, findProgram } from "./find-program.js";

export interface CaptureRequest {
  readonly interfaces: readonly string[];
  /** A libpcap filter expression; "" takes everything. */
  readonly filter: string;
  /** Ends after so many packets; null: it does not. */
  readonly packets: number | null;
}

export interface CaptureTool {
  readonly name: "dumpcap" | "tcpdump";
  readonly program: FoundProgram;
  argumentsFor(request: CaptureRequest): string[];
  /** The signal at which it says on standard error what it has lost so far; null: it says so at its end only. */
  readonly tellSignal: NodeJS.Signals | null;
  /** Packets that its standard error says were received and dropped, the last time it said so; null: it has not. */
  counts(said: string): { received: number; dropped: number } | null;
}

/** Kernel buffer. tcpdump's holds each packet in a slot for the largest, on loopback 64 KiB: 2,000 of them, a third of a second at 60 MB/s. */
const BUFFER_MIB = 64;
const TCPDUMP_BUFFER_MIB = 2 * BUFFER_MIB;

/** Longer than this a call must not wait in the kernel's buffer, in ms. */
const WAIT_MS = 50;

/**
 * The tools that can do it, the best first: dumpcap, since it alone takes several interfaces and often has the right to capture.
 * One older than 4.2 hands packets over up to 250 ms late, so that tcpdump comes first where it can do the same.
 */
export function captureTools(interfaces: readonly string[]): CaptureTool[] {
  const dumpcap = findProgram("dumpcap");
  const tcpdump = findProgram("tcpdump");
  const takesInterval =
    dumpcap?.allowed === true &&
    String(spawnSync(dumpcap.path, ["--help"], { encoding: "utf8" }).stdout).includes("--update-interval");
  const tools: CaptureTool[] = [];
  if (dumpcap !== null) tools.push(dumpcapTool(dumpcap, takesInterval));
  if (tcpdump !== null && interfaces.length === 1) tools.splice(takesInterval ? 1 : 0, 0, tcpdumpTool(tcpdump));
  return tools;
}

function dumpcapTool(program: FoundProgram, takesInterval: boolean): CaptureTool {
  return {
    name: "dumpcap",
    program,
    argumentsFor: ({ interfaces, filter, packets }) => [
      "-q",
      ...(takesInterval ? ["--update-interval", String(WAIT_MS)] : []),
      // A filter or a buffer size given before any interface is that of all.
      ...(filter === "" ? [] : ["-f", filter]),
      ...["-B", String(BUFFER_MIB)],
      ...interfaces.flatMap((name) => ["-i", name]),
      ...(packets === null ? [] : ["-c", String(packets)]),
      ...["-w", "-"],
    ],
    tellSignal: null,
    counts: (said) => {
      const all = [...said.matchAll(/received\/dropped on interface .*: ([0-9]+)\/([0-9]+)/g)];
      if (all.length === 0) return null;
      const sum = (group: number) => all.reduce((total, match) => total + Number(match[group]), 0);
      return { received: sum(1), dropped: sum(2) };
    },
  };
}

function tcpdumpTool(program: FoundProgram): CaptureTool {
  return {
    name: "tcpdump",
    program,
    argumentsFor: ({ interfaces, filter, packets }) => [
      ...["-i", interfaces[0], "-n", "-U", "--immediate-mode", "-s", "0", "-B", String(TCPDUMP_BUFFER_MIB * 1024)],
      ...(packets === null ? [] : ["-c", String(packets)]),
      ...["-w", "-"],
      ...(filter === "" ? [] : ["--", filter]),
    ],
    tellSignal: process.platform === "linux" ? "SIGUSR1" : "SIGINFO",
    counts: (said) => {
      const last = (pattern: RegExp) => [...said.matchAll(pattern)].at(-1)?.[1];
      const received = last(/([0-9]+) packets? captured/g);
      const dropped = last(/([0-9]+) packets? dropped by kernel/g);
      const byInterface = last(/([0-9]+) packets? dropped by interface/g) ?? "0";
      if (received === undefined || dropped === undefined) return null;
      return { received: Number(received), dropped: Number(dropped) + Number(byInterface) };
    },
  };
}

/** The interfaces as the tools list them: "lo (Loopback)". null: no tool is there that may be run. */
export function listInterfaces(): string[] | null {
  for (const { program } of captureTools([""])) {
    if (!program.allowed) continue;
    const { status, stdout } = spawnSync(program.path, ["-D"], { encoding: "utf8" });
    if (status !== 0) continue;
    const names = stdout.split("\n").flatMap((line) => /^\s*[0-9]+\.\s*(.+)$/.exec(line)?.[1].trim() ?? []);
    if (names.length > 0) return names;
  }
  return null;
}

export type Complaint = "permission" | "interface" | "filter" | "other";

/** What a tool that ended by itself complains of, by its words. */
export function complaintOf(said: string): Complaint {
  if (/permission|not permitted|CAP_NET/i.test(said)) return "permission";
  if (/no such device|no device named|isn't a valid|does ?n[o']t exist|not up/i.test(said)) return "interface";
  if (/filter|syntax error|parse/i.test(said)) return "filter";
  return "other";
}
