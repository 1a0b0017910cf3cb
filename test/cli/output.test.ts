import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { COMMAND, parseLines, runCli } from "../support/cli.js";
import { readPcapFile, writePcap } from "../support/pcap-file.js";

const shell = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Event {
  readonly record: string;
  readonly call: number;
}

describe("where the output goes", () => {
  test("a closed pipe ends quietly", async () => {
    const captures = Array.from({ length: 200 }, () => "captures/calculator.pcap").join(" ");
    const script = `set -o pipefail; "${process.execPath}" "${COMMAND}" --json ${captures} | head -n 1`;
    const { stdout, stderr } = await shell("bash", ["-c", script]);
    expect(stderr).toBe("");
    expect(parseLines(stdout)).toHaveLength(1);
  });

  test("--output writes the file, and nothing to standard output", async () => {
    const path = join(folder, "calls.json");
    const { status, stdout } = await runCli(["captures/add.pcap", "--json", "--output", path]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(parseLines<CallRecord>(readFileSync(path, "utf8"))).toMatchObject([{ path: "/Cal/Add" }]);
  });

  test("a file that cannot be written is one sentence", async () => {
    const { status, stderr } = await runCli(["captures/add.pcap", "--output", join(folder, "no/such/folder.json")]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^cal-inspect: cannot write .*folder\.json: there is no such file or folder\n$/);
  });
});

describe("standard output on a full device: one sentence and status 1", () => {
  test.each([[["--json", "captures/add.pcap"]], [["explain", "captures/add.pcap", "--call", "1"]], [["--help"]]])(
    "%j",
    async (args) => {
      const script = `"${process.execPath}" "${COMMAND}" ${args.join(" ")} > /dev/full`;
      const failed = await shell("bash", ["-c", script]).catch((error) => error);
      expect({ status: failed.code, stderr: failed.stderr }).toEqual({
        status: 1,
        stderr: "cal-inspect: cannot write standard output: no space is left on the device\n",
      });
    },
  );
});

describe("--format events", () => {
  test("tells the same facts as the records, as they happen", async () => {
    const records = parseLines<CallRecord>((await runCli(["captures/calculator.pcap", "--json"])).stdout);
    const events = parseLines<Event>((await runCli(["captures/calculator.pcap", "--format", "events"])).stdout);
    for (const record of records) {
      const own = events.filter(({ call }) => call === record.id);
      const messages = [...record.request.messages, ...record.response.messages];
      expect(own.map((event) => event.record)).toEqual(["start", ...messages.map(() => "message"), "end"]);
      expect(own[0]).toMatchObject({ path: record.path, time: record.start, headers: record.request.headers });
      for (const [index, message] of messages.entries()) expect(own[index + 1]).toMatchObject({ ...message });
      const { outcome, status, durationMs } = record;
      expect(own.at(-1)).toMatchObject({
        outcome,
        status,
        durationMs,
        response: { trailers: record.response.trailers },
      });
    }
    expect(events).toHaveLength(
      records.reduce((sum, { request, response }) => sum + 2 + request.messageCount + response.messageCount, 0),
    );
  });

  test("tells which headers were worked out", async () => {
    const { header, records } = readPcapFile("captures/python.pcap");
    const path = join(folder, "late.pcap");
    writeFileSync(path, writePcap(header, records.slice(12)));
    const [record] = parseLines<CallRecord>((await runCli([path, "--json"])).stdout);
    const events = parseLines<Event>((await runCli([path, "--format", "events"])).stdout);
    const { request, response } = record;
    expect(request.inferred).toContain("te");
    const own = events.filter(({ call }) => call === record.id);
    expect(own[0]).toMatchObject({ headers: request.headers, inferred: request.inferred });
    expect(own.at(-1)).toMatchObject({ response: { headers: response.headers, inferred: response.inferred } });
  });
});

describe("--format text", () => {
  const text = async (...args: string[]) => (await runCli(["captures/calculator.pcap", ...args])).stdout;

  test("a failed call stands out without colour too, and says why", async () => {
    const lines = (await text()).split("\n");
    const failed = lines.findIndex((line) => line.startsWith("✗"));
    expect(lines[failed]).toMatch(/^✗ \S+ \S+ → \S+ \/Cal\/Multiply OUT_OF_RANGE [\d.]+ ms$/);
    expect(lines[failed + 1]).toBe("    → MultiplyRequest  number1: 65536  number2: 65536");
    expect(lines[failed + 2]).toBe("    OUT_OF_RANGE: 65536 * 65536 is outside the range of int32");
    expect(lines.at(-2)).toBe("15 calls on 5 connections: 12 OK, 3 OUT_OF_RANGE; 118 packets, 1.11 s");
  });

  test("a scalar that is left out on the wire shows its default, marked", async () => {
    expect(await text()).toContain("→ AddRequest  number1: 0 (default)  number2: 0 (default)");
  });

  test("colour: always, never, NO_COLOR", async () => {
    const plain = await text();
    const coloured = await text("--color", "always");
    expect(coloured).toContain("\u001b[31m✗");
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(plain);
    const { stdout } = await runCli(["captures/calculator.pcap"], { env: { NO_COLOR: "1", FORCE_COLOR: "1" } });
    expect(stdout).toBe(plain);
  });

  test("-v shows headers and trailers", async () => {
    const verbose = await text("-v");
    expect(verbose).toContain("    call 1, connection 1, stream 1\n");
    expect(verbose).toContain('      :path: "/Cal/Add"');
    expect(verbose).toContain('      grpc-status: "11"');
  });
});
