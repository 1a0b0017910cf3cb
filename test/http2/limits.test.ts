/** Each bound is reached, what comes behind it is right, and nothing grows with what a peer sends. */
import { describe, expect, jest, test } from "@jest/globals";
import type { Side } from "../../src/bytes/byte-stream-sink.js";
import { IdTable } from "../../src/bytes/id-table.js";
import { Http2Connection } from "../../src/http2/connection.js";
import { LIMITS, type Limits } from "../../src/limits.js";
import * as build from "../support/frames.js";
import { growth, SQUARE } from "../support/growth.js";
import { Http2Log } from "../support/http2-log.js";

class Run {
  readonly log = new Http2Log();
  readonly codes: string[] = [];
  private readonly connection: Http2Connection;
  private readonly at = [0, 0];

  constructor(limits: Partial<Limits> = {}) {
    const report = (code: string): void => void this.codes.push(code);
    this.connection = new Http2Connection(this.log, report, { ...LIMITS, ...limits });
    this.push(0, build.concat(build.preface, build.settings()));
    this.push(1, build.concat(build.settings(), build.settingsAck));
    this.push(0, build.settingsAck);
  }

  push(side: Side, bytes: Uint8Array, cut = 1 << 30): this {
    for (let i = 0; i < bytes.length; i += cut) {
      const piece = bytes.slice(i, i + cut);
      this.connection.data(side, piece, 0, piece.length, this.at[side], 0);
      this.at[side] += piece.length;
    }
    return this;
  }

  lines(): string[] {
    this.log.flush();
    return this.log.lines.splice(0);
  }
}

const request = (stream: number) => build.headers(stream, build.grpcRequest("/a"));
const lastCall = build.headers(
  9_999_999,
  build.concat(build.indexed(3), build.indexed(6), build.indexed(4), build.indexed(62)),
);

describe("maxHeaderBlockBytes", () => {
  const insert = build.literal("kept", "yes", "incremental");
  const filler = (bytes: number) => build.block(["filler", "x".repeat(bytes)]);

  test.each([1, 100, 1 << 20])("a block beyond it is told cut; the table is in step (pieces of %d bytes)", (cut) => {
    const run = new Run({ maxHeaderBlockBytes: 4096 });
    const block = build.concat(build.indexed(3), ...Array.from({ length: 40 }, () => filler(200)), insert);
    run.push(0, build.headers(1, block.subarray(0, 3000), { endHeaders: false }), cut);
    run.push(0, build.continuation(1, block.subarray(3000, 6000), false), cut);
    run.push(0, build.continuation(1, block.subarray(6000)), cut);
    run.push(0, lastCall, cut);
    const lines = run.lines();
    expect(lines[0]).toMatch(/client headers stream=1 .* incomplete/);
    expect(lines.slice(-5)).toEqual([
      expect.stringMatching(/client headers stream=9999999 @\d+-\d+$/),
      "  :method: POST",
      "  :scheme: http",
      "  :path: /",
      "  kept: yes",
    ]);
    expect(run.codes.filter((code) => code === "HTTP2_HEADER_BLOCK_LIMIT")).toHaveLength(1);
  });

  test("a single value beyond it is passed over; the table is in step", () => {
    const run = new Run({ maxHeaderBlockBytes: 4096 });
    run.push(0, build.headers(1, build.concat(insert, filler(16_000)), { endHeaders: false }), 1000);
    run.push(0, build.continuation(1, build.indexed(62)), 1000).push(0, lastCall);
    const lines = run.lines();
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/client headers stream=1 .* incomplete/),
      "  kept: yes",
      "  kept: yes",
    ]);
    expect(lines.at(-1)).toBe("  kept: yes");
  });

  test("an integer without end costs the block, and no more", () => {
    const run = new Run({ maxHeaderBlockBytes: 4096 });
    run.push(0, build.headers(1, build.concat([0xff], new Uint8Array(8000).fill(0x80)), { endHeaders: false }));
    run.push(0, build.continuation(1, new Uint8Array(8000).fill(0x80)));
    run.push(0, build.headers(3, build.grpcRequest("/b"), { endStream: true }));
    const lines = run.lines();
    expect(lines[0]).toMatch(/client headers stream=1 .* incomplete/);
    expect(lines).toContain("client end stream=3");
  });
});

