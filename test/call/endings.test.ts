/** What ends a call besides its trailers, how long it may take, and how often it was tried. */
import { describe, expect, test } from "@jest/globals";
import { CLIENT, listen, SERVER, type Step } from "../support/conversation.js";
import {
  block,
  concat,
  data,
  goaway,
  grpcRequest,
  grpcResponse,
  grpcTrailers,
  headers,
  message,
  rstStream,
  windowUpdate,
} from "../support/frames.js";

const BODY = Uint8Array.of(0x08, 100);
const END = { endStream: true };

const begun = (...more: (readonly [string, string])[]): Step => [
  CLIENT,
  concat(headers(1, grpcRequest("/Cal/Chat", ...more)), data(1, message(BODY))),
];
const request = (...more: (readonly [string, string])[]): Step => [
  CLIENT,
  concat(headers(1, grpcRequest("/Cal/Add", ...more)), data(1, message(BODY), END)),
];
const response = (stream = 1, status = 0): Step => [
  SERVER,
  concat(headers(stream, grpcResponse), data(stream, message(BODY)), headers(stream, grpcTrailers(status), END)),
];
/** Steps that say nothing, a millisecond each. */
const wait = (ms: number): Step[] => Array.from({ length: ms }, () => [SERVER, new Uint8Array(0)]);

describe("what broke a call off, and what gRPC takes it for (PROTOCOL-HTTP2, Errors)", () => {
  test.each([
    [0, "NO_ERROR", "INTERNAL"],
    [1, "PROTOCOL_ERROR", "INTERNAL"],
    [2, "INTERNAL_ERROR", "INTERNAL"],
    [3, "FLOW_CONTROL_ERROR", "INTERNAL"],
    [4, "SETTINGS_TIMEOUT", "INTERNAL"],
    [5, "STREAM_CLOSED", null],
    [6, "FRAME_SIZE_ERROR", "INTERNAL"],
    [7, "REFUSED_STREAM", "UNAVAILABLE"],
    [8, "CANCEL", "CANCELLED"],
    [9, "COMPRESSION_ERROR", "INTERNAL"],
    [10, "CONNECT_ERROR", "INTERNAL"],
    [11, "ENHANCE_YOUR_CALM", "RESOURCE_EXHAUSTED"],
    [12, "INADEQUATE_SECURITY", "PERMISSION_DENIED"],
    [0x1f, "0x1f", "INTERNAL"],
  ])("RST_STREAM %d %s: %s", (code, name, meaning) => {
    const { records } = listen([request(), [SERVER, rstStream(1, code)]]);
    expect(records[0]).toMatchObject({
      outcome: code === 8 ? "cancelled" : "reset",
      status: null,
      durationMs: 1,
      reset: { by: "server", how: "RST_STREAM", code, name, meaning },
    });
  });

  test.each<[string, Step[], object]>([
    [
      "the client cancels",
      [begun(), [CLIENT, rstStream(1, 8)]],
      { by: "client", name: "CANCEL", meaning: "CANCELLED" },
    ],
    [
      "GOAWAY refuses",
      [request(), [SERVER, goaway(0, 2)]],
      { by: "server", how: "GOAWAY", name: "INTERNAL_ERROR", meaning: "UNAVAILABLE" },
    ],
    [
      "TCP is reset",
      [request(), { close: SERVER, reason: "rst" }],
      { by: "server", how: "TCP", code: null, name: null, meaning: "UNAVAILABLE" },
    ],
    [
      "the server closes the connection",
      [request(), { close: SERVER, reason: "fin" }],
      { by: "server", how: "FIN", code: null, name: null, meaning: "UNAVAILABLE" },
    ],
    [
      "the client closes it, and the server behind it",
      [request(), { close: CLIENT, reason: "fin" }, { close: SERVER, reason: "fin" }],
      { by: "client", how: "FIN", code: null, name: null, meaning: "CANCELLED" },
    ],
    [
      "the client closes it, and resets what still comes",
      [request(), { close: CLIENT, reason: "fin" }, { close: SERVER, reason: "rst" }],
      { by: "client", how: "FIN" },
    ],
  ])("%s", (_, steps, reset) => {
    expect(listen(steps).records[0]).toMatchObject({ status: null, reset });
  });
});

