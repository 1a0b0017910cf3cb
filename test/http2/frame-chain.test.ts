import { describe, expect, test } from "@jest/globals";
import { ChainFinder } from "../../src/http2/frame-chain.js";
import * as build from "../support/frames.js";
import { growth, SQUARE } from "../support/growth.js";

const repeat = (times: number, ...frames: Uint8Array[]) =>
  build.concat(...Array.from({ length: times }, () => frames).flat());
/** Frames that are no evidence, and ones that speak against a chain. */
const origin = build.frame(0xc, 0, 0);
const end = build.frame(0x0, 0x1, 1);
const call = build.concat(
  build.headers(1, build.grpcRequest("/cal.Calculator/Add")),
  build.data(1, build.message([8, 1])),
  build.headers(3, build.grpcRequest("/cal.Calculator/Add")),
  build.data(3, build.message([8, 2])),
);

describe("chains that share their frames are not all followed to the end: eight times as many cost no sixty-four", () => {
  const ratio = (make: (times: number) => Uint8Array, step: (length: number) => number) =>
    growth(900, (times) => {
      const bytes = make(times);
      const finder = new ChainFinder();
      const by = step(bytes.length);
      for (let length = by; length <= bytes.length; length += by) finder.best(bytes, length);
    });

  test.each([
    ["of no evidence", (times: number) => repeat(times, origin)],
    ["with evidence against them", (times: number) => repeat(times, end)],
    ["of both", (times: number) => repeat(times / 2, origin, end)],
  ])("%s", async (_, make) => {
    expect(await ratio(make, (length) => length)).toBeLessThan(SQUARE);
  });

  test("that grow by a frame each time", async () => {
    const window = build.windowUpdate(0, 7);
    const grown = await ratio(
      (times) => repeat(times, window),
      () => window.length,
    );
    expect(grown).toBeLessThan(SQUARE);
  });
});

describe("a chain is found", () => {
  test.each([
    ["alone", build.concat(), 0],
    ["behind frames of no evidence, which belong to it", repeat(500, origin), 0],
    ["behind noise", new Uint8Array(1000).fill(0xee), 1000],
  ])("%s", (_, before, start) => {
    const bytes = build.concat(before, call);
    const chain = new ChainFinder().find(bytes, bytes.length, 20);
    expect(chain?.start).toBe(start);
  });

  test("behind frames that speak against it, without most of them", () => {
    const bytes = build.concat(repeat(500, end), call);
    const start = new ChainFinder().find(bytes, bytes.length, 20)?.start;
    expect(start).toBeGreaterThan(400 * end.length);
    expect(start).toBeLessThanOrEqual(500 * end.length);
  });

  test("in what is left when the bytes before are given up", () => {
    const bytes = build.concat(repeat(100, origin), call);
    const finder = new ChainFinder();
    expect(finder.find(bytes, 500, 20)).toBeNull();
    finder.forget(450);
    expect(finder.find(bytes.subarray(450), bytes.length - 450, 20)?.start).toBe(0);
  });
});