describe("floods", () => {
  test("CONTINUATION without end holds nothing, and is told once", () => {
    const run = new Run();
    run.push(0, build.headers(1, [], { endHeaders: false }));
    const frames = build.concat(...Array.from({ length: 1000 }, () => build.continuation(1, build.indexed(2), false)));
    for (let i = 0; i < 20; i++) run.push(0, frames);
    expect(run.lines()).toEqual([]);
    expect(run.codes.filter((code) => code === "HTTP2_FLOOD")).toHaveLength(1);
  });

  test.each<[string, Uint8Array]>([
    ["PING", build.ping()],
    ["SETTINGS", build.settings([4, 1000], [0xfe00, 1])],
    ["empty DATA", build.data(1, [])],
  ])("%s", (_name, frame) => {
    const run = new Run().push(0, request(1));
    run.push(0, build.concat(...Array.from({ length: 3000 }, () => frame)));
    expect(run.codes).toEqual(["HTTP2_FLOOD"]);
    run.push(0, build.data(1, [1], { endStream: true }));
    expect(run.lines().at(-1)).toBe("client end stream=1");
  });

  test("rapid reset", () => {
    const run = new Run();
    for (let i = 0; i < 2000; i++) run.push(0, build.concat(request(2 * i + 1), build.rstStream(2 * i + 1, 8)));
    expect(run.codes).toEqual(["HTTP2_FLOOD"]);
    expect(run.lines().filter((line) => line.includes("reset"))).toHaveLength(2000);
  });

  test("a client that cancels now and then, and PINGs while data flow, are none", () => {
    const run = new Run();
    for (let i = 0; i < 2000; i++) {
      const stream = 2 * i + 1;
      run.push(0, build.concat(request(stream), build.ping()));
      run.push(1, build.concat(build.headers(stream, build.grpcResponse), build.ping()));
      run.push(0, build.rstStream(stream, 8));
    }
    expect(run.codes).toEqual([]);
  });

  test("SETTINGS that nobody acknowledges are not kept", () => {
    const run = new Run();
    const many = build.settings(...Array.from({ length: 2000 }, (_, i): [number, number] => [i, 0x4000]));
    for (let i = 0; i < 100; i++) run.push(1, many);
    run.push(0, build.concat(...Array.from({ length: 64 }, () => build.settingsAck)));
    expect(run.codes).not.toContain("HTTP2_SETTINGS_ACK_UNEXPECTED");
  });
});

describe("streams that closed long ago", () => {
  const requests = (count: number) =>
    Array.from({ length: count }, (_, i) => build.headers(2 * i + 1, [0x82, 0x86, 0x84], { endStream: true }));
  const answer = (stream: number) => build.headers(stream, build.grpcResponse);

  test("a second answer to one begins none", () => {
    const run = new Run();
    for (const [i, request] of requests(100).entries()) run.push(0, request).push(0, build.rstStream(2 * i + 1, 8));
    run.lines();
    run.push(1, build.concat(answer(1), build.rstStream(1, 0)));
    expect([run.lines(), run.codes]).toEqual([[], []]);
  });

  test("an answer that is read before its request begins one, in any order", () => {
    const run = new Run();
    run.push(1, build.concat(answer(5), answer(3)));
    run.push(0, build.concat(...requests(3)));
    const streams = run.lines().flatMap((line) => /^(\w+) headers stream=(\d)/.exec(line)?.slice(1).join(" ") ?? []);
    expect(streams).toEqual(["server 5", "server 3", "client 1", "client 3", "client 5"]);
  });
});

