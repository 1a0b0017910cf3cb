import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { noPaint } from "../../src/output/paint.js";
import { formatCall } from "../../src/output/text.js";
import { CLIENT, type Heard, listen, listenHttp1, SERVER, type Step } from "../support/conversation.js";
import { ascii, block, concat, data, headers, message, u32 } from "../support/frames.js";
import { chunked, get, post, reply } from "../support/http1.js";

const PAIR = Uint8Array.of(0x08, 100, 0x10, 0xac, 0x02);
const pair = { a: 100, b: 300 };
const utf8 = new TextEncoder();
const json = (value: unknown) => utf8.encode(JSON.stringify(value));
const PROTO = { "content-type": "application/proto", "connect-protocol-version": "1" };
const JSON_CODEC = { "content-type": "application/json", "connect-protocol-version": "1" };
const STREAM = { "content-type": "application/connect+proto", "connect-protocol-version": "1" };

/** The last message of a stream. */
function end(value: unknown, flag = 2): Uint8Array {
  const body = flag & 1 ? gzipSync(json(value)) : json(value);
  return concat([flag], u32(body.length), body);
}

const request: Step = [CLIENT, post("/Cal/Add", PROTO, PAIR)];
const chat: Step = [CLIENT, post("/Cal/Chat", STREAM, concat(message(PAIR), message([])))];

/** The one call, and nothing told beside it. */
function only({ records, diagnostics }: Heard): CallRecord {
  expect(diagnostics).toEqual([]);
  expect(records.length).toBe(1);
  return records[0];
}

const bytewise = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte));

/** The one call, whole and byte by byte. */
function hear(...steps: Step[]): CallRecord {
  const { start, durationMs, ...record } = only(listenHttp1(steps));
  expect(only(listenHttp1(steps, {}, bytewise))).toMatchObject(record);
  return { start, durationMs, ...record };
}

const codesOf = ({ diagnostics }: CallRecord) => diagnostics.map(({ code }) => code);

const unary = {
  path: "/Cal/Add",
  service: "Cal",
  method: "Add",
  kind: "unary",
  protocol: "connect",
  outcome: "ok",
  status: { code: 0, name: "OK", message: "", details: [] },
  request: { messages: [{ value: pair, complete: true }], messageCount: 1 },
  response: { messages: [{ value: pair, complete: true }], messageCount: 1 },
  diagnostics: [],
};

describe("a unary call", () => {
  test("of protobuf", () => {
    const record = hear(request, [SERVER, reply(200, PROTO, PAIR)]);
    expect(record).toMatchObject(unary);
    expect(record.request.messages[0]).toMatchObject({ size: 5, wireSize: 5, encoding: "identity", type: "Pair" });
  });

  test("of JSON", () => {
    const body = utf8.encode(' {"a": 100,\n "b": 300}');
    expect(hear([CLIENT, post("/Cal/Add", JSON_CODEC, body)], [SERVER, chunked(200, JSON_CODEC, body)])).toMatchObject(
      unary,
    );
  });

  test("over HTTP/2", () => {
    const fields = Object.entries(PROTO);
    const request = block([":method", "POST"], [":scheme", "http"], [":path", "/Cal/Add"], ...fields);
    const steps: Step[] = [
      [CLIENT, concat(headers(1, request), data(1, PAIR, { endStream: true }))],
      [SERVER, concat(headers(1, block([":status", "200"], ...fields)), data(1, PAIR.subarray(0, 2)))],
      [SERVER, data(1, PAIR.subarray(2), { endStream: true })],
    ];
    expect(only(listen(steps))).toMatchObject(unary);
  });

  test("compressed", () => {
    const fields = { ...PROTO, "content-encoding": "gzip" };
    const record = hear(
      [CLIENT, post("/Cal/Add", fields, gzipSync(PAIR))],
      [SERVER, reply(200, fields, gzipSync(PAIR))],
    );
    expect(record).toMatchObject(unary);
    expect(record.request.messages[0]).toMatchObject({ encoding: "gzip", size: 5, wireSize: gzipSync(PAIR).length });
  });

  test("of empty messages", () => {
    const record = hear([CLIENT, post("/Cal/Add", PROTO, new Uint8Array(0))], [SERVER, reply(200, PROTO)]);
    expect(record).toMatchObject({
      ...unary,
      request: { messages: [{ size: 0, value: {} }] },
      response: { messages: [{ size: 0 }] },
    });
  });

  test("its trailers are headers with a prefix", () => {
    const record = hear(request, [SERVER, reply(200, { ...PROTO, "Trailer-X-End": "1", "x-a": "2" }, PAIR)]);
    expect(record.response.trailers).toEqual({ "x-end": "1" });
    expect(record.response.headers).toMatchObject({ "x-a": "2" });
    expect(record.response.headers).not.toHaveProperty("trailer-x-end");
  });

  test("connect-timeout-ms", () => {
    const answer: Step = [SERVER, reply(200, PROTO, PAIR)];
    const timed = (value: string): Step => [CLIENT, post("/Cal/Add", { ...PROTO, "connect-timeout-ms": value }, PAIR)];
    expect(hear(timed("250"), answer).deadline).toMatchObject({ timeout: "250", timeoutMs: 250, passed: false });
    expect(codesOf(hear(timed("1s"), answer))).toEqual(["CONNECT_TIMEOUT_INVALID"]);
  });
});

