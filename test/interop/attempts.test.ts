/** Retries and hedges of a grpc-js client, each attempt a call of its own; and channelz, with no schema given. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { recordLoopback } from "../support/loopback-capture.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, run } from "../support/processes.js";

interface Logged {
  readonly peer: "client" | "server";
  readonly method: string;
  readonly previousAttempts: number;
  readonly callsStarted?: string;
}

describeWithPeers(["tcpdump"], "attempts of a grpc-js client", () => {
  const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
  const file = join(folder, "attempts.pcap");
  let logs: Logged[] = [];
  let records: CallRecord[] = [];

  beforeAll(async () => {
    const port = String(await freePort());
    await recordLoopback(file, [port], async () => {
      const { status, stdout, stderr } = await run("node", ["test/interop/node/attempts.mjs", port]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      logs = parseLines<Logged>(stdout);
    });
    // A folder without ./proto: what decodes does so with no schema.
    const { status, stdout, stderr } = await runCli([file, "--json"], { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    records = parseLines<CallRecord>(stdout).sort((a, b) => a.id - b.id);
  }, 240_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  const attempts = (method: string) => records.filter((record) => record.method === method);
  const logged = (method: string) =>
    logs.filter((log) => log.peer === "server" && log.method === method).map((log) => log.previousAttempts);

  test("retries: each says how many there were before, as the server saw", () => {
    const calls = attempts("Retried");
    expect(calls.map(({ previousAttempts }) => previousAttempts)).toEqual(logged("Retried"));
    expect(calls).toMatchObject([
      { outcome: "error", status: { name: "UNAVAILABLE", message: "try 1" }, previousAttempts: 0 },
      { outcome: "error", status: { name: "UNAVAILABLE", message: "try 2" }, previousAttempts: 1 },
      { outcome: "ok", previousAttempts: 2 },
    ]);
  });

  test("hedges: all are open together, one is answered, and the client cancels the others", () => {
    const calls = attempts("Hedged");
    expect(calls.map(({ previousAttempts }) => previousAttempts)).toEqual(logged("Hedged"));
    expect(calls.map(({ outcome }) => outcome).sort()).toEqual(["cancelled", "cancelled", "ok"]);
    for (const { outcome, reset } of calls)
      if (outcome === "cancelled") expect(reset).toMatchObject({ by: "client", name: "CANCEL" });
    const lastStart = Math.max(...calls.map(({ start }) => Date.parse(start)));
    for (const { start, durationMs } of calls) expect(Date.parse(start) + durationMs!).toBeGreaterThan(lastStart);
  });

  test("channelz decodes with no schema given", () => {
    const [{ service, kind, response, diagnostics }] = attempts("GetServers");
    expect({ service, kind, diagnostics }).toEqual({
      service: "grpc.channelz.v1.Channelz",
      kind: "unary",
      diagnostics: [],
    });
    const { callsStarted } = logs.find(({ method }) => method === "GetServers")!;
    const [{ type, value, raw }] = response.messages;
    expect({ type, raw }).toEqual({ type: "grpc.channelz.v1.GetServersResponse", raw: null });
    expect(value).toMatchObject({ server: [{ ref: { serverId: "1" }, data: { callsStarted } }], end: true });
  });
});
