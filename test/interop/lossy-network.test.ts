import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallRecord, HalfRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithPeers, PYTHON } from "../support/peers.js";
import { type Running, run, start } from "../support/processes.js";

/** What one peer logged of one call: the SHA-256 of each message. */
interface Logged {
  readonly peer: "client" | "server";
  readonly call: string;
  readonly sent: readonly string[];
  readonly received: readonly string[];
}

const SEED = "20240611";
const CLIENT_SPACE = `cal-client-${process.pid}`;
const SERVER_SPACE = `cal-server-${process.pid}`;
const ADDRESS = "10.77.0.2:50051";

function canMakeNamespaces(): boolean {
  if (!existsSync("/dev/net/tun")) return false;
  const name = `cal-try-${process.pid}`;
  if (spawnSync("ip", ["netns", "add", name], { stdio: "ignore" }).status !== 0) return false;
  spawnSync("ip", ["netns", "del", name], { stdio: "ignore" });
  return true;
}

function inSpace(space: string, command: string, ...args: string[]): [string, string[]] {
  return ["ip", ["netns", "exec", space, command, ...args]];
}

/** Waits for the last retransmissions: the pause before each is twice as long as the one before. */
async function untilAllIsAcknowledged(space: string): Promise<void> {
  const states = ["established", "fin-wait-1", "closing", "last-ack"].flatMap((state) => ["state", state]);
  for (let tries = 0; tries < 300; tries++) {
    const { status, stdout } = await run(...inSpace(space, "ss", "-Htan", ...states));
    if (status === 0 && stdout === "") break;
    await sleep(100);
  }
  await sleep(300);
}

function digests(half: HalfRecord): string[] {
  return half.messages.map(({ raw, complete }) => {
    expect(complete).toBe(true);
    return createHash("sha256")
      .update(Buffer.from(raw ?? "", "base64"))
      .digest("hex");
  });
}

const title = "Python peers over a link that delays, loses, doubles and reorders packets";

describeWithPeers(["python", "tcpdump"], title, () => {
  if (!canMakeNamespaces() && !process.env.CI) {
    test.skip("skipped: network namespaces or TUN devices are not allowed here", () => {});
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
  const captures = { client: join(folder, "client.pcap"), server: join(folder, "server.pcap") };
  let logs: Logged[];
  let link: Record<string, number>;

  beforeAll(async () => {
    for (const space of [CLIENT_SPACE, SERVER_SPACE]) await run("ip", ["netns", "add", space]);
    const relay = start(PYTHON, ["test/interop/python/lossy_link.py", CLIENT_SPACE, SERVER_SPACE, SEED]);
    await relay.waitFor(/ready/);
    const dump = (space: string, file: string): Running =>
      // A slot of the kernel's ring is as long as the snapshot length: with the usual 256 KiB few packets find room.
      start(
        ...inSpace(space, "tcpdump", "-i", "tun0", "-U", "--immediate-mode", "-B", "16384", "-s", "2000", "-w", file),
      );
    const dumps = [dump(CLIENT_SPACE, captures.client), dump(SERVER_SPACE, captures.server)];
    for (const tcpdump of dumps) await tcpdump.waitFor(/listening on/);
    const server = start(...inSpace(SERVER_SPACE, PYTHON, "test/interop/python/echo_peers.py", "serve", ADDRESS));
    await server.waitFor(/serving/);
    const client = await run(
      ...inSpace(CLIENT_SPACE, PYTHON, "test/interop/python/echo_peers.py", "call", ADDRESS, SEED),
    );
    expect({ status: client.status, stderr: client.stderr }).toEqual({ status: 0, stderr: "" });
    for (const space of [CLIENT_SPACE, SERVER_SPACE]) await untilAllIsAcknowledged(space);
    const served = await server.stop();
    for (const tcpdump of dumps) expect((await tcpdump.stop()).stderr).toMatch(/^0 packets dropped by kernel/m);
    link = JSON.parse((await relay.stop()).stdout.split("\n")[1]!);
    logs = parseLines<Logged>(client.stdout + served.stdout.replace(/^serving\n/, ""));
  }, 90_000);

  afterAll(async () => {
    for (const space of [CLIENT_SPACE, SERVER_SPACE]) await run("ip", ["netns", "del", space]);
    rmSync(folder, { recursive: true });
  });

  test("the link did what it should, and the peers agree", () => {
    expect(link.packets).toBeGreaterThan(300);
    for (const what of ["lost", "doubled", "late"]) expect(link[what]).toBeGreaterThan(5);
    const sent = (peer: string) =>
      logs.filter((log) => log.peer === peer).map(({ call, sent, received }) => ({ call, sent, received }));
    const byCall = (a: { call: string }, b: { call: string }) => a.call.localeCompare(b.call);
    const seenByServer = sent("server").map(({ call, sent, received }) => ({ call, sent: received, received: sent }));
    expect(sent("client").sort(byCall)).toEqual(seenByServer.sort(byCall));
    expect(logs).toHaveLength(2 * (60 + 8));
  });

  test.each(["client", "server"] as const)(
    "captured at the %s's end, every call comes out byte for byte",
    async (end) => {
      const { status, stdout, stderr } = await runCli([captures[end], "--json", "--raw"]);
      // Control frames that the link lost behind a peer's end are not sent again: they are missing, and are of no call.
      const rest = stderr.replace(/^cal-inspect: [0-9]{1,2} bytes from the (client|server) are missing .*\n/gm, "");
      expect({ status, rest }).toEqual({ status: stderr === "" ? 0 : 1, rest: "" });
      const records = parseLines<CallRecord>(stdout);
      const decoded = records.map(({ path, request, response, outcome, diagnostics }) => ({
        call: String(request.headers?.["x-call-id"]),
        path,
        sent: digests(request),
        received: digests(response),
        outcome,
        diagnostics,
      }));
      const logged = logs
        .filter(({ peer }) => peer === "client")
        .map(({ call, sent, received }) => ({
          call,
          path: call.startsWith("unary") ? "/lossy.Echo/Unary" : "/lossy.Echo/Chat",
          sent,
          received,
          outcome: "ok",
          diagnostics: [],
        }));
      const byCall = (a: { call: string }, b: { call: string }) => a.call.localeCompare(b.call);
      expect(decoded.sort(byCall)).toEqual(logged.sort(byCall));
    },
  );
});