describe("a unary call that fails", () => {
  test("its error is JSON, with details", () => {
    // google.protobuf.Duration: 3 s
    const details = [
      { type: "google.protobuf.Duration", value: "CAM" },
      { type: "shop.v1.Unknown", value: "CAE" },
      "junk",
    ];
    const error = { code: "resource_exhausted", message: "zu viel – 100 %", details };
    const record = hear(request, [SERVER, reply(429, { "content-type": "application/json" }, json(error))]);
    expect(record).toMatchObject({
      outcome: "error",
      status: {
        code: 8,
        name: "RESOURCE_EXHAUSTED",
        message: "zu viel – 100 %",
        details: [
          { "@type": "type.googleapis.com/google.protobuf.Duration", value: "3s" },
          { "@type": "type.googleapis.com/shop.v1.Unknown" },
        ],
      },
      response: { messages: [], messageCount: 0 },
    });
  });

  test.each([
    ["canceled", 1],
    ["unknown", 2],
    ["deadline_exceeded", 4],
    ["unauthenticated", 16],
    // not a code of Connect: the one that HTTP's status stands for
    ["cancelled", 12],
    ["ok", 12],
    [7, 12],
  ])("code %j", (code, number) => {
    const record = hear(request, [SERVER, reply(404, { "content-type": "application/json" }, json({ code }))]);
    expect(record).toMatchObject({ outcome: "error", status: { code: number, message: "" }, diagnostics: [] });
  });

  test.each([
    [401, 16],
    [404, 12],
    [503, 14],
    [200, 2],
  ])("HTTP status %d of something else", (http, code) => {
    const record = hear(request, [SERVER, reply(http, { "content-type": "text/html" }, ascii("<h1>"))]);
    expect(record).toMatchObject({ outcome: "error", status: { code }, response: { messages: [] } });
    expect(codesOf(record)).toEqual(["CONNECT_RESPONSE_OTHER"]);
  });

  test.each(["", "[]", '{"code":', "\xff"])("an error that is no JSON object: %j", (body) => {
    const record = hear(request, [SERVER, reply(503, { "content-type": "application/json" }, ascii(body))]);
    expect(record).toMatchObject({ outcome: "error", status: { code: 14 } });
    expect(codesOf(record)).toEqual(["CONNECT_ERROR_MALFORMED"]);
  });
});

describe("a call by GET", () => {
  const answer: Step = [SERVER, reply(200, PROTO, PAIR)];
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");

  test.each([
    ["base64", `connect=v1&encoding=proto&base64=1&message=${base64(PAIR)}`],
    ["percent-encoded bytes", "connect=v1&encoding=proto&message=%08d%10%AC%02"],
    ["compressed", `connect=v1&encoding=proto&base64=1&compression=gzip&message=${base64(gzipSync(PAIR))}`],
    ["without a version", `encoding=proto&base64=1&message=${base64(PAIR)}`],
  ])("%s", (_, query) => {
    const record = hear([CLIENT, get(`/Cal/Add?${query}`)], answer);
    expect(record).toMatchObject(unary);
    expect(record.request.headers?.[":path"]).toBe(`/Cal/Add?${query}`);
  });

  test("of JSON", () => {
    const query = `connect=v1&encoding=json&message=${encodeURIComponent('{"a":100,"b":300}')}`;
    const body = json(pair);
    expect(hear([CLIENT, get(`/Cal/Add?${query}`)], [SERVER, reply(200, JSON_CODEC, body)])).toMatchObject(unary);
  });

  test("base64 with junk", () => {
    const record = hear([CLIENT, get("/Cal/Add?connect=v1&encoding=proto&base64=1&message=%00%00")], answer);
    expect(record).toMatchObject({ outcome: "ok", request: { messages: [] } });
    expect(codesOf(record)).toEqual(["CONNECT_QUERY_INVALID"]);
  });
});

