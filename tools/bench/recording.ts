/** A workload → its capture in .bench/, recorded when it is not there yet or when the peers have changed since. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Peer, REPOSITORY } from "../support/processes.js";
import { recordLoopback } from "../support/tcpdump.js";
import type { ClientLog } from "./peer-client.js";
import type { Workload } from "./workloads.js";

export interface Recording extends ClientLog {
  readonly file: string;
  /** The server's. */
  readonly port: number;
  readonly packets: number;
  readonly fileBytes: number;
}

const FOLDER = join(REPOSITORY, ".bench");
const PEER_SOURCES = ["workloads", "peer-server", "peer-client"].map((name) => `dist-tools/bench/${name}.js`);

export async function recordOnce(workload: Workload): Promise<Recording> {
  const base = join(FOLDER, `${workload.name}-${versionKey(workload)}`);
  if (existsSync(`${base}.json`)) {
    return { ...JSON.parse(readFileSync(`${base}.json`, "utf8")), file: `${base}.pcap` };
  }
  mkdirSync(FOLDER, { recursive: true });
  for (const old of readdirSync(FOLDER).filter((name) => name.startsWith(`${workload.name}-`))) {
    rmSync(join(FOLDER, old));
  }
  const recording = await record(workload, `${base}.pcap`);
  writeFileSync(`${base}.json`, JSON.stringify(recording));
  return recording;
}

async function record(workload: Workload, file: string): Promise<Recording> {
  console.error(`recording ${workload.calls} ${workload.title} …`);
  const port = await freePort();
  const server = new Peer("node", ["dist-tools/bench/peer-server.js", workload.name, String(port)]);
  await server.waitFor(/listening/);
  let log: ClientLog = { calls: 0, messageBytes: 0 };
  const traffic = async (): Promise<void> => {
    const client = new Peer("node", ["dist-tools/bench/peer-client.js", workload.name, String(port)]);
    log = JSON.parse((await client.end()).stdout);
  };
  const packets = await recordLoopback(file, [port], traffic, "bulk");
  await server.stop("SIGTERM");
  if (log.calls !== workload.calls) {
    throw new Error(`the client made ${log.calls} of ${workload.calls} calls`);
  }
  return { ...log, file, port, packets, fileBytes: statSync(file).size };
}

function versionKey(workload: Workload): string {
  const hash = createHash("sha256");
  for (const source of [...PEER_SOURCES.map((name) => join(REPOSITORY, name)), workload.protoFile]) {
    hash.update(readFileSync(source));
  }
  return hash.digest("hex").slice(0, 12);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
