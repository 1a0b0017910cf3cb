/** `cal-inspect schema`: what there is, where it came from, and written out. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { bufRoots } from "../../src/node/buf-roots.js";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithPeers } from "../support/peers.js";
import { run } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const REFLECTION = resolve("captures/reflection.pcap");
const LISTED = `service Cal  proto/SimpleCal.proto:4
  rpc Add(AddRequest) returns (ResultReply)
  rpc Multiply(MultiplyRequest) returns (ResultReply)
message AddRequest  proto/SimpleCal.proto:11
message MultiplyRequest  proto/SimpleCal.proto:16
message ResultReply  proto/SimpleCal.proto:21
`;

describe("lists services, methods and messages, and where each came from", () => {
  test("./proto", async () => {
    expect(await runCli(["schema"])).toEqual({ status: 0, stdout: LISTED, stderr: "" });
  });

  test("what a server told by reflection in a capture, as JSON", async () => {
    const { status, stdout, stderr } = await runCli(["schema", REFLECTION, "--json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const from = `${REFLECTION}: 127.0.0.1:50051 (reflection)`;
    expect(parseLines(stdout).slice(0, 2)).toEqual([
      {
        kind: "service",
        name: "Cal",
        file: "SimpleCal.proto",
        line: null,
        from,
        methods: [
          { name: "Add", kind: "unary", request: "AddRequest", response: "ResultReply" },
          { name: "Multiply", kind: "unary", request: "MultiplyRequest", response: "ResultReply" },
        ],
      },
      { kind: "message", name: "AddRequest", file: "SimpleCal.proto", line: null, from },
    ]);
  });

  test.each<[string, string[], RegExp]>([
    ["no source", [], /there is no service and no message: name a source/],
    ["a capture without reflection", [resolve("captures/add.pcap")], /no server told its schema by reflection/],
    ["a capture that is none", ["none.pcap"], /cannot open none\.pcap/],
  ])("%s is a sentence", async (_, words, sentence) => {
    const { status, stdout, stderr } = await runCli(["schema", ...words], { cwd: folder });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(sentence);
  });
});

describe("written out", () => {
  test.each([
    ["--proto-out", "--proto", "protos"],
    ["--protoset-out", "--protoset", "set.binpb"],
  ])("%s: what was learnt by reflection decodes other captures", async (out, back, name) => {
    const path = join(folder, name);
    expect(await runCli(["schema", REFLECTION, out, path])).toEqual({ status: 0, stdout: "", stderr: "" });
    const { stdout } = await runCli([resolve("captures/add.pcap"), "--json", back, path], { cwd: folder });
    const [{ kind, request }] = parseLines<CallRecord>(stdout);
    expect([kind, request.messages[0].value]).toEqual(["unary", { number1: 100, number2: 300 }]);
    if (out === "--proto-out") expect(readdirSync(path)).toEqual(["SimpleCal.proto"]);
  });

  test("names that lead out of the folder stay in it", async () => {
    const evil = file("evil.proto", 'syntax = "proto3"; message Evil {}');
    const set = join(folder, "evil.binpb");
    await runCli(["schema", "--proto", evil, "--protoset-out", set]);
    const bytes = readFileSync(set);
    // "evil.proto" is as long as "../../evil".
    bytes.write("../../evil", bytes.indexOf("evil.proto"));
    writeFileSync(set, bytes);
    const out = join(folder, "a", "b");
    await runCli(["schema", "--protoset", set, "--proto-out", out]);
    expect(readdirSync(out)).toEqual(["evil"]);
  });

  describeWithPeers(["protoc"], "protoc", () => {
    test("takes the descriptor set and the files of our sample schemas, written from descriptors", async () => {
      const samples = ["kinds.proto", "legacy.proto"];
      const flags = samples.flatMap((name) => ["--proto", `test/protobuf/schemas/${name}`]);
      const set = join(folder, "samples.binpb");
      expect((await runCli(["schema", ...flags, "--protoset-out", set])).stderr).toBe("");
      const words = [`--descriptor_set_in=${set}`, `-o${join(folder, "again.binpb")}`, ...samples];
      expect(await run("protoc", words)).toMatchObject({ status: 0, stderr: "" });
      const protos = join(folder, "samples");
      expect((await runCli(["schema", "--protoset", set, "--proto-out", protos])).stderr).toBe("");
      expect(await run("protoc", [`-I${protos}`, "-o/dev/null", ...samples])).toMatchObject({ status: 0, stderr: "" });
    });
  });
});

describe("buf.yaml", () => {
  test.each<[string, Record<string, string>, string[]]>([
    [
      "version 2",
      {
        "buf.yaml":
          'version: v2\nmodules:\n  - path: api # ours\n    excludes:\n      - api/old\n  - path: "third party"\nlint:\n  use:\n    - STANDARD\n',
      },
      ["api", "third party"],
    ],
    ["version 2 without modules", { "buf.yaml": "version: v2\n" }, ["."]],
    [
      "a workspace",
      { "buf.work.yaml": "version: v1\ndirectories:\n- proto\n- vendor/protos\n" },
      ["proto", "vendor/protos"],
    ],
    ["v1beta1", { "buf.yaml": "version: v1beta1\nbuild:\n  roots: [a, 'b']\n" }, ["a", "b"]],
    ["none", {}, []],
  ])("%s", (name, files, roots) => {
    for (const [path, text] of Object.entries(files)) file(join("buf", name, path), text);
    const base = join(folder, "buf", name);
    expect(bufRoots(base)).toEqual(roots.map((root) => join(base, root)));
  });

  test("its roots are used when nothing else is named", async () => {
    file("shop/buf.yaml", "version: v2\nmodules:\n  - path: api\n");
    file(
      "shop/api/cal/v1/types.proto",
      'syntax = "proto3"; package cal.v1; message Pair { int32 a = 1; int32 b = 2; }',
    );
    file(
      "shop/api/cal.proto",
      'syntax = "proto3"; import "cal/v1/types.proto"; service Cal { rpc Add(cal.v1.Pair) returns (cal.v1.Pair); }',
    );
    const { stdout, stderr } = await runCli([resolve("captures/add.pcap"), "--json"], { cwd: join(folder, "shop") });
    expect(stderr).toBe("");
    expect(parseLines<CallRecord>(stdout)[0].request.messages[0]).toMatchObject({
      type: "cal.v1.Pair",
      value: { a: 100, b: 300 },
    });
  });
});

test("two files that declare the same name are told with both places", async () => {
  file("twice/a/one.proto", 'syntax = "proto3";\nmessage Same { int32 a = 1; }\nservice Svc {}');
  file("twice/b/one.proto", 'syntax = "proto3";\n\nmessage Same { string b = 1; }\nservice Svc {}');
  const { stderr } = await runCli(["schema", "--proto", "twice/a", "--proto", "twice/b"], { cwd: folder });
  expect(stderr).toBe(
    [
      "cal-inspect: twice/b/one.proto:3: Same is declared in twice/a/one.proto:2 already: this declaration is not used",
      "cal-inspect: twice/b/one.proto:4: service Svc is declared in twice/a/one.proto:3 already: this declaration is not used",
      "",
    ].join("\n"),
  );
});
