/** What recordings of well-behaved peers do not hold: built frame by frame, cut into segments, and lost in part. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Schema } from "../../src/protobuf/schema.js";
import {
  type Explained,
  expectTheRecordsValues,
  expectTruePlaces,
  expectWholeCoverage,
  explainCapture,
} from "../support/explained.js";
import * as frames from "../support/frames.js";
import { captureOf, type SentBytes } from "../support/tcp-capture.js";

const { concat, indexed, literal } = frames;

const SCHEMA = new Schema({
  protoFiles: [
    {
      path: "all.proto",
      text: `syntax = "proto2";
        enum Color { RED = 0; BLUE = 2; }
        message All {
          optional int32 number = 1;
          optional string text = 2;
          optional All child = 3;
          repeated sint32 packed = 4 [packed = true];
          repeated double spread = 5;
          map<string, int64> counts = 6;
          optional group Old = 7 { optional bytes raw = 8; repeated Color colors = 9; }
          oneof either { bool yes = 10; fixed64 big = 11; }
        }
        service S { rpc Chat(stream All) returns (stream All); }`,
    },
  ],
});
const ALL = SCHEMA.message("All");

const ascii = (text: string) => [...frames.ascii(text)];
const len = (number: number, ...bytes: readonly number[]) => [(number << 3) | 2, bytes.length, ...bytes];

/** One of everything. */
const BODY = [
  ...[0x08, 0x96, 0x01],
  ...len(2, ...ascii("héllo".normalize("NFC")).map((byte) => byte & 0x7f)),
  ...len(3, 0x08, 0x01, ...len(3, ...len(2, ...ascii("deep")))),
  ...len(4, 0x01, 0x02, 0x03, 0xac, 0x02),
  ...[0x29, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x29, 0, 0, 0, 0, 0, 0, 0, 0x40],
  ...len(6, ...len(1, ...ascii("a")), 0x10, 0x07),
  ...[0x3b, ...len(8, 0xde, 0xad), 0x48, 0x02, 0x48, 0x00, 0x3c],
  ...[0x59, 1, 0, 0, 0, 0, 0, 0, 0],
  // of no field
  ...[0xa0, 0x06, 0x05],
];

const REQUEST = concat(
  frames.sizeUpdate(0),
  frames.sizeUpdate(4096),
  indexed(3),
  indexed(6),
  literal(4, "/S/Chat", "incremental"),
  literal("content-type", "application/grpc", "incremental"),
  literal("x-empty", "", "never"),
  literal("x-long", "v".repeat(300), "incremental"),
);
/** The same by the table: three entries were put into it. */
const AGAIN = concat(indexed(3), indexed(6), indexed(64), indexed(63), indexed(62), literal(62, "other"));

interface Turn {
  readonly side: 0 | 1;
  readonly bytes: Uint8Array;
}

const OPENING: readonly Turn[] = [
  { side: 0, bytes: concat(frames.preface, frames.settings()) },
  { side: 1, bytes: concat(frames.settings(), frames.settingsAck) },
];

const TURNS: readonly Turn[] = [
  ...OPENING,
  {
    side: 0,
    bytes: concat(
      frames.headers(1, REQUEST.slice(0, 5), { endHeaders: false, pad: 3, priority: { dependency: 0, weight: 16 } }),
      frames.continuation(1, REQUEST.slice(5, 40), false),
      frames.continuation(1, REQUEST.slice(40)),
      frames.data(1, concat(frames.message(BODY), frames.message([]), frames.message(BODY).slice(0, 30)), { pad: 7 }),
      frames.headers(3, AGAIN),
      frames.data(1, []),
      frames.data(3, frames.message([0x08, 0x01]), { endStream: true }),
      frames.data(1, frames.message(BODY).slice(30), { endStream: true, pad: 0 }),
    ),
  },
  {
    side: 1,
    bytes: concat(
      frames.windowUpdate(1, 1000),
      frames.headers(1, concat(frames.grpcResponse)),
      frames.frame(0xee, 0x41, 1, [1, 2, 3]),
      frames.priority(1, 3, 256, true),
      frames.data(1, frames.message([0x08])),
      frames.headers(3, concat(indexed(8), literal("content-type", "application/grpc", "incremental"))),
      frames.headers(3, frames.grpcTrailers(5, ["grpc-message", "not here"]), { endStream: true }),
      frames.headers(1, frames.grpcTrailers(), { endStream: true, pad: 0 }),
      frames.rstStream(1, 0),
    ),
  },
];

