/** Records the loopback interface with tcpdump, from the first SYN to the last FIN, and says when packets were lost. */

import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { lines, Peer, waitUntilClosed } from "./processes.js";

/** Kernel buffer in KiB: 128 MiB holds seconds of loopback traffic at full speed. */
const BUFFER_KIB = 131_072;

/** "live" hands each packet over at once; "bulk" in blocks, at most a second late, which loses none at full speed. */
export type RecordMode = "live" | "bulk";

const MODES = {
  live: { options: ["--immediate-mode", "-U"], settleMs: 300 },
  bulk: { options: [], settleMs: 2_500 },
} as const;

/** Runs `traffic` while tcpdump writes every packet of these TCP ports to `file`. Returns the number of packets. */
export async function recordLoopback(
  file: string,
  ports: readonly number[],
  traffic: () => Promise<void>,
  mode: RecordMode = "live",
): Promise<number> {
  const { options, settleMs } = MODES[mode];
  const filter = ports.map((port) => `tcp port ${port}`).join(" or ");
  const output = openSync(file, "w");
  const tcpdump = new Peer(
    "tcpdump",
    ["-i", "lo", "-n", "-s", "0", "-B", String(BUFFER_KIB), ...options, "-w", "-", filter],
    output,
  );
  closeSync(output);
  await tcpdump.waitFor(/listening on lo/);
  try {
    await traffic();
    await waitUntilClosed(ports);
    await sleep(settleMs);
  } finally {
    await tcpdump.stop("SIGINT");
  }
  const [, captured, dropped] =
    /([0-9]+) packets? captured[\s\S]*?([0-9]+) packets? dropped by kernel/.exec(tcpdump.stderr) ?? [];
  if (captured === undefined || dropped !== "0") {
    throw new Error(`${file}: tcpdump dropped packets, or does not say:\n${tcpdump.stderr}`);
  }
  return Number(captured);
}

/**
 * The number of connections in the file. Throws unless each has both SYNs, and both FINs or a RST: a grpc-js client ends with FIN, and
 * with RST when the server's GOAWAY comes while it closes.
 */
export async function countWholeConnections(file: string): Promise<number> {
  const connections = new Map<string, { syn: number; fin: number; rst: number }>();
  for (const line of lines((await new Peer("tcpdump", ["-n", "-r", file, "tcp"]).end()).stdout)) {
    const [, from, to, flags] = / IP6? (\S+) > (\S+): Flags \[(\S+)\]/.exec(line)!;
    const key = [from, to].sort().join(" ");
    const seen = connections.get(key) ?? { syn: 0, fin: 0, rst: 0 };
    connections.set(key, seen);
    seen.syn += flags!.includes("S") ? 1 : 0;
    seen.fin += flags!.includes("F") ? 1 : 0;
    seen.rst += flags!.includes("R") ? 1 : 0;
  }
  for (const [ends, { syn, fin, rst }] of connections) {
    if (syn !== 2 || (fin < 2 && rst === 0)) {
      throw new Error(`${file}: ${ends} is not whole: ${syn} SYN, ${fin} FIN, ${rst} RST`);
    }
  }
  return connections.size;
}
