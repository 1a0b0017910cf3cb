/** Blocks that come again: found by their bytes, and never told otherwise than by decoding them. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { concat, indexed, literal, sizeUpdate } from "../support/frames.js";
import { HpackRun } from "../support/hpack-log.js";

const PLAIN = concat(indexed(2), literal(4, "/Cal/Add"), indexed(62));

describe("a block that was sent before", () => {
  test("has the very same list of fields, its size and completeness", () => {
    const { decoder } = new HpackRun();
    const insert = literal("a", "b", "incremental");
    decoder.decode(insert, 0, insert.length);
    const first = decoder.decode(PLAIN, 0, PLAIN.length);
    const { listBytes } = decoder;
    const other = indexed(7);
    decoder.decode(other, 0, other.length);
    expect(decoder.decode(concat([0], PLAIN), 1, PLAIN.length + 1)).toBe(first);
    expect(decoder).toMatchObject({ listBytes, complete: true });
    expect(listBytes).toBe(":methodGET".length + ":path/Cal/Add".length + "ab".length + 3 * 32);
  });

  test("says something else once an entry was inserted", () => {
    const run = new HpackRun();
    run.decode(literal("a", "1", "incremental"));
    expect(run.decode(PLAIN)).toContain("a: 1");
    run.decode(literal("a", "2", "incremental"));
    expect(run.decode(PLAIN)).toContain("a: 2");
  });

  test("inserts its entry each time", () => {
    const run = new HpackRun();
    for (let i = 0; i < 3; i++) run.decode(literal(4, "/Cal/Add", "incremental"));
    expect(run.table()).toHaveLength(3);
  });

  test("has lost its entry once the table was emptied", () => {
    const run = new HpackRun();
    run.decode(literal("a", "1", "incremental"));
    run.decode(PLAIN);
    run.decode(sizeUpdate(0));
    expect(run.decode(PLAIN)).toEqual([":method: GET", ":path: /Cal/Add"]);
    expect(run.told).toEqual(["HPACK_INDEX_INVALID @11"]);
  });

  test("is inferred once blocks were lost", () => {
    const run = new HpackRun();
    run.decode(literal("a", "1", "incremental"));
    run.decode(PLAIN);
    run.decoder.lost();
    expect(run.decode(PLAIN)).toContain("~a: ~1");
  });

  test("is compared with what comes behind lost blocks, however many others came meanwhile", () => {
    const run = new HpackRun();
    for (const name of ["x-old-1", "x-old-2", "x-tenant", "x-user", "x-trace"])
      run.decode(literal(name, "v", "incremental"));
    const block = concat(indexed(64), indexed(63), indexed(62));
    run.decode(block);
    for (let i = 0; i < 12; i++) run.decode(literal(`other-${i}`, "v"));
    run.decode(block);
    run.decoder.lost(); // one entry was put into the table
    expect(run.decode(concat(indexed(65), indexed(64), indexed(63)))).toEqual([
      "x-tenant: v",
      "x-user: v",
      "x-trace: v",
    ]);
    expect(run.told).toEqual(["HPACK_ENTRIES_LOST @0"]);
  });

  test("is still told to lack the size update that is due", () => {
    const run = new HpackRun();
    run.decode(indexed(2));
    run.decoder.setAllowedSize(100);
    run.decode(indexed(2));
    run.decode(indexed(2));
    expect(run.told).toEqual(["HPACK_SIZE_UPDATE_MISSING @0"]);
  });

  test("has its names checked each time", () => {
    const names: string[] = [];
    const run = new HpackRun({ newName: (name) => names.push(name) });
    for (let i = 0; i < 3; i++) run.decode(literal("A", "b"));
    expect(names).toEqual(["A", "A", "A"]);
  });

  test("is told as damaged each time", () => {
    const run = new HpackRun();
    for (let i = 0; i < 2; i++) run.decode(concat(indexed(2), indexed(100)));
    expect(run.told).toEqual(["HPACK_INDEX_INVALID @1", "HPACK_INDEX_INVALID @1"]);
    expect(run.decoder.complete).toBe(false);
  });
});

/** What a peer may send, and what may happen to it; few kinds of each, so that much comes again. */
const step = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 66 }), { maxLength: 3 }).map((all) => concat(...all.map((i) => indexed(i)))),
  fc.constantFrom("x", "y").map((value) => concat(indexed(2), literal(4, value))),
  fc.constantFrom("x", "y").map((value) => literal("name", value, "incremental")),
  fc.constantFrom("x", "y").map((value) => literal(4, value, "incremental")),
  fc.constantFrom("x", "y").map((value) => literal("secret", value, "never")),
  fc.constantFrom(0, 40, 4096).map((size) => concat(sizeUpdate(size), indexed(2))),
  fc.constantFrom("lost" as const, "shrink" as const),
);

test.each([{ joinedLate: false }, { joinedLate: true }])(
  "any sequence reads as it does block by block: %p",
  (options) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const run = new HpackRun(options);
        // Whoever asks for representations has every block decoded.
        const exact = new HpackRun({ ...options, trace: { representation() {} } });
        for (const one of steps) {
          for (const { decoder } of [run, exact]) {
            if (one === "lost") decoder.lost();
            else if (one === "shrink") decoder.setAllowedSize(64);
          }
          if (one instanceof Uint8Array) {
            expect(run.decode(one)).toEqual(exact.decode(one));
            expect(run.decoder.complete).toBe(exact.decoder.complete);
            expect(run.decoder.listBytes).toBe(exact.decoder.listBytes);
          }
        }
        expect(run.told).toEqual(exact.told);
        expect(run.table()).toEqual(exact.table());
      }),
      { numRuns: 500 },
    );
  },
);
