/** Records the long-lived connections of real peers that follow one plan: Python, Go, grpc-js, and nginx between two of them. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { startNginx } from "../nginx/nginx.js";
import { Peer, REPOSITORY } from "../support/processes.js";
import { recordLoopback } from "../support/tcpdump.js";
import { makePlan, type Plan } from "./plan.js";

export const STORE_PROTO = "tools/late-join/store.proto";
const PEERS = "tools/late-join/peers";

/** How a peer is run: "serve" or "call", an address, and the plan's file follow. */
type Command = readonly string[];

interface Pair {
  readonly title: string;
  readonly client: (folder: string) => Command;
  readonly server: (folder: string) => Command;
  readonly throughNginx?: true;
}

const python = (): Command => ["/usr/bin/python3", `${PEERS}/peer.py`];
const node = (): Command => ["node", `${PEERS}/peer.js`];
const go = (folder: string): Command => [join(folder, "peer-go")];

export const PAIRS = {
  python: { title: "Python grpcio", client: python, server: python },
  go: { title: "Go grpc", client: go, server: go },
  "grpc-js": { title: "grpc-js", client: node, server: node },
  nginx: { title: "grpc-js, nginx, Python grpcio", client: node, server: python, throughNginx: true },
} as const satisfies Record<string, Pair>;

export type PairName = keyof typeof PAIRS;

/** Debian's golang-google-grpc-dev, with no module downloaded. */
export function buildGoPeer(folder: string): void {
  const { status, stderr } = spawnSync("go", ["build", "-o", join(folder, "peer-go"), `${PEERS}/peer.go`], {
    cwd: REPOSITORY,
    env: { ...process.env, GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`go build ended with ${status}:\n${stderr}`);
}

export interface Recorded {
  readonly file: string;
  /** Those that speak gRPC in it. */
  readonly ports: readonly number[];
}

/** Records `calls` calls on one connection (through nginx: one on each side of it) to `folder`/NAME.pcap. */
export async function recordPair(name: PairName, folder: string, calls: number): Promise<Recorded> {
  const pair: Pair = PAIRS[name];
  const plan = makePlan(join(REPOSITORY, STORE_PROTO), calls);
  const planFile = join(folder, `${name}.json`);
  // nginx opens another connection for each request that is open at the same time
  const oneByOne: Plan = { ...plan, batches: plan.calls.map((_, i) => [i]) };
  writeFileSync(planFile, JSON.stringify(pair.throughNginx ? oneByOne : plan));
  const ports = [await freePort(), await freePort()];
  const backend = `127.0.0.1:${ports[0]}`;
  const server = startPeer(pair.server(folder), "serve", backend, planFile);
  await server.waitFor(/serving/);
  const front = pair.throughNginx ? `127.0.0.1:${ports[1]}` : backend;
  const nginx = pair.throughNginx ? await startNginx(front, [backend], true) : null;
  const file = join(folder, `${name}.pcap`);
  const recorded = nginx === null ? [ports[0]] : ports;
  await recordLoopback(file, recorded, async () => {
    await startPeer(pair.client(folder), "call", front, planFile).end();
    await nginx?.stop();
    await server.stop("SIGTERM");
  });
  return { file, ports: recorded };
}

function startPeer([command, ...args]: Command, ...more: string[]): Peer {
  return new Peer(command!, [...args, ...more]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
