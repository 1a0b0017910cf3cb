import { afterEach, expect, jest, test } from "@jest/globals";
import type { ByteStreamSink } from "../../../src/bytes/byte-stream-sink.js";
import { LiveClock } from "../../../src/node/live-clock.js";
import { type PieceMemory, Recorder } from "../../../src/node/proxy/recorder.js";
import { TapePlayer } from "../../../src/node/proxy/tape.js";

const INFO = { client: "a:1", server: "b:2", tls: null };
const MAX_BACKLOG = 1_000_000;

afterEach(() => {
  jest.useRealTimers();
});

/** A recorder whose tape is played; `stalled` pieces come back only when asked for. */
function record({ stalled = false } = {}) {
  jest.useFakeTimers();
  const told: string[] = [];
  const pieces: [PieceMemory, number][] = [];
  const player = new TapePlayer((info, timeNs): ByteStreamSink => {
    told.push(`open ${info.client} ${info.server} ${timeNs}`);
    return {
      data: (side, buf, start, end, at) =>
        told.push(`${side} @${at} ${Buffer.from(buf.subarray(start, end)).toString()}`),
      gap: (side, at, length) => told.push(`${side} @${at} skips ${length}`),
      close: (side, reason) => told.push(`${side} ${reason}`),
    };
  });
  let count = 0;
  const clock = new LiveClock(
    () => count++,
    () => 1e12,
  );
  const play = (piece: PieceMemory, length: number) => {
    player.play(piece.buffer, length);
    new Uint8Array(piece.buffer).fill(0xee);
    recorder.done();
  };
  const recorder: Recorder = new Recorder(
    clock,
    (...piece) => (stalled ? pieces.push(piece) : play(...piece)),
    MAX_BACKLOG,
  );
  const catchUp = () => {
    while (pieces.length > 0) play(...pieces.shift()!);
  };
  return { recorder, told, pieces, catchUp };
}

test("what was recorded is played, some milliseconds later, in order", () => {
  const { recorder, told } = record();
  const first = recorder.connection(INFO);
  first.data(0, Buffer.from("hello"));
  const second = recorder.connection({ ...INFO, client: "c:3" });
  second.data(1, Buffer.from("you"));
  first.data(1, Buffer.from("hi"));
  first.data(0, Buffer.from(" there"));
  first.close(0, "fin");
  first.close(1, "fin");
  second.close(0, "rst");
  second.close(1, "rst");
  expect(told).toEqual([]);
  expect(recorder.settled).toBe(false);
  jest.advanceTimersByTime(10);
  expect(recorder.settled).toBe(true);
  expect(told).toEqual([
    "open a:1 b:2 1000000",
    "0 @0 hello",
    "open c:3 b:2 3000000",
    "1 @0 you",
    "1 @0 hi",
    "0 @5  there",
    "0 fin",
    "1 fin",
    "0 rst",
    "1 rst",
  ]);
});

test("pieces are handed over as they fill, and used again", () => {
  const { recorder, told } = record();
  const tap = recorder.connection(INFO);
  let sent = 0;
  for (let i = 0; i < 100; i++) {
    const size = (i * 7919) % 65_536;
    tap.data(0, Buffer.alloc(size, "x"));
    sent += size;
  }
  tap.close(0, "eof");
  recorder.flush();
  const lengths = told.filter((line) => line.startsWith("0 @")).map((line) => line.replace(/^0 @\d+ /, "").length);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(sent);
  expect(told.join("").replace(/[^x]/g, "")).toHaveLength(sent);
});

test("when the decoder falls behind, what passes is counted and not kept", () => {
  const { recorder, told, catchUp } = record({ stalled: true });
  const tap = recorder.connection(INFO);
  const chunk = Buffer.alloc(50_000, "x");
  for (let i = 0; i < 60; i++) tap.data(0, chunk);
  expect(recorder.keeps).toBe(false);
  catchUp();
  tap.data(0, Buffer.from("again"));
  tap.data(1, Buffer.from("back"));
  recorder.flush();
  catchUp();
  const skips = told.filter((line) => line.includes("skips"));
  expect(skips).toHaveLength(1);
  const [, at, length] = /@(\d+) skips (\d+)/.exec(skips[0])!.map(Number);
  expect(at + length).toBe(60 * chunk.length);
  expect(at).toBeGreaterThanOrEqual(MAX_BACKLOG - 300_000);
  expect(at).toBeLessThan(MAX_BACKLOG + 300_000);
  expect(told.slice(-2)).toEqual([`0 @${60 * chunk.length} again`, "1 @0 back"]);
});

test("while the decoder is behind it gets full pieces only, and their memory is used again", () => {
  const { recorder, told, pieces, catchUp } = record({ stalled: true });
  const tap = recorder.connection(INFO);
  const words = () => told.filter((line) => line.startsWith("0 @")).length;
  const passSome = (times: number) => {
    for (let i = 0; i < times; i++) {
      tap.data(0, Buffer.from("a small call"));
      jest.advanceTimersByTime(10);
    }
  };
  passSome(20_000);
  const used = new Set(pieces.map(([{ buffer }]) => buffer));
  expect(used.size).toBeLessThan(10);
  while (!recorder.settled) {
    for (const [{ buffer }] of pieces) used.add(buffer);
    catchUp();
    jest.advanceTimersByTime(10);
  }
  expect(words()).toBe(20_000);
  passSome(3);
  for (const [{ buffer }] of pieces) expect(used).toContain(buffer);
});