describe("a server that answers before the client has half-closed", () => {
  const ended = { outcome: "error", durationMs: 1, status: { code: 11 } };

  test.each<[string, Step[], object | null]>([
    ["RST_STREAM NO_ERROR by the server", [[SERVER, rstStream(1, 0)]], { by: "server", name: "NO_ERROR" }],
    ["RST_STREAM CANCEL by the client", [[CLIENT, rstStream(1, 8)]], { by: "client", name: "CANCEL" }],
    ["END_STREAM by the client", [[CLIENT, data(1, new Uint8Array(0), END)]], null],
    ["nothing more", [], null],
  ])("%s", (_, more, reset) => {
    const [record] = listen([begun(), response(1, 11), ...wait(5), ...more]).records;
    expect(record).toMatchObject({ ...ended, reset });
  });

  test("what the client still sent is counted", () => {
    const late: Step = [CLIENT, concat(data(1, message(BODY)), rstStream(1, 8))];
    expect(listen([begun(), response(1, 11), late]).records[0]).toMatchObject({
      ...ended,
      request: { messageCount: 2 },
    });
  });

  test("without another word the call is told once a second has passed", () => {
    const ends: [stream: number, step: number][] = [];
    const steps: Step[] = [begun(), response(1, 11), ...wait(990)];
    const next = (stream: number): Step => [CLIENT, headers(stream, grpcRequest("/Cal/Chat"))];
    listen([...steps, next(3), ...wait(20), next(5)], {}, undefined, (...end) => ends.push(end));
    expect(ends).toEqual([
      [1, steps.length + 21],
      [3, Infinity],
      [5, Infinity],
    ]);
  });
});

describe("grpc-timeout", () => {
  test.each([
    ["2H", 7_200_000],
    ["3M", 180_000],
    ["10S", 10_000],
    ["500m", 500],
    ["2500u", 2.5],
    ["99999999n", 99.999999],
    ["0m", 0],
  ])("%s is %d ms", (timeout, timeoutMs) => {
    const [record] = listen([request(["grpc-timeout", timeout]), response()]).records;
    expect(record.deadline).toMatchObject({ timeout, timeoutMs });
  });

  test.each(["", "5", "m", "-5m", "123456789m", "5 m", "5x"])("%j is told as wrong", (timeout) => {
    const [record] = listen([request(["grpc-timeout", timeout]), response()]).records;
    expect(record).toMatchObject({ deadline: null, diagnostics: [{ code: "GRPC_TIMEOUT_INVALID" }] });
  });

  const timeout = ["grpc-timeout", "20m"] as const;
  const cancel: Step = [CLIENT, rstStream(1, 8)];
  test.each<[string, Step[], object]>([
    ["an answer in time", [request(timeout), ...wait(4), response()], { used: 0.25, passed: false }],
    ["an answer too late", [request(timeout), ...wait(24), response()], { used: 1.25, passed: true }],
    ["the client breaks off at it", [request(timeout), ...wait(19), cancel], { used: 1, passed: true }],
    [
      "a millisecond early, for its clock began before",
      [request(timeout), ...wait(18), cancel],
      { used: 0.95, passed: true },
    ],
    [
      "the client breaks off with another code",
      [request(timeout), ...wait(18), [CLIENT, rstStream(1, 2)]],
      { used: 0.95, passed: true },
    ],
    [
      "the client closes the connection",
      [request(timeout), ...wait(18), { close: CLIENT, reason: "fin" }, { close: SERVER, reason: "fin" }],
      { used: 0.95, passed: true },
    ],
    ["the client cancels before", [request(timeout), ...wait(9), cancel], { used: 0.5, passed: false }],
    [
      "DEADLINE_EXCEEDED by the server, a millisecond early",
      [request(timeout), ...wait(18), response(1, 4)],
      { passed: true },
    ],
    [
      "DEADLINE_EXCEEDED handed on, of a shorter deadline",
      [request(timeout), ...wait(4), response(1, 4)],
      { passed: false },
    ],
    ["the end is not seen", [request(timeout), ...wait(40)], { used: null, passed: null }],
  ])("%s", (_, steps, deadline) => {
    expect(listen(steps).records[0].deadline).toMatchObject({ timeoutMs: 20, ...deadline });
  });
});

test("grpc-previous-rpc-attempts (gRPC proposal A6)", () => {
  const attempts = (value: string) => listen([request(["grpc-previous-rpc-attempts", value]), response()]).records[0];
  expect(attempts("2").previousAttempts).toBe(2);
  expect(attempts("two").previousAttempts).toBe(0);
  expect(listen([request(), response()]).records[0].previousAttempts).toBe(0);
});