describe("what a POST is taken for", () => {
  const JSON_ONLY = { "content-type": "application/json; charset=utf-8" };
  test.each<[string, Step, number]>([
    ["JSON to any path", [CLIENT, post("/api/orders", JSON_ONLY, json({}))], 0],
    ["JSON to the path of a method", [CLIENT, post("/Cal/Add", JSON_ONLY, json(pair))], 1],
    ["JSON with the version", [CLIENT, post("/api/orders", JSON_CODEC, json({}))], 1],
    ["protobuf to any path", [CLIENT, post("/metrics", { "content-type": "application/proto" }, PAIR)], 0],
    [
      "protobuf to a path as methods have",
      [CLIENT, post("/shop.v1.Orders/Get", { "content-type": "application/proto" }, PAIR)],
      1,
    ],
    ["a form", [CLIENT, post("/Cal/Add", { "content-type": "application/x-www-form-urlencoded" }, ascii("a=1"))], 0],
    ["GET with a message to any path", [CLIENT, get("/search?encoding=json&message=hello")], 0],
    ["GET", [CLIENT, get("/Cal/Add?x=1")], 0],
  ])("%s", (_, step, calls) => {
    const { records, inspector } = listenHttp1([
      step,
      [SERVER, reply(200, { "content-type": "application/json" }, json({}))],
    ]);
    expect(records.length).toBe(calls);
    expect([...inspector.summary.protocols]).toEqual([["http1", 1]]);
  });
});

describe("a stream", () => {
  const answer = concat(message(PAIR), message(gzipSync(PAIR), true), message([]));
  const fields = { ...STREAM, "connect-content-encoding": "gzip" };

  test("its last message has status and trailers", () => {
    const last = end({ metadata: { "X-End": ["1", "2"], other: ["é"] } });
    const record = hear(chat, [SERVER, chunked(200, fields, answer.subarray(0, 7), concat(answer.subarray(7), last))]);
    expect(record).toMatchObject({
      protocol: "connect",
      kind: "bidi_streaming",
      outcome: "ok",
      status: { code: 0 },
      response: {
        messageCount: 3,
        messages: [{ value: pair, encoding: "identity" }, { value: pair, encoding: "gzip" }, { value: {} }],
        trailers: { "x-end": ["1", "2"], other: "é" },
      },
    });
    expect(record.diagnostics).toEqual([]);
  });

  test("an error, compressed, behind messages", () => {
    const error = { code: "data_loss", message: "gone", details: [{ type: "google.protobuf.Duration", value: "CAM" }] };
    const record = hear(chat, [SERVER, chunked(200, fields, answer, end({ error }, 3))]);
    expect(record).toMatchObject({
      outcome: "error",
      status: { code: 15, name: "DATA_LOSS", message: "gone", details: [{ value: "3s" }] },
      response: { messageCount: 3 },
    });
  });

  test("of JSON", () => {
    const codec = { "content-type": "application/connect+json" };
    const request: Step = [CLIENT, post("/Cal/Chat", codec, message(json(pair)))];
    const record = hear(request, [SERVER, chunked(200, codec, concat(message(json(pair)), end({})))]);
    expect(record).toMatchObject({ ...unary, path: "/Cal/Chat", method: "Chat", kind: "bidi_streaming" });
  });
});

