/** From the middle: entries that were there before we joined, and entries that lost blocks may have inserted. */
import { describe, expect, test } from "@jest/globals";
import { inferName, inferValue } from "../../src/hpack/placeholders.js";
import { concat, indexed, literal, sizeUpdate } from "../support/frames.js";
import { formatField, HpackRun } from "../support/hpack-log.js";

describe("joined late", () => {
  test("an index never seen is a placeholder, the same while later insertions push it back", () => {
    const run = new HpackRun({ joinedLate: true });
    expect(run.decode(concat(indexed(2), indexed(62), indexed(64)))).toEqual([":method: GET", "?1: ?1", "?2: ?2"]);
    expect(run.decode(concat(literal("a", "b", "incremental"), indexed(63), indexed(65), indexed(62)))).toEqual([
      "a: b",
      "?1: ?1",
      "?2: ?2",
      "a: b",
    ]);
    expect(run.decode(indexed(66))).toEqual(["?3: ?3"]);
    expect(run.told).toEqual(["HPACK_INDEX_UNKNOWN @1", "HPACK_INDEX_UNKNOWN @2", "HPACK_INDEX_UNKNOWN @0"]);
    expect(run.decoder.complete).toBe(true);
  });

  test("a literal with an unknown name has a value, and its entry shares the name", () => {
    const run = new HpackRun({ joinedLate: true });
    expect(run.decode(literal(70, "seen", "incremental"))).toEqual(["?1: seen"]);
    expect(run.decode(concat(indexed(62), literal(62, "again")))).toEqual(["?1: seen", "?1: again"]);
  });

  test("what is found out later is there in fields handed out before", () => {
    const { decoder } = new HpackRun({ joinedLate: true });
    const first = concat(indexed(62), literal(62, "own"), indexed(2));
    const [entry, named, observed] = decoder.decode(first, 0, first.length);
    inferName(named, ":path");
    inferValue(named, "not of the entry");
    inferValue(entry, "/Cal/Add");
    inferName(entry, "other");
    inferValue(entry, "other");
    inferName(observed, "other");
    expect(entry).toMatchObject({ name: ":path", nameSource: "inferred", value: "/Cal/Add", valueSource: "inferred" });
    expect(named).toMatchObject({ name: ":path", nameSource: "inferred", value: "own", valueSource: "observed" });
    expect(observed).toMatchObject({ name: ":method", value: "GET", placeholder: 0 });
  });

  test("a size update to 0 ends what may have been there", () => {
    const run = new HpackRun({ joinedLate: true });
    run.decode(concat(sizeUpdate(0), sizeUpdate(4096)));
    expect(run.decode(indexed(62))).toEqual([]);
    expect(run.told).toEqual(["HPACK_INDEX_INVALID @0"]);
  });

  test("an index behind all that the table can hold is no placeholder", () => {
    const run = new HpackRun({ joinedLate: true }, { maxHpackTableBytes: 3200 });
    expect(run.decode(indexed(61 + 100))).toEqual(["?1: ?1"]);
    expect(run.decode(indexed(61 + 101))).toEqual([]);
    run.decode(literal("a", "b", "incremental"));
    expect(run.decode(indexed(61 + 100))).toEqual([]);
  });

  test("no limit is held against the encoder until one is known", () => {
    const run = new HpackRun({ joinedLate: true });
    run.decode(sizeUpdate(50_000));
    run.decoder.setAllowedSize(100);
    run.decode(indexed(2));
    run.decode(sizeUpdate(200));
    expect(run.told).toEqual(["HPACK_SIZE_UPDATE_TOO_LARGE @0"]);
  });
});

