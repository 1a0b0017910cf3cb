/** How messages are written (the subtype of content-type), and how they are compressed (grpc-encoding and the Compressed-Flag). */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { formatCallRecord } from "../../src/call/format-record.js";
import { textOf } from "../support/call-text.js";
import { CLIENT, listen, SERVER, type Step } from "../support/conversation.js";
import { block, concat, data, grpcResponse, grpcTrailers, headers, indexed, message } from "../support/frames.js";

const END = { endStream: true };
const utf8 = (text: string) => new TextEncoder().encode(text);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

const PAIR = Uint8Array.of(0x08, 100);

function request(contentType: string, body: Uint8Array, ...more: (readonly [string, string])[]): Step {
  const fields = [[":method", "POST"], [":path", "/Cal/Add"], ["content-type", contentType], ...more] as const;
  return [CLIENT, concat(headers(1, block(...fields)), data(1, body, END))];
}

const response: Step = [
  SERVER,
  concat(headers(1, grpcResponse), data(1, message(PAIR)), headers(1, grpcTrailers(), END)),
];

describe("application/grpc+json", () => {
  const sent = (text: string, options = {}) =>
    listen([request("application/grpc+json", message(utf8(text))), response], options);

  test("the value is the JSON, with all digits; the other half is protobuf", () => {
    const { records, calls } = sent('{ "a" : 9007199254740993,\n "text": "x \\"y\\" {", "b": [1, 2.50] }');
    expect(records[0].request.messages).toMatchObject([
      { type: "Pair", value: { text: 'x "y" {', b: [1, 2.5] }, fields: null, raw: null, complete: true },
    ]);
    expect(records[0].response.messages).toMatchObject([{ value: { a: 100 } }]);
    expect(records[0].diagnostics).toEqual([]);
    expect(textOf(calls[0])).toContain('→ Pair  { a: 9007199254740992  text: "x \\"y\\" {"  b: [1, 2.5] }');
  });

  test("the record has the number as it was sent", () => {
    const { calls } = sent("[ 9007199254740993 ,\t1.50 ]");
    expect(formatCallRecord(calls[0])).toContain('"value":[9007199254740993,1.50],');
  });

  test.each(["", "{", "{'a': 1}", "1 2", "\ud800", `${"[".repeat(101)}${"]".repeat(101)}`])("%j is told", (text) => {
    const [record] = sent(text).records;
    expect(record.diagnostics).toMatchObject([{ code: "GRPC_JSON_MALFORMED" }]);
    expect(record.request.messages).toMatchObject([{ value: null, fields: null, raw: base64(utf8(text)) }]);
  });

  test("--raw shows the bytes too", () => {
    expect(sent("{}", { raw: true }).records[0].request.messages).toMatchObject([
      { value: {}, raw: base64(utf8("{}")) },
    ]);
  });
});

test.each(["application/grpc+thrift", "application/grpc+flatbuffers; x=y"])(
  "%s: the bytes, and no guesses",
  (contentType) => {
    const { records, calls } = listen([request(contentType, message(PAIR)), response]);
    expect(records[0].request.messages).toMatchObject([
      { type: null, value: null, fields: null, raw: base64(PAIR), complete: true },
    ]);
    expect(records[0].diagnostics).toEqual([]);
    expect(textOf(calls[0])).toContain("→  raw: 0x0864");
  },
);

describe("the Compressed-Flag against the declared encoding", () => {
  const gzip = gzipSync(PAIR);
  test.each<[string, number, string | null, Uint8Array, object, string[]]>([
    ["plain, none declared", 0, null, PAIR, { encoding: "identity", value: { a: 100 } }, []],
    ["plain, identity declared", 0, "identity", PAIR, { encoding: "identity", value: { a: 100 } }, []],
    ["plain, gzip declared", 0, "gzip", PAIR, { encoding: "identity", value: { a: 100 } }, []],
    ["plain, an unknown one declared", 0, "lzma", PAIR, { encoding: "identity", value: { a: 100 } }, []],
    [
      "compressed, gzip declared",
      1,
      "gzip",
      gzip,
      { encoding: "gzip", size: 2, wireSize: gzip.length, value: { a: 100 } },
      [],
    ],
    [
      "compressed, none declared",
      1,
      null,
      gzip,
      { encoding: "identity", raw: base64(gzip), complete: false },
      ["GRPC_ENCODING_MISSING"],
    ],
    [
      "compressed, identity declared",
      1,
      "identity",
      gzip,
      { encoding: "identity", raw: base64(gzip) },
      ["GRPC_ENCODING_MISSING"],
    ],
    [
      "compressed, an unknown one declared",
      1,
      "lzma",
      gzip,
      { encoding: "lzma", raw: base64(gzip) },
      ["GRPC_ENCODING_UNKNOWN"],
    ],
    [
      "compressed, another one declared",
      1,
      "deflate",
      gzip,
      { encoding: "deflate", raw: base64(gzip) },
      ["GRPC_DECOMPRESSION_FAILED"],
    ],
    ["a flag of 2, gzip declared", 2, "gzip", gzip, { encoding: "gzip", value: { a: 100 } }, ["GRPC_FLAG_INVALID"]],
    ["compressed, of no bytes", 1, "gzip", new Uint8Array(0), { size: 0, value: null }, ["GRPC_DECOMPRESSION_FAILED"]],
  ])("%s", (_, flag, encoding, body, expected, codes) => {
    const prefixed = message(body);
    prefixed[0] = flag;
    const declared = encoding === null ? [] : [["grpc-encoding", encoding] as const];
    const [record] = listen([request("application/grpc", prefixed, ...declared), response]).records;
    expect(record.request.messages).toMatchObject([expected]);
    expect(record.diagnostics.map(({ code }) => code)).toEqual(codes);
    expect(record.outcome).toBe("ok");
  });

  test.each<[string, Uint8Array, object, string]>([
    ["gzip is known by its first bytes", gzip, { encoding: "gzip", value: { a: 100 } }, "GRPC_ENCODING_INFERRED"],
    ["others are not", PAIR, { encoding: "unknown", value: null, raw: base64(PAIR) }, "GRPC_ENCODING_UNSEEN"],
  ])("the header that names it was not seen: %s", (_, body, expected, code) => {
    // Index 70: an entry put into the table before the capture began.
    const opened = concat(headers(1, concat(grpcResponse, indexed(70))), data(1, message(body, true)));
    const { records } = listen([request("application/grpc", message(PAIR)), [SERVER, opened]]);
    expect(records[0].response.messages).toMatchObject([expected]);
    expect(records[0].diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
  });
});
