import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithPeers } from "../support/peers.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));
const ADD = resolve("captures/add.pcap");

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function firstCall(...args: string[]): Promise<CallRecord & { stderr: string }> {
  const { status, stdout, stderr } = await runCli([ADD, "--json", ...args], { cwd: folder });
  expect(status).toBe(0);
  return { ...parseLines<CallRecord>(stdout)[0], stderr };
}

const PROTO = `syntax = "proto3";
service Cal { rpc Add(Pair) returns (Sum); }
message Pair { sint32 left = 1; int32 right = 2; }
message Sum { int32 sum = 1; }`;

describe("where the schema comes from", () => {
  test("--proto", async () => {
    const call = await firstCall("--proto", file("pair.proto", PROTO));
    expect(call.stderr).toBe("");
    // A schema decides what the bytes mean: as sint32 the 100 on the wire is 50.
    expect(call.request.messages[0]).toMatchObject({ type: "Pair", value: { left: 50, right: 300 } });
  });

  test("none: the fields with their readings", async () => {
    const call = await firstCall();
    expect(call.kind).toBeNull();
    expect(call.request.messages[0]).toMatchObject({ type: null, value: null, fields: [{ number: 1 }, { number: 2 }] });
  });

  test("a broken file costs itself only, and is told with its line", async () => {
    const broken = file("broken.proto", 'syntax = "proto3";\nmessage {\n');
    const call = await firstCall("--proto", broken, "--proto", file("pair.proto", PROTO));
    expect(call.request.messages[0]).toMatchObject({ type: "Pair" });
    expect(call.stderr).toMatch(/^cal-inspect: .*broken\.proto:2: .*\n$/);
  });

  test.each(["--proto", "--protoset"])("%s of a file that does not exist is one sentence", async (flag) => {
    const call = await firstCall(flag, "nowhere.proto");
    expect(call.stderr).toMatch(/^cal-inspect: nowhere\.proto: .*no such file.*\n$/);
  });

  test("--protoset of something else is one sentence", async () => {
    const call = await firstCall("--protoset", file("other.bin", "no descriptor set"));
    expect(call.stderr).toMatch(/^cal-inspect: .*other\.bin: .*FileDescriptorSet\n$/);
  });
});

describeWithPeers(["protoc"], "--protoset, as protoc -o writes it", () => {
  test("decodes as the .proto file does", async () => {
    const set = join(folder, "set.binpb");
    file("pair.proto", PROTO);
    execFileSync("protoc", ["-I", folder, "-o", set, "pair.proto"]);
    expect((await firstCall("--protoset", set)).request.messages[0]).toMatchObject({ value: { left: 50, right: 300 } });
  });
});