describe("blocks were lost", () => {
  const request = (path: number) => concat(indexed(3), indexed(6), indexed(path), indexed(path - 1), indexed(path - 2));

  function learned(): HpackRun {
    const run = new HpackRun();
    run.decode(
      concat(
        ...[indexed(3), indexed(6), literal(4, "/Cal/Add", "incremental")],
        ...[literal("te", "trailers", "incremental"), literal("user-agent", "me", "incremental")],
      ),
    );
    expect(run.decode(request(64))).toEqual(FIELDS);
    return run;
  }
  const FIELDS = [":method: POST", ":scheme: http", ":path: /Cal/Add", "te: trailers", "user-agent: me"];

  test("none of them inserted: a block of a known shape brings the table back into step", () => {
    const run = learned();
    run.decoder.lost();
    expect(run.decode(request(64))).toEqual(FIELDS);
    expect(run.decode(indexed(65))).toEqual([]);
    expect(run.told).toEqual(["HPACK_INDEX_INVALID @0"]);
  });

  test.each([1, 2, 7, 40])("they inserted %d entries: the next block shows it", (count) => {
    const run = learned();
    run.decoder.lost();
    expect(run.decode(request(64 + count))).toEqual(FIELDS);
    expect(run.decode(request(64 + count))).toEqual(FIELDS);
    expect(run.decode(indexed(62))).toEqual([`?${count}: ?${count}`]);
    expect(run.told).toEqual(["HPACK_ENTRIES_LOST @0"]);
  });

  test("they inserted, and so did blocks since", () => {
    const run = learned();
    run.decoder.lost();
    expect(run.decode(concat(indexed(8), literal("new", "one", "incremental")))).toEqual([":status: 200", "new: one"]);
    expect(run.decode(request(64 + 3 + 1))).toEqual(FIELDS);
    expect(run.decode(indexed(62))).toEqual(["new: one"]);
  });

  test("until it is known, older entries are told as inferred", () => {
    const run = learned();
    run.decoder.lost();
    expect(run.decode(concat(indexed(63), indexed(2)))).toEqual(["~te: ~trailers", ":method: GET"]);
    expect(run.decode(literal(63, "other"))).toEqual(["~te: other"]);
  });

  test("what was told in doubt is as good as read once it turns out to be right", () => {
    const run = learned();
    const { decoder } = run;
    const decode = (block: Uint8Array) => decoder.decode(block, 0, block.length);
    decoder.lost();
    const [te, other] = decode(concat(indexed(63), literal(62, "other", "incremental")));
    expect([te, other].map(formatField)).toEqual(["~te: ~trailers", "~user-agent: other"]);
    expect(run.decode(request(65))).toEqual(FIELDS);
    expect([te, other].map(formatField)).toEqual(["te: trailers", "user-agent: other"]);
    expect(other.placeholder).toBe(0);
    expect(run.decode(indexed(62))).toEqual(["user-agent: other"]);
  });

  test("two blocks that fit two numbers each settle it together", () => {
    const run = new HpackRun();
    const add = (name: string, value: string) => literal(name, value, "incremental");
    const heads = concat(indexed(62 + 7), indexed(62 + 6), indexed(62 + 5), indexed(62 + 4));
    run.decode(concat(add("type", "a"), add("coding", "b"), add("lang", "c"), add("date", "d")));
    run.decode(concat(add("status", "0"), add("message", "OK")));
    run.decode(concat(add("status", "5"), add("message", "bad"), indexed(62 + 7), indexed(62 + 4)));
    const told = run.decode(heads);
    run.decoder.lost();
    // as it stands, or two further back: the failed call's
    expect(run.decode(concat(indexed(62 + 3), indexed(62 + 2)))).toEqual(["~status: ~0", "~message: ~OK"]);
    // as it stands, or six further back: the failed call's, the others lost
    expect(run.decode(heads)).toEqual(told);
    expect(run.decode(indexed(62 + 3))).toEqual(["status: 0"]);
  });

  test("a second loss before that leaves the oldest entries in doubt, and the others are found", () => {
    const run = learned();
    run.decoder.lost();
    run.decode(concat(literal("a", "1", "incremental"), literal("b", "2", "incremental")));
    run.decode(concat(indexed(63), indexed(62), indexed(2)));
    run.decoder.lost();
    expect(run.decode(concat(indexed(64), indexed(63), indexed(2)))).toEqual(["a: 1", "b: 2", ":method: GET"]);
    expect(run.decode(indexed(66))).toEqual(["~te: ~trailers"]);
    expect(run.decode(concat(indexed(100)))).toEqual(["?2: ?2"]);
    expect(run.told).toEqual(["HPACK_ENTRIES_LOST @0", "HPACK_INDEX_UNKNOWN @0"]);
  });

  test("once the older entries are evicted, nothing is in doubt", () => {
    const run = learned();
    run.decoder.lost();
    run.decode(concat(sizeUpdate(0), sizeUpdate(4096), literal("a", "b", "incremental")));
    expect(run.decode(indexed(62))).toEqual(["a: b"]);
  });
});
