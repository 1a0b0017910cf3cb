import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallRecord, HalfRecord } from "../../src/call/record.js";
import { type Certificate, makeCertificate } from "../support/certificates.js";
import { COMMAND, parseLines, runCli } from "../support/cli.js";
import { startHashRelay } from "../support/hash-relay.js";
import {
  buildGoPeers,
  GO_PEERS_FILE,
  type Language,
  logOf,
  makeCalls,
  type PeerLog,
  startServer,
} from "../support/kinds-peers.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, run, start } from "../support/processes.js";

const CALLS = 112;

/** Calls whose end, or whose last messages, may cross on the wire: what one peer logs the other need not have seen. */
const CROSSING = ["cancel", "leave", "deadline"];
const CODES: Readonly<Record<string, number>> = { fail: 3, cancel: 1, leave: 1, deadline: 4 };

/** Ways of which `-w` is read back: two seconds of tshark each. */
const READ_BACK: readonly Way[] = ["TLS in and out", "Unix sockets", "TCP"];

type Way = "TCP" | "TCP, not read back" | "TLS in" | "TLS out" | "TLS in and out" | "Unix sockets" | "TLS through";

describeWithPeers(["python", "go", "openssl", "tshark"], "calls of all kinds through a proxy", () => {
  const folder = mkdtempSync(join(tmpdir(), "proxy-kinds-"));
  let certificate: Certificate;
  let count = 0;

  beforeAll(async () => {
    certificate = await makeCertificate(folder);
    await buildGoPeers();
  }, 240_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
    rmSync(GO_PEERS_FILE, { force: true });
  });

  test.each<[Language, Language, Way]>([
    ["grpc-js", "grpc-js", "TCP"],
    ["Python", "Python", "TCP, not read back"],
    ["Go", "Go", "TCP, not read back"],
    ["grpc-js", "Go", "TLS in"],
    ["Go", "Python", "TLS out"],
    ["Python", "grpc-js", "TLS in and out"],
    ["Python", "Go", "Unix sockets"],
    ["grpc-js", "Python", "TLS through"],
  ])(
    "a %s client and a %s server, %s",
    async (client, server, way) => {
      const { clientLog, serverLog, records, before, behind, capture, port, stderr } = await passCalls(
        client,
        server,
        way,
      );
      expectOutcomes(clientLog, serverLog);
      if (before !== null && behind !== null) expect(await before.hashes()).toEqual(await behind.hashes());
      if (way === "TLS through") {
        expect(records).toEqual([]);
        expect(stderr).toContain("TLS passes untouched");
        return;
      }
      expect(stderr).not.toContain("decoder");
      expectRecords(records, clientLog, serverLog);
      for (const { tls } of records) {
        if (way.startsWith("TLS")) expect(tls).toMatchObject({ version: "TLSv1.3", alpn: "h2" });
        else expect(tls).toBeNull();
      }
      if (READ_BACK.includes(way)) await expectSameInCapture(capture, records, serverLog, port);
    },
    240_000,
  );

  async function passCalls(client: Language, server: Language, way: Way) {
    const isUnix = way === "Unix sockets";
    const tlsIn = way === "TLS in" || way === "TLS in and out";
    const tlsOut = way === "TLS out" || way === "TLS in and out";
    const through = way === "TLS through";
    const name = (what: string) => join(folder, `${what}-${++count}`);
    const { cert, key } = certificate;
    const serverPort = await freePort();
    const serverPath = name("server");
    const serving = await startServer(
      server,
      isUnix ? `unix:${serverPath}` : `localhost:${serverPort}`,
      tlsOut || through ? [cert, key] : [],
    );
    const behind =
      tlsIn || tlsOut
        ? null
        : await startHashRelay(isUnix ? serverPath : serverPort, isUnix ? { path: name("behind") } : undefined);
    const target = isUnix
      ? `unix:${join(folder, `behind-${count}`)}`
      : `${tlsOut ? "tls://" : ""}localhost:${behind?.port ?? serverPort}`;
    const listenPath = name("proxy");
    const capture = name("capture");
    const proxy = start(process.execPath, [
      COMMAND,
      ...[
        "proxy",
        "--json",
        "--raw",
        "-w",
        capture,
        "--listen",
        isUnix ? `unix:${listenPath}` : "0",
        "--target",
        target,
      ],
      ...(tlsIn ? ["--listen-cert", cert, "--listen-key", key] : []),
      ...(tlsOut ? ["--ca", cert, "--server-name", "localhost"] : []),
    ]);
    const [, listening] = await proxy.waitFor(/cal-inspect: (\S+) → /);
    const proxyPort = Number(/:(\d+)$/.exec(listening)?.[1]);
    const before =
      tlsIn || tlsOut
        ? null
        : await startHashRelay(isUnix ? listenPath : proxyPort, isUnix ? { path: name("before") } : undefined);
    const address = isUnix ? `unix:${join(folder, `before-${count}`)}` : `localhost:${before?.port ?? proxyPort}`;
    const clientLog = await makeCalls(client, address, tlsIn || through ? [cert] : []);
    const { status, stdout, stderr } = await proxy.stop("SIGINT");
    expect({ status, stderr: /error/i.test(stderr) ? stderr : "" }).toEqual({ status: 0, stderr: "" });
    const serverLog = logOf((await serving.stop()).stdout);
    const port = isUnix ? 50_051 : (behind?.port ?? serverPort);
    return { clientLog, serverLog, records: parseLines<CallRecord>(stdout), before, behind, capture, port, stderr };
  }
});

