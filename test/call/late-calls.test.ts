import { describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { CLIENT, listen, SERVER, type Step } from "../support/conversation.js";
import * as frames from "../support/frames.js";
import { HpackEncoder } from "../support/hpack-encoder.js";
import { joinLate, type LateCall } from "../support/late-connection.js";

const PROTO = `
  message Key { string id = 1; bool fresh = 2; }
  message Item { string id = 1; string name = 2; Size size = 3; }
  message Size { uint32 width = 1; uint32 height = 2; }
  message Pair { int32 a = 1; int32 b = 2; }
  message Total { int32 value = 1; }
  service Store {
    rpc Find(Key) returns (Item);
    rpc Put(Item) returns (Total);
    rpc Add(Pair) returns (Total);
    rpc Multiply(Pair) returns (Total);
  }`;

const text = (field: number, value: string) => [(field << 3) | 2, value.length, ...Buffer.from(value)];
const key = (i: number) => [...text(1, `item-${i}`), 0x10, 1];
const item = (i: number) => [...text(1, `item-${i}`), ...text(2, "lamp"), 0x1a, 4, 0x08, i & 127, 0x10, 2];
const pair = (i: number) => [0x08, i & 127, 0x10, 3];
const total = (i: number) => [0x08, i & 127];

const find = (i: number): LateCall => ({ path: "/Store/Find", requests: [key(i)], replies: [item(i)] });
const put = (i: number): LateCall => ({ path: "/Store/Put", requests: [item(i)], replies: [total(i)] });
const add = (i: number): LateCall => ({ path: "/Store/Add", requests: [pair(i)], replies: [total(i)] });
const multiply = (i: number): LateCall => ({ ...add(i), path: "/Store/Multiply" });
const all = [find(0), put(0), add(0), multiply(0)];
const several = (make: (i: number) => LateCall, count: number) => Array.from({ length: count }, (_, i) => make(i + 1));
const mixed = (count: number) => Array.from({ length: count }, (_, i) => [find, put, add, multiply][i % 4](i));

const paths = (records: readonly CallRecord[]) => records.map(({ path, pathSource }) => `${path} ${pathSource}`);
const codes = (record: CallRecord) => record.diagnostics.map(({ code }) => code);
const texts = (record: CallRecord) => record.diagnostics.map((diagnostic) => diagnostic.text).join("\n");

describe("a connection that began before the capture", () => {
  test("its calls are recognised without a content-type, with their messages and status", () => {
    const { records } = joinLate(all, several(find, 3), { proto: PROTO });
    expect(records).toHaveLength(3);
    for (const [i, { outcome, status, request, response }] of records.entries()) {
      expect({ outcome, status }).toMatchObject({ outcome: "ok", status: { code: 0 } });
      expect(request.messages[0].value).toEqual({ id: `item-${i + 1}`, fresh: true });
      expect(response.messages[0].value).toMatchObject({ name: "lamp" });
    }
  });

  test("a path is found where one method alone fits, and filled in backwards, marked", () => {
    const { records } = joinLate(all, [find(1), put(1), find(2)], { proto: PROTO });
    expect(paths(records)).toEqual(["/Store/Find inferred", "/Store/Put inferred", "/Store/Find inferred"]);
    const { headers, inferred } = records[0].request;
    expect(headers).toMatchObject({ ":path": "/Store/Find", ":method": "POST", te: "trailers", ":authority": null });
    expect(inferred).toEqual(expect.arrayContaining([":path", ":authority", "te", "user-agent"]));
    expect(inferred).not.toContain(":method");
    expect(records[0].response.inferred).toContain("grpc-status");
  });

  test("two methods of the same types are both named, and the path stays null", () => {
    const { records } = joinLate(all, several(add, 5), { proto: PROTO });
    expect(new Set(paths(records))).toEqual(new Set(["null unknown"]));
    for (const record of records) {
      expect(texts(record)).toMatch(/may be \/Store\/Add, \/Store\/Multiply$/m);
      expect(record.pathPlaceholder).toBe("?1");
      expect(record.request.messages[0].value).toBeNull();
      expect(record.request.messages[0].fields).toHaveLength(2);
    }
  });

  test("a schema of something else gives no path", () => {
    const proto = `
      message Ask { uint32 count = 1; uint32 size = 2; uint32 delay = 3; uint32 code = 4; string text = 5; bool a = 6; bool b = 7; }
      message Chunk { uint32 index = 1; string text = 2; bytes pad = 3; }
      service Zoo { rpc Fail(Ask) returns (Chunk); rpc Echo(Chunk) returns (Chunk); rpc Sum(stream Chunk) returns (Ask); }`;
    const { records } = joinLate(all, mixed(40), { proto });
    expect(new Set(records.map(({ path }) => path))).toEqual(new Set([null]));
    for (const record of records) expect(codes(record).join()).toMatch(/CALL_PATH_(UNKNOWN|AMBIGUOUS)/);
    expect(texts(records[0])).toMatch(/no method of the schema fits/);
  });

  test("without a schema the record says so, at once", () => {
    const { records, counts } = joinLate(all, several(find, 3), { proto: "" });
    expect(counts.at(-1)).toBe(3);
    expect(codes(records[1])).toEqual(["CALL_PATH_UNKNOWN"]);
    expect(texts(records[1])).toMatch(/there is no schema/);
  });

  test("an error whose code was never seen is an error", () => {
    const fail: LateCall = { path: "/Store/Find", requests: [key(7)], replies: [], status: 5 };
    const { records } = joinLate([...all, fail], [find(1), fail, find(2)], { proto: PROTO });
    expect(records.map(({ outcome, status }) => [outcome, status?.code])).toEqual([
      ["ok", 0],
      ["error", undefined],
      ["ok", 0],
    ]);
    expect(codes(records[1])).toContain("CALL_STATUS_UNKNOWN");
  });

  test("where nothing tells which of the trailers is the status, calls that end as those that were answered went well", () => {
    const fail: LateCall = { path: "/Store/Find", requests: [key(7)], replies: [], status: 5 };
    const silent: LateCall = { path: "/Store/Find", requests: [key(8)], replies: [] };
    const late = [fail, silent, find(1), fail, silent];
    const { records } = joinLate([...all, fail], late, { proto: PROTO, server: "grpc-js" });
    expect(records.map(({ outcome, status }) => [outcome, status?.name ?? null])).toEqual([
      ["error", null],
      ["ok", "OK"],
      ["ok", "OK"],
      ["error", null],
      ["ok", "OK"],
    ]);
    const { trailers, inferred } = records[2].response;
    expect(Object.entries(trailers!).map(([name, value]) => [name[0], value])).toEqual([
      ["?", null],
      ["?", null],
    ]);
    expect(inferred).toContain("grpc-status");
    expect(codes(records[3])).toContain("CALL_STATUS_UNKNOWN");
  });

  test("a call whose grpc-message was read failed, also when no other call says what OK looks like", () => {
    const fail: LateCall = { path: "/Store/Find", requests: [key(7)], replies: [], status: 5 };
    const { records } = joinLate([...all, fail], [{ ...fail, message: "no such item" }], { proto: PROTO });
    expect(records.map(({ outcome, status }) => [outcome, status])).toEqual([["error", null]]);
    expect(records[0].response.trailers).toMatchObject({ "grpc-message": "no such item" });
    expect(codes(records[0])).toContain("CALL_STATUS_UNKNOWN");
  });

  test("three streams that end alike went well, one may have failed behind its messages", () => {
    const proto = "message Total { int32 value = 1; } service Store { rpc List(Total) returns (stream Total); }";
    const list: LateCall = { path: "/Store/List", requests: [total(1)], replies: [total(1), total(2)] };
    const outcomes = (count: number) =>
      joinLate(
        [list],
        several(() => list, count),
        { proto, server: "grpc-js" },
      ).records.map(({ outcome }) => outcome);
    expect(outcomes(2)).toEqual(["incomplete", "incomplete"]);
    expect(outcomes(3)).toEqual(["ok", "ok", "ok"]);
  });
});

describe("--guess-path", () => {
  const given = (pairs: readonly (readonly [string, string])[], infer = true) => ({
    guessPath: { infer, given: new Map(pairs) },
  });

  test("a path that the user names is given", () => {
    const { records } = joinLate(all, several(add, 2), { proto: PROTO, ...given([["1", "/Store/Multiply"]]) });
    expect(paths(records)).toEqual(["/Store/Multiply given", "/Store/Multiply given"]);
    expect(records[0].request.messages[0].value).toEqual({ a: 1, b: 3 });
  });

  test("for one connection alone", () => {
    const options = { proto: PROTO, ...given([["2:1", "/Store/Multiply"]]) };
    expect(joinLate(all, several(add, 1), options).records[0].path).toBeNull();
    const named = { proto: PROTO, ...given([["1:1", "/Store/Multiply"]]) };
    expect(joinLate(all, several(add, 1), named).records[0].path).toBe("/Store/Multiply");
  });

  test("off: nothing is guessed, nothing is held", () => {
    const { records, counts } = joinLate(all, several(find, 3), { proto: PROTO, ...given([], false) });
    expect(counts).toEqual([1, 2, 3]);
    expect(texts(records[0])).toMatch(/not to be guessed/);
  });
});

describe("records are held until the path is known, within bounds", () => {
  test("32 calls that share a path are enough", () => {
    const { counts } = joinLate(all, several(find, 40), { proto: PROTO });
    expect(counts[30]).toBe(0);
    expect(counts[31]).toBe(32);
    expect(counts[39]).toBe(40);
  });

  test("ten seconds are", () => {
    const { counts, records } = joinLate(all, several(add, 12), { proto: PROTO, stepNs: 1e9 });
    expect(counts[9]).toBe(0);
    expect(counts[10]).toBe(11);
    expect(records).toHaveLength(12);
  });

  test("maxHeldCalls is", () => {
    const { counts, records } = joinLate(all, several(add, 12), { proto: PROTO, limits: { maxHeldCalls: 5 } });
    expect(counts.slice(0, 6)).toEqual([0, 0, 0, 0, 5, 5]);
    expect(records).toHaveLength(12);
  });

  test("a call that contradicts what 32 said has no path", () => {
    const odd: LateCall = { path: "/Store/Find", requests: [[0x08, 1]], replies: [item(1)] };
    const { records } = joinLate(all, [...several(find, 33), odd], { proto: PROTO });
    expect(records[32]).toMatchObject({ path: "/Store/Find", pathSource: "inferred" });
    expect(records[33]).toMatchObject({ path: null, pathSource: "unknown" });
  });
});

test("answers that are read before their requests, in another order, find their calls", () => {
  const answer = (stream: number): Step => [
    SERVER,
    frames.concat(
      frames.headers(stream, frames.grpcResponse),
      frames.data(stream, frames.message([8, stream])),
      frames.headers(stream, frames.grpcTrailers(), { endStream: true }),
    ),
  ];
  const request = (stream: number): Step => [
    CLIENT,
    frames.concat(
      frames.headers(stream, frames.grpcRequest("/Cal/Add")),
      frames.data(stream, frames.message([8, 1]), { endStream: true }),
    ),
  ];
  const { records, diagnostics } = listen([answer(5), answer(1), answer(3), request(1), request(3), request(5)]);
  expect(records.map(({ stream, path, outcome }) => [stream, path, outcome]).sort()).toEqual([
    [1, "/Cal/Add", "ok"],
    [3, "/Cal/Add", "ok"],
    [5, "/Cal/Add", "ok"],
  ]);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
});

test("what was read from a header table in doubt is told as read, when the next call shows that the table was right", () => {
  const encoder = new HpackEncoder();
  const ask = (stream: number, ...more: [string, string][]): Step => [
    CLIENT,
    frames.concat(
      frames.headers(
        stream,
        encoder.encode([
          [":method", "POST"],
          [":scheme", "http"],
          [":path", "/Cal/Add"],
          ...more,
          ["content-type", "application/grpc"],
          ["te", "trailers"],
        ]),
      ),
      frames.data(stream, frames.message([8, 1]), { endStream: true }),
    ),
  ];
  const answer = (stream: number): Step => [
    SERVER,
    frames.concat(
      frames.headers(stream, frames.grpcResponse),
      frames.headers(stream, frames.grpcTrailers(0), { endStream: true }),
    ),
  ];
  const lost: Step = { lost: CLIENT, length: 40 };
  const { records } = listen([
    ask(1),
    answer(1),
    ask(3),
    answer(3),
    lost,
    ask(7, ["x", "y"]),
    ask(9),
    answer(7),
    answer(9),
  ]);
  const told = records.map(({ stream, pathSource, request }) => [stream, pathSource, request.inferred]);
  expect(told).toEqual([1, 3, 7, 9].map((stream) => [stream, "observed", []]));
});

test("behind lost bytes two entries may be the same path: what one is rules nothing out for the other", () => {
  const never = Array.from({ length: 12 }, (_, i) => `string never${i} = ${i + 5};`).join(" ");
  const proto = `
    message Key { string id = 1; bool fresh = 2; }
    message Item { string id = 1; string name = 2; uint32 width = 3; }
    message WideKey { string id = 1; bool fresh = 2; ${never} }
    message WideItem { string id = 1; string name = 2; uint32 width = 3; ${never} }
    service Store { rpc Find(Key) returns (Item); rpc Peek(WideKey) returns (WideItem); }`;
  const ask = (i: number): LateCall => ({
    ...{ path: "/Store/Find", requests: [key(i)] },
    replies: [[...text(1, `item-${i}`), ...text(2, "lamp"), 0x18, 7]],
  });
  // long paths drive everything else out of the tables, so that the lost request puts its path into them again
  const long = (i: number): LateCall => ({ path: `/Other/${"x".repeat(100 + i)}`, requests: [], replies: [] });
  const calls = [...several(ask, 3), long(1), long(2), { ...ask(4), lost: true } as const, ...several(ask, 3)];
  const { records } = joinLate([ask(0)], calls, { proto, tableBytes: 500 });
  const asked = records.filter(({ pathPlaceholder }) => pathPlaceholder !== null);
  expect(new Set(asked.map(({ pathPlaceholder }) => pathPlaceholder)).size).toBe(2);
  expect(paths(asked)).toEqual(Array.from({ length: 6 }, () => "/Store/Find inferred"));
});
