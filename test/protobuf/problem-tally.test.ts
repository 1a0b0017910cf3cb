import { expect, test } from "@jest/globals";
import { ProblemTally } from "../../src/protobuf/problem-tally.js";
import { codes, decode } from "./samples.js";
import { textField, varintField } from "./wire-bytes.js";

test("a stale field is told once for each method, with the number of messages that it touched", () => {
  const tally = new ProblemTally();
  const stale = decode("AddRequest", [...textField(1, "seven"), ...varintField(9, 1)]).problems;
  expect(codes({ problems: tally.add("/Cal/Add", stale) })).toEqual(["PROTOBUF_WIRE_TYPE", "PROTOBUF_FIELD_UNKNOWN"]);
  expect(tally.add("/Cal/Add", stale)).toEqual([]);
  expect(tally.add("/Cal/Multiply", stale.slice(0, 1))).toHaveLength(1);
  const other = decode("AddRequest", [...textField(2, "eight"), ...varintField(9, 1)]).problems;
  expect(codes({ problems: tally.add("/Cal/Add", other) })).toEqual(["PROTOBUF_WIRE_TYPE"]);
  expect(tally.problems.map(({ path, code, messages }) => [path, code, messages])).toEqual([
    ["/Cal/Add", "PROTOBUF_WIRE_TYPE", 2],
    ["/Cal/Add", "PROTOBUF_FIELD_UNKNOWN", 3],
    ["/Cal/Multiply", "PROTOBUF_WIRE_TYPE", 1],
    ["/Cal/Add", "PROTOBUF_WIRE_TYPE", 1],
  ]);
  expect(tally.problems[0].values).toMatchObject({ field: "1 (number1)", place: "SimpleCal.proto:4" });
});
