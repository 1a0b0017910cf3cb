/** `cal-inspect infer`: what it writes explains the capture that it was inferred from. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { CallRecord, HalfRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithSharedData, sharedData } from "../support/shared-data.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));
const CALCULATOR = resolve("captures/calculator.pcap");

async function records(capture: string, proto: string): Promise<CallRecord[]> {
  const { status, stdout } = await runCli([capture, "--json", "--proto", proto], { cwd: folder });
  expect(status).toBe(0);
  return parseLines<CallRecord>(stdout);
}

/** Values in the order of the fields: the names of an inferred schema are made up. */
const values = ({ messages }: HalfRecord) => messages.map(({ value }) => Object.values(value as object));

describe("captures/calculator.pcap", () => {
  test("the inferred schema's values are those of the real one, of every byte and without a diagnostic", async () => {
    const proto = join(folder, "inferred.proto");
    const { status, stdout, stderr } = await runCli(["infer", CALCULATOR, "-o", proto]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    const [inferred, real] = [await records(CALCULATOR, proto), await records(CALCULATOR, resolve("proto"))];
    expect(inferred.map(({ request }) => values(request))).toEqual(real.map(({ request }) => values(request)));
    expect(inferred.map(({ response }) => values(response))).toEqual(real.map(({ response }) => values(response)));
    expect(inferred.map(({ kind }) => kind)).toEqual(real.map(({ kind }) => kind));
    const messages = inferred.flatMap(({ request, response }) => [...request.messages, ...response.messages]);
    expect(messages.filter(({ raw, fields }) => raw !== null || fields !== null)).toEqual([]);
    expect(inferred.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  });

  test("prints to standard output, with the evidence", async () => {
    const { stdout } = await runCli(["infer", CALCULATOR]);
    expect(stdout).toContain("service Cal {\n  rpc Add(AddRequest) returns (AddResponse);\n");
    expect(stdout).toContain("  // 7 values: varints that fit int32\n  int32 field_1 = 1;\n");
    expect((await runCli(["infer", CALCULATOR, CALCULATOR])).stdout).toContain(
      "// Seen 16 times.\nmessage AddRequest {",
    );
  });
});

describeWithSharedData("captures of other services", () => {
  test.each([
    ["py-gz", 0],
    ["py-streaming", 0],
    // Two messages that were made to hold one field with several wire types: no schema explains them.
    ["py-unary", 2],
  ])("%s: a file for each package explains all but %i messages", async (name, odd) => {
    const capture = sharedData("captures", name, "cap.pcap");
    const out = join(folder, name);
    expect(await runCli(["infer", capture, "--proto-out", out])).toEqual({ status: 0, stdout: "", stderr: "" });
    const calls = await records(capture, out);
    const messages = calls.flatMap(({ request, response }) => [...request.messages, ...response.messages]);
    expect(messages.filter(({ raw, fields }) => raw !== null || fields !== null)).toHaveLength(odd);
    const codes = new Set(calls.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code)));
    expect([...codes]).toEqual(odd === 0 ? [] : ["PROTOBUF_WIRE_TYPE"]);
    if (odd > 0)
      expect(readFileSync(join(out, "lab/zoo/v1/inferred.proto"), "utf8")).toMatch(
        /also as i32, which no one type explains/,
      );
  });
});

describe("what cannot be", () => {
  test.each<[string, string[], number, RegExp]>([
    ["no capture", ["infer"], 2, /^cal-inspect: no capture is named/],
    ["two outputs", ["infer", CALCULATOR, "-o", "x", "--proto-out", "y"], 2, /--output and --proto-out/],
    ["--json", ["infer", CALCULATOR, "--json"], 2, /unknown option --json/],
    ["no folder to write to", ["infer", CALCULATOR, "--proto-out", "/dev/null/x"], 1, /cannot write \/dev\/null\/x/],
    ["a capture that is none", ["infer", resolve("package.json")], 1, /no packet capture but a JSON file/],
  ])("%s is one sentence", async (_, args, status, sentence) => {
    const result = await runCli(args, { cwd: folder });
    expect(result).toMatchObject({ status, stdout: "" });
    expect(result.stderr).toMatch(sentence);
    expect(result.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("--help tells the options of the command", async () => {
    const { status, stdout } = await runCli(["infer", "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("--proto-out");
    expect(stdout).not.toContain("--protoset");
  });
});