/** Each turn cut at `cuts` (fractions of it). */
function segmentsOf(turns: readonly Turn[], cuts: readonly number[]): SentBytes[][] {
  const at = [0, 0];
  return turns.map(({ side, bytes }) => {
    const inside = cuts.map((cut) => Math.floor(cut * bytes.length)).filter((cut) => cut > 0 && cut < bytes.length);
    const edges = [...new Set([0, ...inside, bytes.length])].sort((a, b) => a - b);
    const from = at[side];
    at[side] += bytes.length;
    return edges.slice(1).map((edge, i) => ({ side, at: from + edges[i], bytes: bytes.slice(edges[i], edge) }));
  });
}

const explained = (file: Uint8Array, id: number): Explained => explainCapture(file, id, { schema: SCHEMA })!;

/** Of a call whose bytes are all there. */
function expectTruth(file: Uint8Array, id: number): Explained {
  const told = explained(file, id);
  expectTruePlaces(told.spans, file);
  expectWholeCoverage(told, file);
  expectTheRecordsValues(told, [ALL, ALL]);
  return told;
}

const roles = ({ items }: Explained, role: string) => items.filter(({ part }) => part.role === role);

describe("padding, PRIORITY, CONTINUATION, unknown frames, several messages in a DATA frame, a message in several", () => {
  const file = captureOf(segmentsOf(TURNS, []));

  test("each byte once, with the record's values", () => {
    const told = expectTruth(file, 1);
    const texts = told.items.map(({ part }) => part.text);
    for (const text of [
      "Pad Length 7",
      "Stream Dependency 0",
      "Weight 16",
      "dynamic table size 0",
      "Weight 256",
      'Error Code "NO_ERROR"'.replaceAll('"', ""),
    ])
      expect(texts).toContain(text);
    expect(roles(told, "padding").map(({ bytes }) => bytes!.length)).toEqual([3, 7]);
    expect(roles(told, "unread").map(({ bytes }) => [...bytes!])).toEqual([[1, 2, 3], [0x08]]);
    expect(told.record.request.messages).toHaveLength(3);
    expectTruth(file, 2);
  });

  test("an entry of the table is told with the packet that taught it", () => {
    const second = explained(file, 2);
    const taught = second.items.filter(({ part }) => part.more?.taughtBy !== undefined).map(({ part }) => part);
    expect(taught.map(({ name }) => name)).toEqual([":path", "content-type", "x-long", "x-long"]);
    const first = explained(file, 1);
    for (const { name, more } of taught) {
      const { packet, offset } = more!.taughtBy as { packet: number; offset: number };
      const lesson = first.spans.find((span) => span.segment?.packet === packet && span.offset === offset);
      expect([lesson?.part.role, lesson?.part.name]).toEqual(["index", name]);
    }
  });

  test("nested messages, packed fields, maps and groups have their paths", () => {
    const paths = explained(file, 1)
      .items.filter(({ part, side }) => part.role === "value" && part.layer === "protobuf" && side === 0)
      .map(({ part }) => `${part.more?.path}=${part.json}`);
    expect(paths.slice(0, 16)).toEqual([
      "number=150",
      'text="hillo"',
      "child.number=1",
      'child.child.text="deep"',
      "packed[0]=-1",
      "packed[1]=1",
      "packed[2]=-2",
      "packed[3]=150",
      "spread[0]=1",
      "spread[1]=2",
      'counts[0].key="a"',
      'counts[0].value="7"',
      'old.raw="3q0="',
      'old.colors[0]="BLUE"',
      'old.colors[1]="RED"',
      'big="1"',
    ]);
  });

  test("cut over many packets, out of order, sent twice", () => {
    const cut = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(cut, fc.infiniteStream(fc.nat(1000)), (cuts, dice) => {
        const roll = () => dice.next().value as number;
        const sent = segmentsOf(TURNS, cuts).map((segments, i) => {
          const twice = segments.flatMap((segment) => (roll() % 4 === 0 ? [segment, segment] : [segment]));
          if (i === 0) return twice;
          return twice
            .map((segment) => ({ segment, key: roll() }))
            .sort((a, b) => a.key - b.key)
            .map(({ segment }) => segment);
        });
        const shuffled = captureOf(sent);
        for (const id of [1, 2]) expectTruth(shuffled, id);
      }),
      { numRuns: 40 },
    );
  });

  test("a byte in each packet", () => {
    const bytes = Math.max(...TURNS.map((turn) => turn.bytes.length));
    const cuts = Array.from({ length: bytes }, (_, i) => i / bytes);
    const told = expectTruth(captureOf(segmentsOf(TURNS, cuts)), 1);
    const long = told.spans.filter(({ part }) => part.name === "x-long" && part.role === "value");
    expect(long.map(({ piece, pieces }) => [piece, pieces])).toEqual(long.map((_, i) => [i + 1, long.length]));
    expect(long.length).toBeGreaterThan(100);
  });
});

