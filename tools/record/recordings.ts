/** What is recorded: per capture the peers, in order, and what they logged. */

import { status } from "@grpc/grpc-js";
import { BACKENDS, LISTEN, startNginx } from "../nginx/nginx.js";
import { lines, Peer } from "../support/processes.js";
import { type LoggedCall, type PeersLog, readBufCurl, readCalculatorClient, type WireCall } from "./peers-log.js";

/** Runs the traffic between the callbacks' servers; `record` wraps the part that tcpdump watches. */
export type Recording = (
  record: (ports: number[], traffic: () => Promise<void>) => Promise<unknown>,
) => Promise<PeersLog>;

type Wish = ["Add" | "Multiply", number, number];

const SERVER_PORT = 50051;
const SERVER = `127.0.0.1:${SERVER_PORT}`;
const SECOND_SERVER = BACKENDS[1];
const NGINX = LISTEN;

export const RECORDINGS: Record<string, Recording> = {
  add: (record) => withOneServer(record, () => callWithGrpcJs(SERVER, [["Add", 100, 300]])),
  multiply: (record) => withOneServer(record, () => callWithGrpcJs(SERVER, [["Multiply", 100, 300]])),
  calculator: (record) =>
    withOneServer(record, async () => [
      ...(await runCalculatorClient(SERVER, [])),
      ...(await runCalculatorClient(`[::1]:${SERVER_PORT}`, ["7", "-3"])),
      ...(await runCalculatorClient(SERVER, ["65536", "65536"])),
      ...(await callWithGrpcJs(SERVER, [
        ["Add", 1, 2],
        ["Multiply", -4, 5],
        ["Add", 2_147_483_647, 1],
        ["Add", 0, 0],
        ["Multiply", -2_147_483_648, 1],
      ])),
      ...(await callWithGrpcJs(
        SERVER,
        [
          ["Multiply", 6, 7],
          ["Add", -6, -7],
          ["Multiply", 1_000_000, 1_000_000],
          ["Add", 12_345, 67_890],
        ],
        "together",
      )),
    ]),
  python: (record) =>
    withOneServer(record, () =>
      callWithPython(SERVER, [
        ["Add", 100, 300],
        ["Multiply", 100, 300],
        ["Add", -1, 1],
        ["Multiply", 65_536, -65_536],
      ]),
    ),
  reflection: (record) =>
    withOneServer(record, async () => [
      await callWithBuf(SERVER, "Add", 7, -3),
      await callWithBuf(SERVER, "Multiply", 65_536, 65_536),
      await callWithBuf(SERVER, "Multiply", 6, 7),
    ]),
  nginx: recordNginx,
};

async function withOneServer(record: Parameters<Recording>[0], traffic: () => Promise<WireCall[]>): Promise<PeersLog> {
  const server = await startServer(SERVER_PORT);
  let calls: WireCall[] = [];
  await record([SERVER_PORT], async () => {
    calls = await traffic();
  });
  await server.stop("SIGTERM");
  return { calls, connections: 0, servers: { [SERVER]: lines(server.stdout) } };
}

/** Both legs of each call: client → nginx, nginx → one backend and the other in turn. */
async function recordNginx(record: Parameters<Recording>[0]): Promise<PeersLog> {
  const first = await startServer(SERVER_PORT);
  const second = await startServer(50052);
  const nginx = await startNginx(NGINX, [SERVER, SECOND_SERVER]);
  let calls: WireCall[] = [];
  await record([50050, SERVER_PORT, 50052], async () => {
    calls = await callWithGrpcJs(NGINX, [
      ["Add", 100, 300],
      ["Multiply", 100, 300],
      ["Multiply", 50_000, 50_000],
      ["Add", -100, -300],
    ]);
  });
  const upstreams = (await nginx.stop()).map(({ upstream }) => upstream);
  await Promise.all([first.stop("SIGTERM"), second.stop("SIGTERM")]);
  if (upstreams.length !== calls.length) {
    throw new Error(`nginx logged ${upstreams.length} requests for ${calls.length} calls`);
  }
  return {
    calls: calls.flatMap((call, index) => [call, { ...call, client: "nginx", server: upstreams[index]! }]),
    connections: 0,
    servers: { [SERVER]: lines(first.stdout), [SECOND_SERVER]: lines(second.stdout) },
  };
}

async function startServer(port: number): Promise<Peer> {
  const server = new Peer("node", ["dist/calculator/server.js", "--port", String(port)]);
  await server.waitFor(/grpc server start/);
  return server;
}

async function runCalculatorClient(address: string, numbers: readonly string[]): Promise<WireCall[]> {
  const client = new Peer("node", ["dist/calculator/client.js", "--address", address, ...numbers]);
  await client.end([0, 1]);
  return sentBy("calculator client", address, readCalculatorClient(client.stdout, client.stderr));
}

async function callWithGrpcJs(address: string, wishes: readonly Wish[], ...mode: string[]): Promise<WireCall[]> {
  const caller = new Peer("node", ["dist-tools/record/caller.js", address, JSON.stringify(wishes), ...mode]);
  return sentBy("grpc-js", address, readJsonLines(await caller.end()));
}

async function callWithPython(address: string, wishes: readonly Wish[]): Promise<WireCall[]> {
  const client = new Peer("/usr/bin/python3", ["test/interop/python/client.py", address, JSON.stringify(wishes)]);
  return sentBy("Python grpcio", address, readJsonLines(await client.end()));
}

/** buf has no schema: it asks the server for one by reflection, then makes the call. */
async function callWithBuf(address: string, method: string, number1: number, number2: number): Promise<WireCall> {
  const request = { number1, number2 };
  const url = `http://${address}/Cal/${method}`;
  const words = ["curl", "--http2-prior-knowledge", "--protocol", "grpc", "-d", JSON.stringify(request), url];
  const buf = new Peer("node_modules/.bin/buf", words);
  // Its exit status is the status of the call, times eight.
  await buf.end([0, 8 * status.OUT_OF_RANGE]);
  return { ...readBufCurl(`/Cal/${method}`, request, buf.stdout, buf.stderr), client: "buf curl", server: address };
}

function readJsonLines(peer: Peer): LoggedCall[] {
  return lines(peer.stdout).map((line) => JSON.parse(line));
}

function sentBy(client: string, server: string, calls: LoggedCall[]): WireCall[] {
  return calls.map((call) => ({ ...call, client, server }));
}
