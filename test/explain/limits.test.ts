import { expect, test } from "@jest/globals";
import { Schema } from "../../src/protobuf/schema.js";
import { pcapHeader, pcapRecord } from "../support/capture-files.js";
import { expectTruePlaces, expectWholeCoverage, explainCapture } from "../support/explained.js";
import * as frames from "../support/frames.js";
import { ACK, ipv4, PSH, SYN, tcp } from "../support/packets.js";
import { captureOf } from "../support/tcp-capture.js";

const { concat } = frames;

const OPENING = [
  { side: 0 as const, at: 0, bytes: concat(frames.preface, frames.settings()) },
  { side: 1 as const, at: 0, bytes: frames.settings() },
];
const BEHIND = OPENING[0].bytes.length;
const request = (stream: number) => frames.headers(stream, frames.grpcRequest("/Cal/Add"));
const filled = (stream: number, count: number) =>
  concat(...Array.from({ length: count }, () => frames.data(stream, new Uint8Array(10_000))));

/** One segment for each of the client's parts. */
function clientSends(...parts: Uint8Array[]): Uint8Array {
  let at = BEHIND;
  const sent = parts.map((bytes) => {
    at += bytes.length;
    return [{ side: 0 as const, at: at - bytes.length, bytes }];
  });
  return captureOf([OPENING.slice(0, 1), OPENING.slice(1), ...sent]);
}

test("maxOpenMessageBytes: bytes past it are told with their places, and not kept", () => {
  const body = frames.message(new Uint8Array(95_000));
  const file = clientSends(
    request(1),
    ...[0, 1, 2, 3].map((i) => frames.data(1, body.subarray(i * 25_000, (i + 1) * 25_000))),
  );
  const told = explainCapture(file, 1, { limits: { maxOpenMessageBytes: 60_000 } })!;
  expectWholeCoverage(told, file);
  const kept = told.spans.filter(({ bytes }) => bytes !== null);
  expectTruePlaces(kept, file);
  const bytes = kept.reduce((sum, { length }) => sum + length, 0);
  expect(bytes).toBeLessThanOrEqual(60_000);
  expect(bytes).toBeGreaterThan(20_000);
  const lengths = told.spans.filter(({ part }) => part.name === "Length").map(({ part }) => part.json);
  expect(lengths.slice(1)).toEqual(["25000", "25000", "25000", "20005"]);
});

test("streams that are no calls, or other calls, make room again", () => {
  const page = (stream: number) => [
    frames.headers(stream, frames.block([":method", "GET"], [":scheme", "http"], [":path", "/"])),
    filled(stream, 4),
    frames.rstStream(stream, 8),
  ];
  const others = Array.from({ length: 20 }, (_, i) => [...page(4 * i + 1), request(4 * i + 3), filled(4 * i + 3, 4)]);
  const file = clientSends(...others.flat(), request(101), filled(101, 4));
  const told = explainCapture(file, 21, { limits: { maxOpenMessageBytes: 150_000 } })!;
  expect(told.record.stream).toBe(101);
  expectWholeCoverage(told, file);
  expectTruePlaces(told.spans, file);
  expect(told.spans.every(({ bytes }) => bytes !== null)).toBe(true);
});

test("a message of many fields is read up to maxProtobufFields", () => {
  const body = new Uint8Array(1000).map((_, i) => (i % 2 === 0 ? 0x08 : 1));
  const schema = new Schema({
    protoFiles: [
      {
        path: "a.proto",
        text: 'syntax = "proto3"; message A { int32 n = 1; } service Cal { rpc Add(A) returns (A); }',
      },
    ],
  });
  const file = clientSends(request(1), frames.data(1, frames.message(body)));
  const told = explainCapture(file, 1, { schema, limits: { maxProtobufFields: 100 } })!;
  expectWholeCoverage(told, file);
  expect(told.spans.filter(({ part }) => part.role === "value" && part.layer === "protobuf")).toHaveLength(100);
  expect(told.spans.at(-1)).toMatchObject({ length: 800, part: { role: "unread" } });
});

test("a packet in IP fragments: its number is known, its bytes' place is not", () => {
  const ends = { source: "10.0.0.1", destination: "10.0.0.2" };
  const ports = { sourcePort: 40000, destinationPort: 50051 };
  const sent = concat(OPENING[0].bytes, request(1));
  const whole = tcp({ ...ports, sequence: 1, flags: PSH | ACK, payload: sent });
  const part = (from: number, to: number) =>
    ipv4({
      ...ends,
      identification: 7,
      fragmentOffset: from,
      more: to < whole.length,
      payload: whole.subarray(from, to),
    });
  const packets = [
    ipv4({ ...ends, payload: tcp({ ...ports, sequence: 0, flags: SYN }) }),
    part(0, 64),
    part(64, whole.length),
  ];
  const file = concat(pcapHeader({ linkType: 101 }), ...packets.map((bytes, i) => pcapRecord({ bytes }, i)));
  const { spans } = explainCapture(file, 1)!;
  expect(new Set(spans.map(({ segment, offset }) => `${segment?.packet} ${offset}`))).toEqual(new Set(["3 null"]));
  expect(spans.every(({ bytes }) => bytes !== null)).toBe(true);
});
