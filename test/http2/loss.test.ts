/** Any part of a connection may be missing, or come before we joined: what is told is right, and the rest of it comes. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Side } from "../../src/bytes/byte-stream-sink.js";
import { formatHex } from "../../src/bytes/hex.js";
import type { HeaderField } from "../../src/hpack/header-field.js";
import { Http2Connection } from "../../src/http2/connection.js";
import type { Http2Observer, Http2Stream } from "../../src/http2/observer.js";
import { LIMITS } from "../../src/limits.js";
import * as build from "../support/frames.js";
import { HpackEncoder } from "../support/hpack-encoder.js";

interface Told {
  blocks: [readonly HeaderField[][], readonly HeaderField[][]];
  data: [string, string];
  whole: boolean;
}

/** Calls on one connection, as bytes of each side, with the stretch of each side that a call lies in. */
const CALLS = 30;
function connection() {
  const encoders = [new HpackEncoder(), new HpackEncoder()];
  const parts: [Uint8Array[], Uint8Array[]] = [[build.preface, build.settings()], [build.settings()]];
  const length = (side: Side) => parts[side].reduce((sum, part) => sum + part.length, 0);
  const stretches: [number, number][][] = [];
  for (let i = 0; i < CALLS; i++) {
    const id = 2 * i + 1;
    const before = [length(0), length(1)];
    const request = encoders[0].encode([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", `/Cal/${["Add", "Multiply", "Divide"][i % 3]}`],
      [":authority", "localhost"],
      ["te", "trailers"],
      ["user-agent", "test"],
      ...(i % 5 === 4 ? [["x-trace", `t${i}`] as const] : []),
    ]);
    parts[0].push(build.headers(id, request), build.data(id, build.message([8, i, 16, i]), { endStream: true }));
    const head = encoders[1].encode([
      [":status", "200"],
      ["content-type", "application/grpc"],
      ["date", `day ${Math.floor(i / 8)}`],
    ]);
    const trailers = encoders[1].encode([
      ["grpc-status", String(i % 7 === 6 ? 5 : 0)],
      ["grpc-message", ""],
    ]);
    parts[1].push(build.headers(id, head), build.data(id, build.message(new Uint8Array(i * 9).fill(i))));
    parts[1].push(build.headers(id, trailers, { endStream: true }), build.windowUpdate(0, 9));
    stretches.push([
      [before[0], length(0)],
      [before[1], length(1)],
    ]);
  }
  return { bytes: [build.concat(...parts[0]), build.concat(...parts[1])] as const, stretches };
}

const { bytes, stretches } = connection();

/** Plays both sides, one call after the other, without bytes [from, to) of `side`. */
function play(side: Side, from: number, to: number, joinedLate: boolean): Map<number, Told> {
  const told = new Map<number, Told>();
  const of = (stream: Http2Stream): Told => {
    stream.user ??= { blocks: [[], []], data: ["", ""], whole: true };
    told.set(stream.id, stream.user as Told);
    return stream.user as Told;
  };
  const observer: Http2Observer = {
    headers(stream, sender, block) {
      (of(stream).blocks[sender] as HeaderField[][]).push([...block.fields]);
      if (!block.complete) of(stream).whole = false;
    },
    data(stream, sender, buf, start, end) {
      of(stream).data[sender] += formatHex(buf, "", start, end);
    },
    endStream: of,
    reset: of,
    lost: (stream) => void (stream !== null && (of(stream).whole = false)),
    close: () => {},
  };
  const sink = new Http2Connection(observer, () => {}, LIMITS, { joinedLate });
  const at = [0, 0];
  const push = (sender: Side, end: number): void => {
    while (at[sender] < end) {
      const start = at[sender];
      if (sender === side && start >= from && start < to) {
        at[sender] = to;
        if (!joinedLate) sink.gap(sender, start, to - start, 0);
        continue;
      }
      const next = sender === side && start < from ? Math.min(end, from) : end;
      const piece = bytes[sender].slice(start, next);
      sink.data(sender, piece, 0, piece.length, start, 0);
      piece.fill(0xaa);
      at[sender] = next;
    }
  };
  push(0, stretches[0][0][0]);
  push(1, stretches[0][1][0]);
  for (const [requests, responses] of stretches) {
    push(0, requests[1]);
    push(1, responses[1]);
  }
  sink.close(0, "eof", 0);
  sink.close(1, "eof", 0);
  return told;
}

const truth = play(0, -1, -1, false);

/** What is told as observed is what was sent; DATA of calls outside [from, to) of that side are all there. */
function holds(told: Map<number, Told>, side: Side, from: number, to: number): void {
  const wrong: unknown[] = [];
  for (const [i, stretch] of stretches.entries()) {
    const [first, last] = stretch[side];
    if (first < to && last > from) continue;
    const id = 2 * i + 1;
    const own = told.get(id);
    const right = truth.get(id)!;
    if (own?.data[0] !== right.data[0] || own.data[1] !== right.data[1]) wrong.push([id, "data"]);
    for (const sender of [0, 1] as const) {
      if (own?.blocks[sender].length !== right.blocks[sender].length) wrong.push([id, sender, "blocks"]);
      else
        own.blocks[sender].forEach((fields, n) => {
          if (!agrees(fields, right.blocks[sender][n])) wrong.push([id, sender, fields]);
        });
    }
  }
  expect(wrong).toEqual([]);
}

function agrees(fields: readonly HeaderField[], right: readonly HeaderField[]): boolean {
  if (fields.length !== right.length) return false;
  return fields.every(({ name, value, nameSource, valueSource }, i) => {
    if (nameSource === "observed" && name !== right[i].name) return false;
    return valueSource !== "observed" || value === right[i].value;
  });
}

describe("a hole", () => {
  test("of any length anywhere costs what was in it", () => {
    const hole = fc.record({
      side: fc.constantFrom<Side>(0, 1),
      from: fc.nat(),
      length: fc.integer({ min: 1, max: 400 }),
    });
    fc.assert(
      fc.property(hole, ({ side, from, length }) => {
        const start = 24 + (from % (bytes[side].length - 24));
        const end = Math.min(bytes[side].length, start + length);
        holds(play(side, start, end, false), side, start, end);
      }),
      { numRuns: 150 },
    );
  });

  test("that leaves nothing to compare with is not closed by a guess that confirms itself", () => {
    // The hole begins inside the first request's header block and swallows every other one that puts entries into the table.
    for (const [from, length] of [
      [65, 256],
      [72, 333],
      [83, 333],
    ]) {
      holds(play(0, from, from + length, false), 0, from, from + length);
    }
  });

  test("that is one call's whole stretch costs that call alone", () => {
    for (const [i, stretch] of stretches.entries()) {
      for (const side of [0, 1] as const) {
        const told = play(side, stretch[side][0], stretch[side][1], false);
        holds(told, side, stretch[side][0], stretch[side][1]);
        if (i > 0) expect(told.get(2 * i + 1)?.data[side] ?? "").toBe("");
      }
    }
  });
});

describe("joined late", () => {
  test("at any byte: every call that begins behind it has all its data", () => {
    for (let from = 25; from < bytes[0].length - 100; from += 17) {
      holds(play(0, 0, from, true), 0, 0, from);
    }
  });
});
