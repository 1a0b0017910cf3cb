import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { explainText } from "../../src/output/explain-text.js";
import { noPaint, type Paint } from "../../src/output/paint.js";
import { visibleLength } from "../../src/output/text-value.js";
import { CALCULATOR_SCHEMA } from "../support/calls-of-capture.js";
import { type Explained, explainCapture } from "../support/explained.js";
import * as frames from "../support/frames.js";
import { captureOf } from "../support/tcp-capture.js";

const { ascii, concat } = frames;

const styled: Paint = (_style, text) => `\u001b[1m${text}\u001b[22m`;

function lines({ call, items }: Explained, width: number, paint = noPaint): string[] {
  return [...explainText(call, items, { width, paint, verbose: true })];
}

const CAPTURES = ["add", "calculator", "nginx", "python"].map((name) => readFileSync(`captures/${name}.pcap`));

test.each([80, 100, 200])("no line is wider than %d columns, with colour and without", (width) => {
  for (const file of CAPTURES) {
    for (const id of [1, 2]) {
      const told = explainCapture(file, id, { schema: CALCULATOR_SCHEMA });
      if (told === null) continue;
      const plain = lines(told, width);
      expect(plain.filter((line) => line.length > width)).toEqual([]);
      const coloured = lines(told, width, styled);
      expect(coloured.map(visibleLength)).toEqual(plain.map(({ length }) => length));
    }
  }
});

test("eight bytes a line, sixteen where there is room", () => {
  const told = explainCapture(CAPTURES[0], 1)!;
  const most = (width: number) =>
    Math.max(
      ...lines(told, width).map(
        (line) => /^ *\d+ +\d+ {2}((?:[0-9a-f]{2} )*[0-9a-f]{2})/.exec(line)?.[1].split(" ").length ?? 0,
      ),
    );
  expect([most(80), most(200)]).toEqual([8, 16]);
});

test("text from the wire cannot move the cursor", () => {
  const request = frames.grpcRequest("/Cal/Add", ["x-evil", "\u001b[2J\u202e"], ["x\u001b[31m", "a"]);
  const bytes = concat(frames.preface, frames.settings(), frames.headers(1, request));
  const told = explainCapture(captureOf([[{ side: 0, at: 0, bytes }]]), 1)!;
  const text = lines(told, 100).join("\n");
  expect(text).not.toMatch(/[\u001b\u202e]/);
  expect(text).toContain("\\u{202e}");
});

test("long bytes and long values are cut, and counted", () => {
  const request = frames.grpcRequest("/Cal/Add", ["x-long", "v".repeat(1000)]);
  const bytes = concat(frames.preface, frames.settings(), frames.headers(1, request));
  const told = explainCapture(captureOf([[{ side: 0, at: 0, bytes }]]), 1)!;
  const text = lines(told, 80);
  expect(text.filter((line) => line.endsWith("…"))).toHaveLength(1);
  expect(text.join("\n")).toContain("(value, 1000 bytes)");
});

describe("a Connect call by GET: the message of the query stands behind the head", () => {
  const target = (query: string) => `/Cal/Add?connect=v1&encoding=proto&${query}`;
  const gzipped = gzipSync(Uint8Array.of(8, 100, 16, 0xac, 2)).toString("base64url");
  const plain = target("message=%08d%10%AC%02");
  const compressed = target(`base64=1&compression=gzip&message=${gzipped}`);
  const http1 = (path: string) => [
    ascii(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`),
    ascii("HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: 0\r\n\r\n"),
  ];
  /** Two frames, cut inside the path. */
  const http2 = (path: string) => {
    const fields = frames.block([":method", "GET"], [":scheme", "http"], [":path", path], ["accept", "a"]);
    const first = frames.headers(1, fields.subarray(0, 40), { endStream: true, endHeaders: false });
    const answer = frames.block([":status", "200"], ["content-type", "application/proto"]);
    return [
      concat(frames.preface, frames.settings(), first, frames.continuation(1, fields.subarray(40))),
      concat(frames.settings(), frames.headers(1, answer, { endStream: true })),
    ];
  };

  test.each([
    ["HTTP/1.1, percent-encoded", http1(plain), 1],
    ["HTTP/1.1, compressed", http1(compressed), 1],
    ["HTTP/2, percent-encoded", http2(plain), 2],
    ["HTTP/2, compressed", http2(compressed), 2],
  ])("%s", (_, [asked, answer], pieces) => {
    const turns = [[{ side: 0, at: 0, bytes: asked }], [{ side: 1, at: 0, bytes: answer }]] as const;
    const { record, items, inner } = explainCapture(captureOf(turns), 1, { schema: CALCULATOR_SCHEMA })!;
    expect(record.request.messages).toMatchObject([{ value: { number1: 100, number2: 300 } }]);
    expect(inner[0].part.heading).toBe("message 0 of the request: AddRequest, in the query");
    expect(inner[0].from).toHaveLength(pieces);
    const fields = inner.filter(({ part }) => part.layer === "protobuf");
    expect(fields.map(({ part, bytes }) => `${Buffer.from(bytes).toString("hex")} ${part.text}`)).toEqual([
      "08 field 1: number1",
      "64 number1: 100",
      "10 field 2: number2",
      "ac02 number2: 300",
    ]);
    const sides = items.map(({ kind, side }) => (kind === "inner" ? "query" : side));
    expect(sides.lastIndexOf(0)).toBeLessThan(sides.indexOf("query"));
    expect(sides.lastIndexOf("query")).toBeLessThan(sides.indexOf(1));
  });
});

test("gRPC-Web text: the characters, and behind them what they stand for", () => {
  const message = frames.message([0x08, 0x05]);
  const trailers = ascii("grpc-status: 0\r\nx-end: yes\r\n");
  const body = concat(message, [0x80, 0, 0, 0, trailers.length], trailers);
  const head = (start: string, length: number) =>
    ascii(`${start}\r\nContent-Type: application/grpc-web-text\r\nContent-Length: ${length}\r\n\r\n`);
  const text = (part: Uint8Array) => ascii(Buffer.from(part).toString("base64"));
  const asked = text(message);
  const answer = text(body);
  const told = explainCapture(
    captureOf([
      [{ side: 0, at: 0, bytes: concat(head("POST /Cal/Add HTTP/1.1", asked.length), asked) }],
      [{ side: 1, at: 0, bytes: concat(head("HTTP/1.1 200 OK", answer.length), answer) }],
    ]),
    1,
    { schema: CALCULATOR_SCHEMA },
  )!;
  expect(told.record).toMatchObject({ protocol: "grpc-web-text", outcome: "ok" });
  expect(told.spans.filter(({ part }) => part.role === "base64").map(({ length }) => length)).toEqual([
    12,
    answer.length,
  ]);
  const decoded = told.inner.map(
    ({ part, offset, bytes }) => `${offset} ${Buffer.from(bytes).toString("hex")} ${part.text}`,
  );
  expect(decoded.slice(-8)).toEqual([
    "0 00 Compressed-Flag 0",
    "1 00000002 Message-Length 2",
    "5 08 field 1: number",
    "6 05 number: 5",
    "7 80 Compressed-Flag 128",
    `8 ${Buffer.from([0, 0, 0, trailers.length]).toString("hex")} Message-Length ${trailers.length}`,
    `12 ${Buffer.from(trailers.subarray(0, 16)).toString("hex")} grpc-status: "0"`,
    `28 ${Buffer.from(trailers.subarray(16)).toString("hex")} x-end: "yes"`,
  ]);
});
