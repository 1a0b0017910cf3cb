/** Hostile bytes in a call: one diagnostic each, bounded, and the next call on the connection is as it should be. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { CLIENT, listen, SERVER, type Step } from "../support/conversation.js";
import {
  block,
  concat,
  continuation,
  data,
  grpcRequest,
  grpcResponse,
  grpcTrailers,
  headers,
  message,
  u32,
  windowUpdate,
} from "../support/frames.js";

const END = { endStream: true };
const MiB = 1024 * 1024;
const PAIR = message(Uint8Array.of(0x08, 100));

const request = (stream: number, body: Uint8Array, ...more: (readonly [string, string])[]): Step[] => [
  [CLIENT, headers(stream, grpcRequest("/Cal/Chat", ...more))],
  [SERVER, concat(windowUpdate(0, body.length + 1), windowUpdate(stream, body.length + 1))],
  [CLIENT, concat(inFrames(stream, body), data(stream, [], END))],
];
const response = (stream: number): Step => [
  SERVER,
  concat(headers(stream, grpcResponse), data(stream, PAIR), headers(stream, grpcTrailers(), END)),
];

/** DATA frames of the largest usual size. */
function inFrames(stream: number, body: Uint8Array): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += 16_384) frames.push(data(stream, body.subarray(at, at + 16_384)));
  return concat(...frames);
}

/** The record of a call whose request has this body; the call behind it has nothing wrong. */
function heard(body: Uint8Array, ...more: (readonly [string, string])[]): CallRecord {
  const { records } = listen([...request(1, body, ...more), response(1), ...request(3, PAIR), response(3)]);
  expect(records).toHaveLength(2);
  expect(records[1]).toMatchObject({
    stream: 3,
    outcome: "ok",
    diagnostics: [],
    request: { messages: [{ value: { a: 100 } }] },
  });
  expect(records[0]).toMatchObject({ stream: 1, outcome: "ok" });
  return records[0];
}

const codesOf = ({ diagnostics }: CallRecord) => diagnostics.map(({ code }) => code);

test("a prefix that claims 4 GiB takes the memory of what comes", () => {
  const before = process.memoryUsage().arrayBuffers;
  const record = heard(concat(PAIR, [0], u32(0xffffffff), new Uint8Array(1000)));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MiB);
  expect(codesOf(record)).toEqual(["GRPC_MESSAGE_CUT"]);
  expect(record.diagnostics[0].text).toBe("message 1 of the request is cut: 1000 of its 4294967295 bytes were seen");
  expect(record.request.messages[1]).toMatchObject({ wireSize: 0xffffffff, size: 1000, complete: false });
});

test.each([1, 2, 3, 4])("a body that ends behind %d bytes of a prefix", (length) => {
  const record = heard(concat(PAIR, Uint8Array.of(0, 0, 0, 1).subarray(0, length)));
  expect(codesOf(record)).toEqual(["GRPC_PREFIX_CUT"]);
  expect(record.diagnostics[0].text).toBe("the request ends inside the prefix of message 1");
  expect(record.request.messages[1]).toMatchObject({ wireSize: 0, size: 0, complete: false });
});

test("ten thousand empty messages are ten thousand messages; one more is counted", () => {
  const empty = heard(new Uint8Array(5 * 10_000));
  expect(empty.request.messages).toHaveLength(10_000);
  expect(codesOf(empty)).toEqual([]);
  const more = heard(new Uint8Array(5 * 10_001));
  expect(more.request).toMatchObject({ messageCount: 10_001 });
  expect(more.request.messages).toHaveLength(10_000);
  expect(codesOf(more)).toEqual(["CALL_MESSAGES_UNLISTED"]);
});

/** 128 KiB of zeros in 4 bytes, over and over. */
function zstdBomb(blocks: number): Uint8Array {
  const header = (1 << 1) | ((128 * 1024) << 3);
  const zeros = [header & 255, (header >> 8) & 255, header >> 16, 0];
  return concat([0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3], ...Array.from({ length: blocks }, () => zeros));
}

/** 64 bytes in 3, over and over. */
function snappyBomb(copies: number): Uint8Array {
  const length = 1 + 64 * copies;
  const varint = [(length & 127) | 128, ((length >> 7) & 127) | 128, ((length >> 14) & 127) | 128, length >> 21];
  const elements = Uint8Array.from({ length: 3 * copies }, (_, i) => [(63 << 2) | 2, 1, 0][i % 3]);
  return concat(varint, [0, 0], elements);
}

/** More than maxDecompressedBytes. */
const ZEROS = new Uint8Array(65 * MiB);

test.each([
  ["gzip", gzipSync(ZEROS)],
  ["gzip", concat(...Array.from({ length: 5 }, () => gzipSync(ZEROS.subarray(0, 14 * MiB))))],
  ["deflate", deflateSync(ZEROS)],
  ["deflate", deflateRawSync(ZEROS)],
  ["br", brotliCompressSync(ZEROS)],
  ["zstd", zstdBomb(256)],
  ["snappy", snappyBomb(1_100_000)],
])("a bomb in %s stops at the bound", (encoding, bomb) => {
  const record = heard(message(bomb, true), ["grpc-encoding", encoding]);
  expect(codesOf(record)).toEqual(["GRPC_DECOMPRESSION_LIMIT"]);
  expect(record.request.messages).toMatchObject([{ encoding, wireSize: bomb.length, value: null, complete: false }]);
});

test("of a hundred messages that do not decompress twenty are told, and how many more there are", () => {
  const junk = concat(...Array.from({ length: 100 }, () => message([1, 2, 3], true)));
  const { diagnostics } = heard(junk, ["grpc-encoding", "gzip"]);
  expect(diagnostics).toHaveLength(21);
  expect(diagnostics[20]).toMatchObject({
    code: "GRPC_DECOMPRESSION_FAILED",
    text: "80 more like these are counted, not told",
  });
});

test("base64 with junk in any -bin field is kept as it is", () => {
  const record = heard(PAIR, ["x-bin", "\u0001%%%=="], ["y-bin", "A"]);
  expect(codesOf(record)).toEqual([]);
  expect(record.request.headers).toMatchObject({ "x-bin": "\u0001%%%==", "y-bin": "A" });
});

test("trailers that go on and on: the connection goes on behind them", () => {
  const long = block(["x-long", "a".repeat(15_000)]);
  const endless = concat(
    headers(1, grpcTrailers(5), { endStream: true, endHeaders: false }),
    ...Array.from({ length: 40 }, () => continuation(1, long, false)),
    continuation(1, block(["last", "1"])),
  );
  const begun: Step = [SERVER, concat(headers(1, grpcResponse), data(1, PAIR))];
  const { records, diagnostics } = listen([
    ...request(1, PAIR),
    begun,
    [SERVER, endless],
    ...request(3, PAIR),
    response(3),
  ]);
  expect(records[1]).toMatchObject({ stream: 3, outcome: "ok", diagnostics: [] });
  expect(records[0]).toMatchObject({ stream: 1, status: { code: 5 } });
  expect([...diagnostics, ...records[0].diagnostics].map(({ code }) => code)).toEqual([
    "HPACK_FIELDS_LIMIT",
    "HTTP2_HEADER_BLOCK_LIMIT",
  ]);
});
