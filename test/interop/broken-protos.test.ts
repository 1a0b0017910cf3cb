/** A folder of .proto files that is not all well: what we make of it, and what tshark does. README.md has the table. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithPeers } from "../support/peers.js";
import { run } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));
const CAPTURE = resolve("captures/add.pcap");

const FILES = {
  "broken.proto": 'syntax = "proto3";\nmessage {\n',
  "missing.proto": 'syntax = "proto3";\nimport "nowhere/else.proto";\nmessage Lost { nowhere.Else else = 1; }\n',
  "cycle_a.proto": 'syntax = "proto3";\nimport "cycle_b.proto";\nmessage A { B b = 1; }\n',
  "cycle_b.proto": 'syntax = "proto3";\nimport "cycle_a.proto";\nmessage B { A a = 1; }\n',
};
beforeAll(() => {
  copyFileSync("proto/SimpleCal.proto", join(folder, "SimpleCal.proto"));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
});

describe("a folder with a broken file, a missing import and a cycle", () => {
  test("decodes captures/add.pcap, and each costs one warning with its line", async () => {
    const { status, stdout, stderr } = await runCli([CAPTURE, "--json", "--proto", "."], { cwd: folder });
    expect(status).toBe(0);
    const [{ request, response }] = parseLines<CallRecord>(stdout);
    expect(request.messages[0]).toMatchObject({ type: "AddRequest", value: { number1: 100, number2: 300 } });
    expect(response.messages[0]).toMatchObject({ type: "ResultReply", value: { number: 400 } });
    expect(stderr).toBe(
      [
        "cal-inspect: broken.proto:2: does not parse: illegal type name '{'",
        'cal-inspect: missing.proto:2: import "nowhere/else.proto" was not found',
        "",
      ].join("\n"),
    );
  });
});

describeWithPeers(["tshark"], "tshark on the same files", () => {
  const dissect = async (files: Readonly<Record<string, string>>) => {
    const other = mkdtempSync(join(tmpdir(), "cal-inspect-"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(other, name), text);
    const paths = `uat:protobuf_search_paths:"${other}","TRUE"`;
    const words = ["-r", CAPTURE, "-d", "tcp.port==50051,http2", "-o", paths, "-o", "protobuf.preload_protos:TRUE"];
    const { stdout, stderr } = await run("tshark", [...words, "-O", "protobuf", "-Y", "protobuf"]);
    rmSync(other, { recursive: true });
    return { stdout, stderr };
  };
  const cal = readFileSync("proto/SimpleCal.proto", "utf8");

  test("stops loading at the broken file: no message has a type", async () => {
    const { stdout, stderr } = await dissect({ ...FILES, "SimpleCal.proto": cal });
    expect(stderr).toContain("Loading .proto files action stopped!");
    expect(stdout).toContain("Message: <UNKNOWN> Message Type");
    expect(stdout).not.toContain("Message: AddRequest");
  });

  test.each([
    ["a missing import", ["missing.proto"], /file \[nowhere\/else\.proto\] does not exist/],
    ["a cycle", ["cycle_a.proto", "cycle_b.proto"], /^(?!.*failed)/s],
  ] as const)("decodes beside %s", async (_, names, complaint) => {
    const files = Object.fromEntries(names.map((name) => [name, FILES[name]]));
    const { stdout, stderr } = await dissect({ ...files, "SimpleCal.proto": cal });
    expect(stdout).toContain("number1 = 100 (int32)");
    expect(stderr).toMatch(complaint);
  });

  test("shows a wrong value by a stale schema, and says nothing", async () => {
    const { stdout, stderr } = await dissect({ "SimpleCal.proto": cal.replace("int32 number1", "string number1") });
    expect(stdout).toContain("number1 = d (string)");
    expect(stderr).not.toContain("Protobuf");
  });
});

describe("what is no .proto file, or not one for us, is one clear sentence", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ["empty", "", /empty\.proto: is empty: it declares nothing/],
    ["binary", Uint8Array.of(0, 1, 2, 255, 10, 0), /binary\.proto: is no \.proto text but binary/],
    ["json", '{"a": 1}', /json\.proto:1: does not parse/],
  ])("%s", async (name, content, sentence) => {
    const path = `${name}.proto`;
    const other = mkdtempSync(join(tmpdir(), "cal-inspect-"));
    writeFileSync(join(other, path), content);
    const { status, stderr } = await runCli([CAPTURE, "--json", "--proto", path], { cwd: other });
    rmSync(other, { recursive: true });
    expect(status).toBe(0);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
