/** Captures that are being written: --follow FILE, and standard input. */
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { Inspector } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { createEventsOutput } from "../../src/output/events.js";
import { createJsonOutput } from "../../src/output/json.js";
import type { Output, Write } from "../../src/output/output.js";
import { COMMAND, parseLines, runCli } from "../support/cli.js";
import { type Running, start } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-follow-"));
const capture = readFileSync("captures/calculator.pcap");
const add = readFileSync("captures/add.pcap");
const multiply = readFileSync("captures/multiply.pcap");
/** Where each packet of the capture ends. */
const ENDS: number[] = [];
for (let at = 24; at < capture.length; ) ENDS.push((at += 16 + capture.readUInt32LE(at + 8)));

afterAll(() => rmSync(folder, { recursive: true }));

const follow = (path: string, ...args: string[]) => start(process.execPath, [COMMAND, "--follow", path, ...args]);
const linesOf = (text: string) => text.split("\n").length - 1;

async function untilLines(running: { readonly stdout: string }, count: number): Promise<void> {
  while (linesOf(running.stdout) < count) await sleep(10);
}

describe("--follow", () => {
  test("prints what a whole file would, as it grows; SIGINT ends it with totals and status 0", async () => {
    const path = join(folder, "grows.pcap");
    writeFileSync(path, capture.subarray(0, 10));
    const running = follow(path);
    for (let at = 10; at < capture.length; at += 4000) {
      appendFileSync(path, capture.subarray(at, at + 4000));
      await sleep(20);
    }
    const whole = await runCli([path]);
    await untilLines(running, linesOf(whole.stdout) - 1);
    const { status, stdout, stderr } = await running.stop("SIGINT");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toEqual(whole.stdout);
  });

  test("a file that is cut off, or replaced, is read from its beginning, and that is told", async () => {
    const path = join(folder, "turns.pcap");
    writeFileSync(path, capture);
    const calls = parseLines(await runCli(["--json", path]).then(({ stdout }) => stdout)).length;
    const running: Running = follow(path, "--json");
    await untilLines(running, calls);
    truncateSync(path, 0);
    await running.waitFor(/was cut off/);
    appendFileSync(path, add);
    await untilLines(running, calls + 1);
    writeFileSync(`${path}.new`, multiply);
    renameSync(`${path}.new`, path);
    await untilLines(running, calls + 2);
    const { status, stdout, stderr } = await running.stop("SIGINT");
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /was cut off: it is read from its beginning\n.*was replaced by another file: it is read from/,
    );
    const last = parseLines<CallRecord>(stdout).slice(-2);
    expect(last.map((record) => [record.capture, record.path])).toEqual([
      [path, "/Cal/Add"],
      [path, "/Cal/Multiply"],
    ]);
  });

  test.each([
    [["--follow"], "--follow takes one capture file"],
    [["--follow", "-"], "cal-inspect - needs no --follow"],
    [["--follow", "a", "b"], "--follow takes one capture file"],
    [["--follow", "/nowhere/x.pcap"], "cannot open /nowhere/x.pcap: there is no such file or folder"],
    [["--follow", "."], ". is no file that can grow"],
    [["frames", "--follow", "x.pcap"], "--follow is for calls"],
  ])("%j is refused", async (args, sentence) => {
    const { status, stdout, stderr } = await runCli(args);
    expect([1, 2]).toContain(status);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
  });
});

/** How many lines of a format there are after each packet. */
function linesAfterPackets(create: (write: Write) => Output): number[] {
  let text = "";
  const inspector = new Inspector(
    nodePorts,
    {},
    create((piece) => (text += Buffer.from(piece as Uint8Array).toString())),
  );
  return ENDS.map((end, i) => {
    inspector.push(capture.subarray(i === 0 ? 0 : ENDS[i - 1], end));
    return linesOf(text);
  });
}

describe("standard input", () => {
  test.each([
    ["json", createJsonOutput],
    ["events", createEventsOutput],
  ] as const)(
    "%s: what a packet tells is printed before the next one comes; SIGINT ends it",
    async (format, create) => {
      const expected = linesAfterPackets(create);
      expect(expected.at(-1)).toBeGreaterThan(10);
      const child = spawn(process.execPath, [COMMAND, "-", "-T", format], { stdio: "pipe" });
      const told = { stdout: "" };
      child.stdout.setEncoding("utf8").on("data", (text) => (told.stdout += text));
      const ended = new Promise((resolve) => child.on("close", resolve));
      for (const [i, end] of ENDS.entries()) {
        child.stdin.write(capture.subarray(i === 0 ? 0 : ENDS[i - 1], end));
        await untilLines(told, expected[i]);
        expect(linesOf(told.stdout)).toBe(expected[i]);
      }
      child.kill("SIGINT");
      expect(await ended).toBe(0);
    },
  );
});
