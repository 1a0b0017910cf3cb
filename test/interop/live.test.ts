/** `cal-inspect live` on the loopback interface: real calculators talk, tcpdump captures. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { COMMAND, parseLines, runCli } from "../support/cli.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, type Running, run, start } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-live-"));
let port = 0;
let server: Running;

beforeAll(async () => {
  port = await freePort();
  server = start(process.execPath, ["dist/calculator/server.js", "--port", String(port), "--host", "127.0.0.1"]);
  await server.waitFor(/grpc server start/);
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function live(...args: string[]): Promise<Running> {
  const running = start(process.execPath, [COMMAND, "live", "-i", "lo", ...args]);
  await running.waitFor(/captures on lo/);
  return running;
}

const filter = () => ["tcp", "port", String(port)];
const client = (...numbers: string[]) =>
  run(process.execPath, ["dist/calculator/client.js", "--address", `127.0.0.1:${port}`, ...numbers]);

/** What matters of a record, whatever it was read from. */
const told = (stdout: string) => parseLines<CallRecord>(stdout).map(({ capture: _, ...record }) => record);

/** The children of a process, by Linux's own list. */
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ").map(Number);

const runs = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
};

describeWithPeers(["tcpdump"], "live -i lo", () => {
  test("prints calls within 200 ms of their end; the file of -w holds the same calls; SIGINT ends it with 0", async () => {
    const file = join(folder, "kept.pcap");
    const running = await live("--json", "-w", file, ...filter());
    const lateness: number[] = [];
    for (let i = 0; i < 3; i++) {
      const seen = running.stdout.length;
      const finished = client(String(i), "7");
      while (running.stdout.slice(seen).split("\n").length < 3) await sleep(5);
      const now = Date.now();
      const last = parseLines<CallRecord>(running.stdout).at(-1)!;
      lateness.push(now - (Date.parse(last.start) + last.durationMs!));
      await finished;
    }
    const { status, stdout, stderr } = await running.stop("SIGINT");
    expect(status).toBe(0);
    expect(Math.min(...lateness)).toBeLessThan(200);
    expect(stderr).toMatch(/received [0-9]+ packets and dropped 0/);
    const records = told(stdout);
    expect(records.map(({ path, response }) => [path, response.messages[0]?.value])).toEqual(
      [0, 1, 2].flatMap((i) => [
        ["/Cal/Add", { number: i + 7 }],
        ["/Cal/Multiply", i === 0 ? {} : { number: i * 7 }],
      ]),
    );
    expect(records).toEqual(told((await runCli(["--json", file])).stdout));
  });

  test("text ends with totals; -c and --duration end it; on an interface with no gRPC it says so", async () => {
    const running = await live("-c", "30", ...filter());
    while (running.stdout === "" || !/calls? on/.test(running.stdout)) await client("70000", "70000");
    const { status, stdout } = await running.finished();
    expect(status).toBe(0);
    expect(stdout).toContain("OUT_OF_RANGE: 70000 * 70000 is outside the range of int32");
    expect(stdout).toMatch(/calls on [0-9]+ connections?: .*30 packets/s);
    const silent = await (await live("--duration", "0.3", "tcp port 9")).finished();
    expect(silent.status).toBe(3);
    expect(silent.stderr).toContain("no gRPC in lo: the capture holds no packets");
  });

  test.each(["SIGKILL", "SIGTERM"] as const)("its child does not outlive it: %s", async (signal) => {
    const running = await live(...filter());
    const children = childrenOf(running.pid);
    expect(children).toHaveLength(1);
    expect(runs(children[0])).toBe(true);
    await running.stop(signal);
    for (let i = 0; i < 100 && runs(children[0]); i++) await sleep(20);
    expect(runs(children[0])).toBe(false);
  });

  test("when its child is killed, what was captured is printed, and that is told", async () => {
    const running = await live("--json", ...filter());
    const finished = client();
    await running.waitFor(/Multiply/);
    await finished;
    process.kill(childrenOf(running.pid)[0], "SIGKILL");
    const { status, stdout, stderr } = await running.finished();
    expect(told(stdout).map(({ path }) => path)).toEqual(["/Cal/Add", "/Cal/Multiply"]);
    expect({ status, last: stderr.trimEnd().split("\n").at(-1) }).toEqual({
      status: 1,
      last: expect.stringMatching(/: (tcpdump|dumpcap) was killed \(SIGKILL\); what came before is shown$/),
    });
  });

  test("ends when nobody reads on", async () => {
    const head = start("bash", ["-c", `${process.execPath} ${COMMAND} live -i lo ${filter().join(" ")} | head -1`]);
    await head.waitFor(/captures on lo/);
    const ended = head.finished();
    let over = false;
    ended.then(() => (over = true));
    while (!over) await client();
    expect((await ended).stdout.split("\n")).toHaveLength(2);
  });

  test("an ssh's pipe: live -i - reads a capture that is being made", async () => {
    const tcpdump = `tcpdump -i lo -U --immediate-mode -w - tcp port ${port}`;
    const running = start("bash", ["-c", `${tcpdump} | ${process.execPath} ${COMMAND} live -i - --format events`]);
    await running.waitFor(/listening on lo/);
    const finished = client();
    await running.waitFor(/"record":"end".*\n(.*\n)*.*"record":"end"/);
    await finished;
    for (const child of childrenOf(running.pid)) process.kill(child, "SIGINT");
    const { stdout } = await running.finished();
    const records = parseLines<{ record: string }>(stdout).map(({ record }) => record);
    expect(records).toEqual(["start", "message", "message", "end", "start", "message", "message", "end"]);
  });
});

describeWithPeers(["tcpdump"], "what live cannot do is told with what to do", () => {
  test("no such interface, a filter that is none, no interface at all, a file that cannot be written", async () => {
    const unknown = await runCli(["live", "-i", "l0"]);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toMatch(/there is no interface l0 .*Did you mean lo\? There are .*lo/);
    const filtered = await runCli(["live", "-i", "lo", "tpc port 7"]);
    expect(filtered.status).toBe(2);
    expect(filtered.stderr).toMatch(/does not understand the filter "tpc port 7": .*syntax error/);
    const none = await runCli(["live"]);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("cal-inspect live -D lists them");
    const unwritable = await runCli(["live", "-i", "lo", "-w", "/nowhere/calls.pcap"]);
    expect(unwritable).toMatchObject({ status: 1, stdout: "" });
    expect(unwritable.stderr).toContain("cannot write /nowhere/calls.pcap");
  });

  test("-D lists the interfaces", async () => {
    const { status, stdout } = await runCli(["live", "-D"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^lo\b/m);
  });

  const asRoot = process.getuid?.() === 0;
  (asRoot ? test : test.skip)("no right to capture: groups, setcap, sudo, another machine", async () => {
    const without = ["--bounding-set", "-net_raw,-net_admin", "--inh-caps", "-net_raw,-net_admin"];
    const { status, stderr } = await run("setpriv", [...without, process.execPath, COMMAND, "live", "-i", "lo"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/is not allowed to capture on lo\. Any one of these helps:/);
    expect(stderr).toMatch(/sudo setcap cap_net_raw,cap_net_admin\+eip .*(dumpcap|tcpdump)/);
    expect(stderr).toContain("sudo cal-inspect live -i lo");
    expect(stderr).toContain("ssh host tcpdump -i any -U -w - | cal-inspect -");
  });
});