/** The calls ended as they do without a proxy. */
function expectOutcomes(clientLog: readonly PeerLog[], serverLog: readonly PeerLog[]): void {
  expect(clientLog).toHaveLength(CALLS);
  for (const { call, code, message, sent, received } of clientLog) {
    expect([call, code]).toEqual([call, CODES[call] ?? 0]);
    if (call === "fail") expect(message).toBe("refused: ünïcode 100 %");
    const served = serverLog.find((log) => log.call === call);
    if (CROSSING.includes(call)) continue;
    expect({ call, sent, received }).toEqual({ call, sent: served?.received, received: served?.sent });
  }
}

/** The records tell what both peers logged. */
function expectRecords(
  records: readonly CallRecord[],
  clientLog: readonly PeerLog[],
  serverLog: readonly PeerLog[],
): void {
  const byId = new Map(records.map((record) => [idOf(record), record]));
  expect(records).toHaveLength(CALLS);
  for (const { call, code, message, sent, received } of clientLog) {
    const record = byId.get(call)!;
    const served = serverLog.find((log) => log.call === call);
    expect(record.diagnostics).toEqual([]);
    expect({ call, sent: digests(record.request) }).toEqual({ call, sent });
    if (!CROSSING.includes(call)) {
      expect({ call, received: digests(record.response) }).toEqual({ call, received });
      // A server may send a message with OK, which no client shows.
      expect(record.status).toMatchObject(code === 0 ? { code } : { code, message });
      continue;
    }
    // Of what crossed the client saw no more than passed, and no more passed than the server sent.
    const passed = digests(record.response);
    expect(passed.slice(0, received.length)).toEqual(received);
    expect(served?.sent.slice(0, passed.length) ?? []).toEqual(passed);
    expect([call, record.status?.code ?? record.outcome]).toEqual([call, record.status === null ? "cancelled" : code]);
  }
}

/** `-w`: cal-inspect and tshark read the same calls from it. */
async function expectSameInCapture(
  capture: string,
  records: readonly CallRecord[],
  serverLog: readonly PeerLog[],
  port: number,
): Promise<void> {
  const read = await runCli([capture, "--json", "--raw"]);
  expect({ status: read.status, stderr: read.stderr }).toEqual({ status: 0, stderr: "" });
  const simple = (all: readonly CallRecord[]) => all.map(simplified).sort((a, b) => (a.call < b.call ? -1 : 1));
  expect(simple(parseLines<CallRecord>(read.stdout))).toEqual(simple(records));
  const checks = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
  const fields = ["http2.headers.path", "tcp.checksum.status", "grpc.message_length"].flatMap((field) => ["-e", field]);
  const way = ["-d", `tcp.port==${port},http2`, "--disable-protocol", "protobuf"];
  const tshark = await run("tshark", ["-n", "-r", capture, ...way, ...checks, "-T", "fields", ...fields]);
  const rows = tshark.stdout.split("\n").filter((line) => line !== "");
  const [paths, checksums, lengths] = [0, 1, 2].map((column) =>
    rows.flatMap((row) => row.split("\t")[column].split(",")).filter((text) => text !== ""),
  );
  expect(paths.sort()).toEqual(records.map(({ path }) => path).sort());
  // 1: good
  expect(new Set(checksums)).toEqual(new Set(["1"]));
  const behindResets = lengths.map(Number);
  for (const { request, response } of records) {
    for (const { wireSize } of [...request.messages, ...response.messages]) {
      expect(behindResets).toContain(wireSize);
      behindResets.splice(behindResets.indexOf(wireSize), 1);
    }
  }
  // What a server sent on a stream that its client had reset is in the capture, and of no call.
  const crossed = serverLog
    .filter(({ call }) => CROSSING.includes(call))
    .map(({ call, sent }) => {
      const record = records.find((one) => idOf(one) === call)!;
      return sent.length - record.response.messages.length;
    });
  expect(behindResets.length).toBeLessThanOrEqual(crossed.reduce((sum, count) => sum + count, 0));
}

function simplified(record: CallRecord) {
  const { path, outcome, status, stream, request, response } = record;
  const { headers } = response;
  return {
    call: idOf(record),
    path,
    outcome,
    status,
    stream,
    sent: digests(request),
    received: digests(response),
    headers,
  };
}

function idOf({ request }: CallRecord): string {
  return String(request.headers?.["x-call-id"]);
}

function digests({ messages }: HalfRecord): string[] {
  return messages.map(({ raw }) => createHash("sha256").update(Buffer.from(raw!, "base64")).digest("hex"));
}