describe("bytes that are missing", () => {
  test("any single segment: no byte twice, none at a wrong place, and what is lost is said", () => {
    const cuts = [0.1, 0.25, 0.3, 0.5, 0.55, 0.7, 0.9];
    const sent = segmentsOf(TURNS, cuts);
    const all = sent.slice(OPENING.length).flat();
    let lost = 0;
    for (const removed of all) {
      const file = captureOf(sent.map((segments) => segments.filter((segment) => segment !== removed)));
      for (const id of [1, 2]) {
        const told = explainCapture(file, id, { schema: SCHEMA });
        if (told === null) continue;
        expectTruePlaces(told.spans, file);
        for (const side of [0, 1]) {
          let end = 0;
          for (const span of told.spans.filter((each) => each.side === side)) {
            expect(span.at).toBeGreaterThanOrEqual(end);
            end = span.at + span.length;
          }
        }
        const inLost = ({ at, side, length }: (typeof told.spans)[number]) =>
          side === removed.side && at < removed.at + removed.bytes.length && at + length > removed.at;
        for (const span of told.spans) if (inLost(span)) expect(span.part.role).toBe("lost");
        lost += roles(told, "lost").length;
      }
    }
    expect(lost).toBeGreaterThan(5);
  });

  test("inside a message: what stands before them is read, what stands behind is not", () => {
    const body = [...len(2, ...ascii("before")), ...len(2, ...new Array(100).fill(0x61))];
    const call = concat(
      frames.headers(1, frames.grpcRequest("/S/Chat")),
      frames.data(1, concat(frames.message(body), frames.message([0x08, 0x05])), { endStream: true }),
    );
    const answer = concat(
      frames.headers(1, frames.grpcResponse),
      frames.headers(1, frames.grpcTrailers(), { endStream: true }),
    );
    const sent = segmentsOf([...OPENING, { side: 0, bytes: call }, { side: 1, bytes: answer }], [0.75, 0.8]);
    sent[2] = [sent[2][0], sent[2][2]];
    const file = captureOf(sent);
    const told = expectTruth(file, 1);
    const requests = told.spans.filter(({ part }) => part.layer !== "http2" && part.layer !== "hpack");
    expect(requests.map(({ part }) => part.role)).toEqual([
      ...["prefix", "prefix", "tag", "length", "value", "unread", "lost", "unread"],
      ...["prefix", "prefix", "tag", "value"],
    ]);
  });

  test("what comes when the call is over is shown, and not read", () => {
    const reset = { side: 1 as const, bytes: frames.rstStream(1, 8) };
    const late = { side: 0 as const, bytes: frames.data(1, frames.message(BODY)) };
    const early = { side: 0 as const, bytes: concat(frames.headers(1, frames.grpcRequest("/S/Chat")), late.bytes) };
    const file = captureOf(segmentsOf([...OPENING, early, reset, late], []));
    const told = expectTruth(file, 1);
    expect(told.record.request.messages).toHaveLength(1);
    expect(roles(told, "unread").map(({ part }) => part.text)).toEqual(["not read: the call was over"]);
  });

  test("the end of the capture inside a frame", () => {
    const turn = { side: 0 as const, bytes: frames.headers(1, frames.grpcRequest("/S/Chat")) };
    const half = { side: 0 as const, bytes: frames.data(1, frames.message(BODY)).slice(0, 30) };
    const file = captureOf(segmentsOf([...OPENING, turn, half], []));
    const told = explained(file, 1);
    expectTruePlaces(told.spans, file);
    const [last, ...before] = told.spans.toReversed();
    expect([last.part.role, last.length]).toEqual(["lost", BODY.length + 14 - 30]);
    expect(before.reduce((sum, { length }) => sum + length, 0)).toBe(turn.bytes.length + 30);
  });
});

test("joined late: entries that were taught before are told as never seen, the same each time", () => {
  const whole = segmentsOf(TURNS, []);
  const later = segmentsOf(
    [
      ...TURNS,
      {
        side: 0,
        bytes: concat(frames.headers(5, AGAIN), frames.data(5, frames.message([0x08, 0x07]), { endStream: true })),
      },
      {
        side: 1,
        bytes: concat(
          frames.headers(5, frames.grpcResponse),
          frames.headers(5, frames.grpcTrailers(), { endStream: true }),
        ),
      },
    ],
    [],
  );
  const file = captureOf([[], [], ...later.slice(whole.length)]);
  const told = explained(file, 1);
  expectTruePlaces(told.spans, file);
  const unseen = told.items.filter(({ part }) => part.note?.includes("never seen")).map(({ part }) => part);
  expect(unseen.length).toBeGreaterThan(1);
  expect(unseen.every(({ more }) => more?.taughtBy === null && Number(more.placeholder) > 0)).toBe(true);
  expect(told.record.stream).toBe(5);
});
