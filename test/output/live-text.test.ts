import { describe, expect, test } from "@jest/globals";
import type { Side } from "../../src/bytes/byte-stream-sink.js";
import { Inspector } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { createLiveTextOutput } from "../../src/output/live-text.js";
import { noPaint } from "../../src/output/paint.js";
import { createTextOutput } from "../../src/output/text.js";
import { Schema } from "../../src/protobuf/schema.js";
import {
  concat,
  data,
  grpcRequest,
  grpcResponse,
  grpcTrailers,
  headers,
  message,
  preface,
  settings,
} from "../support/frames.js";

const CLIENT: Side = 0;
const SERVER: Side = 1;
const OPTIONS = { width: 100, paint: noPaint, verbose: false };
const END = { endStream: true };
const ONE = Uint8Array.of(0x08, 1);
const TWO = Uint8Array.of(0x08, 2);

const SCHEMA = new Schema({
  protoFiles: [
    {
      path: "test.proto",
      text: `syntax = "proto3"; message Tick { int32 n = 1; }
        service Clock { rpc Ask(Tick) returns (Tick); rpc Watch(Tick) returns (stream Tick); }`,
    },
  ],
});

/** A live connection whose printed lines are taken step by step. */
function watch(schema: Schema, create = createLiveTextOutput) {
  let text = "";
  const output = create((piece) => (text += String(piece)), OPTIONS);
  const inspector = new Inspector(nodePorts, { schema }, output);
  const sink = inspector.connection({ client: "127.0.0.1:40000", server: "127.0.0.1:50051" });
  const at: [number, number] = [0, 0];
  let ms = 0;
  const say = (side: Side, bytes: Uint8Array) => {
    sink.data(side, bytes, 0, bytes.length, at[side], ++ms * 1e6);
    at[side] += bytes.length;
  };
  const take = () => {
    const lines = text.split("\n").slice(0, -1);
    text = "";
    return lines;
  };
  say(CLIENT, concat(preface, settings()));
  say(SERVER, settings());
  const tick = (seconds: number) => output.tick?.(inspector.summary.firstNs + seconds * 1e9);
  return { say, take, tick, output, inspector };
}

const ask = (path: string, stream = 1) => concat(headers(stream, grpcRequest(path)), data(stream, message(ONE), END));
const answer = (stream = 1) =>
  concat(headers(stream, grpcResponse), data(stream, message(TWO)), headers(stream, grpcTrailers(0), END));

describe("live text", () => {
  test("a call that is soon over is printed at its end, as in a capture's text", () => {
    const live = watch(SCHEMA);
    const whole = watch(SCHEMA, createTextOutput);
    live.say(CLIENT, ask("/Clock/Ask"));
    whole.say(CLIENT, ask("/Clock/Ask"));
    expect(live.take()).toEqual([]);
    live.say(SERVER, answer());
    whole.say(SERVER, answer());
    const lines = live.take();
    expect(lines).toEqual(whole.take());
    expect(lines).toEqual([
      "✓ 00:00:00.003000 127.0.0.1:40000 → 127.0.0.1:50051 /Clock/Ask OK 1.00 ms",
      "    → Tick  n: 1",
      "    ← Tick  n: 2",
    ]);
  });

  test("a stream's messages are printed as they come, between a head line that says running and one of its end", () => {
    const { say, take } = watch(SCHEMA);
    say(CLIENT, ask("/Clock/Watch"));
    expect(take()).toEqual([
      "▶ 00:00:00.003000 127.0.0.1:40000 → 127.0.0.1:50051 /Clock/Watch running [1]",
      "    [1] → Tick #0 +0.000 ms  n: 1",
    ]);
    say(SERVER, concat(headers(1, grpcResponse), data(1, message(ONE))));
    expect(take()).toEqual(["    [1] ← Tick #0 +1.00 ms  n: 1"]);
    say(SERVER, data(1, message(TWO)));
    expect(take()).toEqual(["    [1] ← Tick #1 +2.00 ms  n: 2"]);
    say(SERVER, headers(1, grpcTrailers(5), END));
    expect(take()).toEqual([
      "✗ 00:00:00.003000 127.0.0.1:40000 → 127.0.0.1:50051 /Clock/Watch NOT_FOUND 3.00 ms 1 → 2 ← [1]",
      "    NOT_FOUND",
    ]);
  });

  test("without a schema a call is a stream from its second message on; nothing is printed twice", () => {
    const { say, take } = watch(Schema.empty);
    say(CLIENT, concat(headers(1, grpcRequest("/x.Y/Z")), data(1, message(ONE))));
    expect(take()).toEqual([]);
    say(CLIENT, data(1, message(TWO)));
    expect(take().map((line) => line.slice(0, 60))).toEqual([
      "▶ 00:00:00.003000 127.0.0.1:40000 → 127.0.0.1:50051 /x.Y/Z r",
      "    [1] → #0 +0.000 ms  1: 1 (uint64)",
      "    [1] → #1 +1.00 ms  1: 2 (uint64)",
    ]);
  });

  test("a call that takes long is shown while it runs", () => {
    const { say, take, tick } = watch(SCHEMA);
    say(CLIENT, ask("/Clock/Ask"));
    tick(0.9);
    expect(take()).toEqual([]);
    tick(1.1);
    tick(1.2);
    expect(take()).toEqual([
      "▶ 00:00:00.003000 127.0.0.1:40000 → 127.0.0.1:50051 /Clock/Ask running [1]",
      "    [1] → Tick  n: 1",
    ]);
    say(SERVER, answer());
    expect(take()).toEqual([
      "    [1] ← Tick  n: 2",
      "✓ 00:00:00.003000 127.0.0.1:40000 → 127.0.0.1:50051 /Clock/Ask OK 1.00 ms 1 → 1 ← [1]",
    ]);
  });

  test("messages that wait for the end of their calls are held up to 16 MiB", () => {
    const { say, take } = watch(Schema.empty);
    const big = message(new Uint8Array(5 * 1024 * 1024).fill(0xff));
    for (const stream of [1, 3, 5, 7]) {
      say(CLIENT, headers(stream, grpcRequest("/x.Y/Big")));
      for (let from = 0; from < big.length; from += 16_384)
        say(CLIENT, data(stream, big.subarray(from, from + 16_384)));
    }
    expect(take().filter((line) => line.startsWith("▶"))).toHaveLength(1);
  });
});
