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

interface Hole {
  readonly side: Side;
  readonly from: number;
  readonly to: number;
}

/**
 * Plays both sides, one call after the other, without the bytes in holes, which come in their order. A hole from the first byte
 * on: the connection is joined late.
 */
function play(holes: readonly Hole[]): Map<number, Told> {
  const joinedLate = holes.some(({ from }) => from === 0);
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
  const report = (code: string): void => void expect(code).not.toBe("HTTP2_MESSAGE_MALFORMED");
  const sink = new Http2Connection(observer, report, LIMITS, { joinedLate });
  const at = [0, 0];
  const push = (sender: Side, end: number): void => {
    while (at[sender] < end) {
      const start = at[sender];
      const hole = holes.find(({ side, to }) => side === sender && start < to);
      if (hole !== undefined && start >= hole.from) {
        if (end <= hole.to) return; // told when bytes behind it come
        at[sender] = hole.to;
        if (hole.from > 0) sink.gap(sender, start, hole.to - start, 0);
        continue;
      }
      const next = Math.min(end, hole?.from ?? end);
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

const truth = play([]);

/** What is told as observed is what was sent, and no message is said to be malformed; DATA of calls that no hole is in are all there. */
function holds(told: Map<number, Told>, holes: readonly Hole[]): void {
  const wrong: unknown[] = [];
  for (const [i, stretch] of stretches.entries()) {
    if (holes.some(({ side, from, to }) => stretch[side][0] < to && stretch[side][1] > from)) continue;
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

const anyHole = fc
  .record({
    side: fc.constantFrom<Side>(0, 1),
    from: fc.nat(),
    length: fc.integer({ min: 1, max: 400 }),
  })
  .map(({ side, from, length }): Hole => {
    const start = 24 + (from % (bytes[side].length - 24));
    return { side, from: start, to: Math.min(bytes[side].length, start + length) };
  });

const holesOf = (side: Side, ...places: [number, number][]): Hole[] => places.map(([from, to]) => ({ side, from, to }));

/** Those that begin behind the end of the one before on their side. */
function apart(holes: readonly Hole[]): Hole[] {
  const kept: Hole[] = [];
  for (const hole of holes) {
    if (kept.every(({ side, to }) => side !== hole.side || to < hole.from)) kept.push(hole);
  }
  return kept;
}

describe("a hole", () => {
  test("of any length anywhere costs what was in it", () => {
    fc.assert(
      fc.property(anyHole, (hole) => holds(play([hole]), [hole])),
      { numRuns: 150 },
    );
  });

  test("and others behind it do not add up to something that was not sent", () => {
    const several = fc
      .array(anyHole, { minLength: 2, maxLength: 4 })
      .map((holes) => apart(holes.sort((a, b) => a.from - b.from)));
    fc.assert(
      fc.property(several, (holes) => holds(play(holes), holes)),
      { numRuns: 300 },
    );
  });

  test.each<[string, Hole[]]>([
    [
      "of which nobody knows how many entries were lost costs no field behind the next one",
      holesOf(1, [24, 42], [111, 321]),
    ],
    ["makes no client send DATA on a server's stream", holesOf(0, [120, 136], [209, 259])],
    ["nor on one that such DATA would have opened", holesOf(0, [95, 134], [212, 241], [316, 355])],
  ])("%s", (_name, holes) => {
    holds(play(holes), holes);
  });

  test("that leaves nothing to compare with is not closed by a guess that confirms itself", () => {
    // The hole begins inside the first request's header block and swallows every other one that puts entries into the table.
    for (const [from, length] of [
      [65, 256],
      [72, 333],
      [83, 333],
    ]) {
      const hole: Hole = { side: 0, from, to: from + length };
      holds(play([hole]), [hole]);
    }
  });

  test("that is one call's whole stretch costs that call alone", () => {
    for (const [i, stretch] of stretches.entries()) {
      for (const side of [0, 1] as const) {
        const hole: Hole = { side, from: stretch[side][0], to: stretch[side][1] };
        const told = play([hole]);
        holds(told, [hole]);
        if (i > 0) expect(told.get(2 * i + 1)?.data[side] ?? "").toBe("");
      }
    }
  });
});

describe("joined late", () => {
  test("at any byte: every call that begins behind it has all its data", () => {
    for (let from = 25; from < bytes[0].length - 100; from += 17) {
      const hole: Hole = { side: 0, from: 0, to: from };
      holds(play([hole]), [hole]);
    }
  });

  test("and with holes behind that: nothing is told as read that was not sent", () => {
    const late = fc.record({ from: fc.nat({ max: 700 }), hole: anyHole }).map(({ from, hole }) => {
      const first = [0, 1].map((side): Hole => ({ side: side as Side, from: 0, to: stretches[from % 20][side][0] }));
      return apart([...first, hole]);
    });
    fc.assert(
      fc.property(late, (holes) => holds(play(holes), holes)),
      { numRuns: 300 },
    );
  });
});