describe("hostile input costs one diagnostic, and the rest of the connection is intact", () => {
  test.each<[string, Uint8Array, string]>([
    ["no end-of-stream message", message(PAIR), "CONNECT_END_MISSING"],
    [
      "an end-of-stream message that is no JSON",
      concat(message(PAIR), [2, 0, 0, 0, 2], ascii("{,")),
      "CONNECT_END_MALFORMED",
    ],
    ["one that claims 4 GiB", concat(message(PAIR), [2, 255, 255, 255, 255], ascii("{}")), "CONNECT_END_MALFORMED"],
    ["one that does not decompress", concat(message(PAIR), [3, 0, 0, 0, 2], ascii("{}")), "CONNECT_END_MALFORMED"],
  ])("%s", (_, body, code) => {
    const { records, diagnostics } = listenHttp1([
      chat,
      [SERVER, reply(200, STREAM, body)],
      request,
      [SERVER, reply(200, PROTO, PAIR)],
    ]);
    expect(diagnostics).toEqual([]);
    expect(records[0]).toMatchObject({
      outcome: "incomplete",
      status: null,
      response: { messages: [{ value: pair }] },
    });
    expect(codesOf(records[0])).toEqual([code]);
    expect(records[1]).toMatchObject({ ...unary, stream: 2 });
  });

  test("metadata at the end of a stream that is no text is shown as it is, of very many the first", () => {
    const odd = { metadata: { a: [{ toString: 1 }], b: [["x"], null], c: "text" } };
    const record = hear(chat, [SERVER, reply(200, STREAM, concat(message(PAIR), end(odd)))]);
    expect(record).toMatchObject({
      outcome: "ok",
      response: { trailers: { a: '{"toString":1}', b: ['["x"]', "null"], c: "text" } },
    });
    const many = { metadata: { a: Array(5_000).fill("x") } };
    const { records } = listenHttp1([chat, [SERVER, reply(200, STREAM, concat(message(PAIR), end(many)))]]);
    expect(records[0].response.trailers?.a).toHaveLength(1_000);
  });

  test("messages behind the end-of-stream message", () => {
    const more = concat(message(PAIR), end({}), message(PAIR), end({ error: { code: "internal" } }), message(PAIR));
    const record = hear(chat, [SERVER, reply(200, STREAM, more)]);
    expect(record).toMatchObject({ outcome: "ok", response: { messages: [{ value: pair }], messageCount: 1 } });
    expect(codesOf(record)).toEqual(["CONNECT_AFTER_END"]);
  });

  test("an error of deep JSON and many details", () => {
    const deep = ascii(`{"code":"internal","details":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
    const record = hear(request, [SERVER, reply(500, { "content-type": "application/json" }, deep)]);
    expect(record).toMatchObject({ outcome: "error" });
    const details = Array.from({ length: 50_000 }, () => ({ type: "a.B", value: "CAE" }));
    const many = reply(500, { "content-type": "application/json" }, json({ code: "internal", details }));
    expect(only(listenHttp1([request, [SERVER, many]])).status).toMatchObject({ code: 13 });
  });

  test("a body longer than maxMessageBytes", () => {
    const { records } = listenHttp1([request, [SERVER, reply(200, PROTO, concat(PAIR, new Uint8Array(5000)))]], {
      limits: { maxMessageBytes: 1000 },
    });
    expect(records[0].response.messages[0]).toMatchObject({ wireSize: 5005, complete: false });
    expect(codesOf(records[0])).toContain("GRPC_MESSAGE_LIMIT");
  });

  test("a conversation that stops anywhere", () => {
    const client = post("/Cal/Add", PROTO, PAIR);
    const server = reply(400, { "content-type": "application/json" }, json({ code: "not_found" }));
    for (let cut = 1; cut < client.length; cut++) {
      const { records } = listenHttp1([[CLIENT, client.subarray(0, cut)]]);
      for (const record of records) expect(record).toMatchObject({ outcome: "incomplete", path: "/Cal/Add" });
    }
    for (let cut = 1; cut < server.length; cut++) {
      const { records, diagnostics } = listenHttp1([
        [CLIENT, client],
        [SERVER, server.subarray(0, cut)],
      ]);
      expect(diagnostics).toEqual([]);
      expect(records).toMatchObject([{ outcome: "incomplete", status: null, diagnostics: [] }]);
    }
  });

  test("a body that the end of the connection cuts", () => {
    const server = reply(200, PROTO, PAIR);
    const { records } = listenHttp1([request, [SERVER, server.subarray(0, -1)], { close: SERVER, reason: "fin" }]);
    expect(records[0]).toMatchObject({
      outcome: "incomplete",
      status: null,
      durationMs: 2,
      reset: { by: "server", how: "FIN", meaning: "UNAVAILABLE" },
      response: { messages: [{ size: 4, wireSize: 5, complete: false }] },
    });
    expect(codesOf(records[0])).toContain("HTTP1_MESSAGE_CUT");
    expect(records[0].diagnostics.map(({ text }) => text)).toContain(
      "message 0 of the response is cut: 4 of its 5 bytes were seen",
    );
  });

  test("a client that gives up closes the connection: so much is known of the call", () => {
    const timed = post("/Cal/Add", { ...PROTO, "connect-timeout-ms": "2" }, PAIR);
    const chunkedReply = chunked(200, PROTO, PAIR).subarray(0, -8);
    const { records, calls } = listenHttp1([
      [CLIENT, timed],
      [SERVER, chunkedReply],
      { close: CLIENT, reason: "fin" },
      { close: SERVER, reason: "fin" },
    ]);
    expect(records[0]).toMatchObject({
      outcome: "incomplete",
      durationMs: 2,
      reset: { by: "client", how: "FIN", meaning: "CANCELLED" },
      deadline: { used: 1, passed: true },
    });
    const lines = formatCall(calls[0], { width: 200, paint: noPaint, verbose: false }).split("\n");
    expect(lines.map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        "the client closed the connection, which gRPC takes for CANCELLED",
        "deadline of 2.00 ms passed",
      ]),
    );
  });
});