describe("a response that is not gRPC", () => {
  const page = new TextEncoder().encode("<html>\n<head><title>502 Bad Gateway</title></head>".padEnd(400));
  const html = (status: string) => headers(1, block([":status", status], ["content-type", "text/html"]));

  test("is no message: its type, length and beginning are told", () => {
    const { records } = listen([
      request(),
      [SERVER, concat(html("502"), data(1, page.subarray(0, 30)), data(1, page.subarray(30), END))],
    ]);
    expect(records).toMatchObject([
      { outcome: "error", status: { name: "UNAVAILABLE" }, response: { messages: [], messageCount: 0, bytes: 0 } },
    ]);
    expect(records[0].diagnostics[0].text).toBe(
      'the response is "text/html", not gRPC: its 400 bytes are no messages, beginning "<html> <head><title>502 Bad Gateway</title></head>"',
    );
  });

  test.each([
    ["400", "INTERNAL"],
    ["401", "UNAUTHENTICATED"],
    ["403", "PERMISSION_DENIED"],
    ["404", "UNIMPLEMENTED"],
    ["429", "UNAVAILABLE"],
    ["502", "UNAVAILABLE"],
    ["503", "UNAVAILABLE"],
    ["504", "UNAVAILABLE"],
    ["200", "UNKNOWN"],
    ["418", "UNKNOWN"],
    ["500", "UNKNOWN"],
  ])("HTTP %s is %s (http-grpc-status-mapping)", (status, name) => {
    const { records } = listen([request(), [SERVER, concat(html(status), data(1, page, END))]]);
    expect(records).toMatchObject([{ outcome: "error", status: { name } }]);
  });

  test("a grpc-status behind it counts all the same", () => {
    const { records } = listen([
      request(),
      [SERVER, concat(html("200"), data(1, page), headers(1, grpcTrailers(5), END))],
    ]);
    expect(records).toMatchObject([{ status: { name: "NOT_FOUND" }, response: { messageCount: 0 } }]);
  });
});

describe("a client that closes its side of the connection before its request has ended", () => {
  const fin = (side: 0 | 1): Step => ({ close: side, reason: "fin" });

  test("is answered all the same, and the call is told once", () => {
    const { records, calls } = listen([begun(), fin(CLIENT), ...wait(5), response(), ...wait(5), fin(SERVER)]);
    expect(calls).toHaveLength(1);
    expect(records).toMatchObject([
      { outcome: "ok", status: { code: 0 }, response: { messages: [{ complete: true }] } },
    ]);
  });

  test("is answered, and the server resets the connection: nothing was broken off", () => {
    const { records } = listen([begun(), fin(CLIENT), response(), { close: SERVER, reason: "rst" }]);
    expect(records).toMatchObject([{ outcome: "ok", reset: null }]);
  });

  test("and is not answered: the client broke it off", () => {
    const { records } = listen([begun(), fin(CLIENT), ...wait(5), fin(SERVER)]);
    expect(records).toMatchObject([{ outcome: "incomplete", reset: { by: "client", how: "FIN" } }]);
  });

  test("what the stream carries behind the end of its connection changes nothing", () => {
    const { records } = listen([begun(), { close: SERVER, reason: "rst" }, response(), begun(), fin(CLIENT)]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ response: { messageCount: 0 } });
  });
});

test("bodies of streams that turn out not to be gRPC take nothing of maxOpenMessageBytes when they are over", () => {
  const upload = (stream: number): Step[] => [
    [
      CLIENT,
      concat(
        headers(stream, block([":method", "POST"], [":path", "/upload"], [":scheme", "http"])),
        data(stream, concat([0, 0, 0, 0xff, 0xff], new Uint8Array(10_000))),
      ),
    ],
    [SERVER, concat(headers(stream, block([":status", "413"], ["content-type", "text/html"])), rstStream(stream, 0))],
  ];
  const last: Step = [
    CLIENT,
    concat(headers(101, grpcRequest("/Cal/Add")), data(101, message(new Uint8Array(9_000)), END)),
  ];
  const uploads = Array.from({ length: 30 }, (_, i) => upload(2 * i + 3)).flat();
  const { records } = listen([...uploads, last, response(101)], { limits: { maxOpenMessageBytes: 40_000 } });
  expect(records).toMatchObject([{ outcome: "ok", request: { messages: [{ complete: true }] } }]);
});

test("what is told again and again of one stream is counted, not told", () => {
  const zero = concat(...Array.from({ length: 100 }, () => windowUpdate(1, 0)));
  const { records } = listen([begun(), [SERVER, zero], response()]);
  expect(records[0].diagnostics.map(({ text }) => text)).toHaveLength(21);
  expect(records[0].diagnostics.at(-1)?.text).toBe("80 more like these are counted, not told");
});
