/** A schema that does not fit, and types given by hand, as a user of the command sees them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));
const CALCULATOR = resolve("captures/calculator.pcap");

/** SimpleCal.proto with the types of number1 and of another field swapped, and number2 of Multiply renumbered. */
const SWAPPED = `syntax = "proto3";
service Cal {
  rpc Add (AddRequest) returns (ResultReply);
  rpc Multiply (MultiplyRequest) returns (ResultReply);
}
message AddRequest {
  string number1 = 1;
  int32 number2 = 2;
  int32 comment = 3;
}
message MultiplyRequest {
  int32 number1 = 1;
  int32 number2 = 4;
}
message ResultReply { int32 number = 1; }
`;

beforeAll(() => writeFileSync(join(folder, "swapped.proto"), SWAPPED));

const run = (...args: string[]) => runCli([CALCULATOR, ...args], { cwd: folder });

describe("a schema with two field types swapped", () => {
  const TOLD = [
    "cal-inspect: /Cal/Add, 7 messages: field 1 (number1) of AddRequest is varint on the wire, string in swapped.proto:7. Check that the schema is the one the peers use.",
    "cal-inspect: /Cal/Multiply, 7 messages: field 2 of MultiplyRequest (varint on the wire) is not in swapped.proto:11. A peer knows a newer schema: give that one to see the field's name and value.",
    "",
  ].join("\n");

  test("is told once for each field and method, with its line and the number of messages", async () => {
    for (const format of [[], ["--json"], ["--json", "--emit-defaults"]]) {
      const { status, stderr } = await run("--proto", "swapped.proto", ...format);
      expect({ status, stderr }).toEqual({ status: 0, stderr: TOLD });
    }
  });

  test.each([[], ["--emit-defaults"]])(
    "a record shows the field's readings, and no value of it %s",
    async (...flags) => {
      const { stdout } = await run("--proto", "swapped.proto", "--json", ...flags);
      const [add] = parseLines<CallRecord>(stdout);
      const { value, fields, raw } = add.request.messages[0];
      expect(Object.keys(value as object)).not.toContain("number1");
      expect(fields).toMatchObject([{ number: 1, in: "AddRequest", readings: [{ as: "uint64", value: "100" }, {}] }]);
      expect(raw).toBe("CGQQrAI=");
      expect(add.diagnostics.map(({ code }) => code)).toEqual(["PROTOBUF_WIRE_TYPE"]);
    },
  );

  test("text shows neither a value nor a default for it, and tells it at length once", async () => {
    const { stdout } = await run("--proto", "swapped.proto");
    expect(stdout).toContain("→ AddRequest  number2: 300  comment: 0 (default)  1: 100 (uint64)  raw: 0x086410ac02\n");
    expect(stdout).not.toMatch(/AddRequest .*number1: (?!"" \(default\))/);
    expect(stdout.match(/field 1 \(number1\) of AddRequest is varint on the wire/g)).toHaveLength(1);
    expect(stdout.match(/field 1 \(number1\) of AddRequest: as told of an earlier message/g)).toHaveLength(6);
  });
});

describe("--decode-as", () => {
  const TYPES = `syntax = "proto3";
    message AddRequest { sint32 left = 1; sint32 right = 2; }
    message ResultReply { sint32 sum = 1; }`;
  beforeAll(() => writeFileSync(join(folder, "types.proto"), TYPES));
  const first = async (...args: string[]) => {
    const words = [resolve("captures/add.pcap"), "--json", "--proto", "types.proto", ...args];
    const { status, stdout, stderr } = await runCli(words, { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return parseLines<CallRecord>(stdout)[0];
  };

  test("sets the types of a method that no schema declares", async () => {
    const call = await first("--decode-as", "/Cal/Add=AddRequest,ResultReply");
    expect(call).toMatchObject({ kind: null, service: "Cal", method: "Add" });
    expect(call.request.messages[0]).toMatchObject({ type: "AddRequest", value: { left: 50, right: 150 } });
    expect(call.response.messages[0]).toMatchObject({ type: "ResultReply", value: { sum: 200 } });
  });

  test("one side of it only", async () => {
    const call = await first("--decode-as", "/Cal/Add=,ResultReply");
    expect(call.request.messages[0]).toMatchObject({ type: null, fields: [{ number: 1 }, { number: 2 }] });
    expect(call.response.messages[0]).toMatchObject({ type: "ResultReply" });
  });

  test.each([
    ["/Cal/Add", /takes a path and its types, as \/Cal\/Add=AddRequest,ResultReply, not "\/Cal\/Add"/],
    ["/Cal/Add=AddReqest", /the schema has no message AddReqest: did you mean AddRequest\?/],
    ["/Cal/Add=Zebra", /the schema has no message Zebra: cal-inspect schema lists those that it has/],
  ])("%s is one sentence", async (words, sentence) => {
    const { status, stdout, stderr } = await run("--proto", "types.proto", "--decode-as", words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
  });
});

test("with no schema, readings are in the order of their likelihood over all messages of the method", async () => {
  const { stdout } = await run("--json");
  const numbers = parseLines<CallRecord>(stdout).flatMap(({ request }) =>
    request.messages.flatMap(({ fields }) => (fields ?? []) as { readings: { as: string; value: string }[] }[]),
  );
  // -3 shows as -3.
  expect(numbers.filter(({ readings }) => readings[0].value === "-3")).toHaveLength(2);
});
