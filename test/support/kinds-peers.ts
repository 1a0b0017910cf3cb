/** The peers of test/interop that make all kinds of call and end them in all ways, in three languages; what they log. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseLines } from "./cli.js";
import { PYTHON } from "./peers.js";
import { type Running, run, start } from "./processes.js";

export type Language = "grpc-js" | "Python" | "Go";

/** What a peer logs of a call; messages are their SHA-256. */
export interface PeerLog {
  readonly peer: "client" | "server";
  readonly call: string;
  readonly sent: readonly string[];
  readonly received: readonly string[];
  /** Of clients. */
  readonly code: number;
  readonly message: string;
}

const GO_PEERS = join(tmpdir(), `kinds-peers-${process.pid}`);

/** Go compiles its gRPC once a machine, which takes a minute; then from its cache. */
export async function buildGoPeers(): Promise<void> {
  const env = { GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "-trimpath" };
  const { status, stderr } = await run("go", ["build", "-o", GO_PEERS, "./test/interop/go/kinds"], { env });
  if (status !== 0) throw new Error(stderr);
}

export const GO_PEERS_FILE = GO_PEERS;

function commandOf(language: Language): readonly [command: string, ...args: string[]] {
  if (language === "Go") return [GO_PEERS];
  if (language === "Python") return [PYTHON, "test/interop/python/kinds_peers.py"];
  return [process.execPath, "test/interop/node/kinds-peers.js"];
}

export async function startServer(language: Language, address: string, tls: readonly string[] = []): Promise<Running> {
  const [command, ...args] = commandOf(language);
  const server = start(command, [...args, "serve", address, ...tls]);
  await server.waitFor(/serving/);
  return server;
}

/** All calls, one script; what the client logs. */
export async function makeCalls(language: Language, address: string, tls: readonly string[] = []): Promise<PeerLog[]> {
  const [command, ...args] = commandOf(language);
  const { status, stdout, stderr } = await run(command, [...args, "call", address, ...tls]);
  if (status !== 0) throw new Error(`the ${language} client ended with ${status}: ${stderr}`);
  return parseLines<PeerLog>(stdout);
}

/** What a server logged, once it has ended. */
export function logOf(stdout: string): PeerLog[] {
  return parseLines<PeerLog>(stdout.replace(/^serving\n/m, ""));
}