describe("maxStreams", () => {
  test("the oldest is given up, and its late frames do no harm", () => {
    const run = new Run({ maxStreams: 3 });
    for (const stream of [1, 3, 5, 7]) run.push(0, build.headers(stream, [0x82, 0x86, 0x84]));
    run.push(1, build.headers(1, build.grpcResponse));
    expect(run.lines().filter((line) => !line.startsWith(" "))).toEqual([
      "client headers stream=1 @42-54",
      "client headers stream=3 @54-66",
      "client headers stream=5 @66-78",
      "abandoned stream=1",
      "client headers stream=7 @78-90",
    ]);
    expect(run.codes).toEqual(["HTTP2_STREAMS_LIMIT"]);
  });

  test("is 10,000 of a connection where nothing else is said", () => {
    const run = new Run();
    const open = (from: number, count: number) =>
      run.push(
        0,
        build.concat(...Array.from({ length: count }, (_, i) => build.headers(2 * (from + i) + 1, [0x82, 0x86, 0x84]))),
      );
    open(0, 10_000);
    expect(run.codes).toEqual([]);
    open(10_000, 1);
    expect(run.codes).toEqual(["HTTP2_STREAMS_LIMIT"]);
  });
});

test("GOAWAY that concerns no stream goes through none", () => {
  const run = new Run();
  for (const stream of [1, 3, 5]) run.push(0, build.headers(stream, [0x82, 0x86, 0x84]));
  const walk = jest.spyOn(IdTable.prototype, Symbol.iterator);
  for (const last of [0x7fffffff, 5]) run.push(1, build.goaway(last, 0));
  expect(walk).not.toHaveBeenCalled();
  run.push(1, build.goaway(3, 0));
  expect(walk).toHaveBeenCalledTimes(1);
  walk.mockRestore();
  expect(run.lines().filter((line) => line.includes("reset stream=5"))).toHaveLength(1);
});

describe("bytes that fall out of step", () => {
  const lone = build.concat(build.headers(5, [0x82, 0x86, 0x84, 0x41, 0x01, 0x61]), build.windowUpdate(0, 1));
  const noFrame = Uint8Array.of(0xff, 0xff, 0xff, 0xee, 0xff, 0xff, 0xff, 0xff, 0xff);

  test("again and again in one large chunk take no stack, and cost what the chunk is long, not its square", async () => {
    const lose = (times: number) => {
      const run = new Run();
      const chunk = build.concat(...Array.from({ length: times }, () => build.concat(lone, noFrame)));
      run.push(0, chunk);
      expect(run.codes.filter((code) => code === "HTTP2_OUT_OF_STEP").length).toBeGreaterThan(times / 10);
    };
    expect(await growth(1_250, lose)).toBeLessThan(SQUARE);
  });

  test("and a large chunk of noise is searched in pieces, holding no more than maxDetectBytes", () => {
    const run = new Run({ maxDetectBytes: 1000 });
    const noise = new Uint8Array(300_000);
    for (let i = 0; i < noise.length; i++) noise[i] = (Math.imul(i, 2_654_435_761) >>> 24) | 0x80;
    const before = process.memoryUsage().arrayBuffers;
    run.push(0, build.concat(noFrame, noise, lone));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_500_000);
    expect(run.lines().some((line) => line.startsWith("client headers stream=5"))).toBe(true);
  });
});

describe("frames of any size", () => {
  test("DATA larger than the peer takes is told, and comes all the same", () => {
    const run = new Run().push(0, request(1)).push(0, build.data(1, new Uint8Array(16_385)), 5000);
    expect(run.codes).toContain("HTTP2_FRAME_SIZE");
    expect(run.lines().at(-1)).toMatch(/^client data stream=1 @\d+ (00){16385}$/);
  });

  test("the peer's SETTINGS_MAX_FRAME_SIZE allows it", () => {
    const run = new Run().push(1, build.settings([5, 100_000]));
    run.push(0, request(1)).push(0, build.data(1, new Uint8Array(65_000)));
    expect(run.codes).toEqual([]);
  });

  test("a large GOAWAY keeps 16 KiB of its debug data, and its length is passed", () => {
    const run = new Run().push(1, build.settings([5, 200_000]));
    run.push(0, build.goaway(0, 0, new Uint8Array(100_000)), 999).push(0, request(1));
    expect(run.lines()[0]).toMatch(/^client headers stream=1/);
  });

  test("a claim allocates nothing", () => {
    const before = process.memoryUsage().arrayBuffers;
    const runs = Array.from({ length: 200 }, () => {
      const run = new Run();
      return run.push(0, build.frame(0x7, 0, 0, new Uint8Array(9), 16_000_000));
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(runs.length * 20_000);
  });
});
