import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseHex } from "../../src/bytes/hex.js";
import type { RepresentationView } from "../../src/hpack/representation.js";
import { ascii, block, concat, indexed, literal, sizeUpdate, string } from "../support/frames.js";
import { HpackRun } from "../support/hpack-log.js";
import { encodeHuffman, huffmanString } from "../support/huffman.js";

const AB = literal("a", "b", "incremental"); // an entry of 34 bytes

describe("what breaks the RFC is told, and decoding goes on", () => {
  test.each<[string, Uint8Array, string[], string[]]>([
    ["§6.1 index 0", concat([0x80], indexed(2)), [":method: GET"], ["HPACK_INDEX_INVALID @0"]],
    [
      "§2.3.3 index behind both tables",
      concat(AB, indexed(63), indexed(62)),
      ["a: b", "a: b"],
      ["HPACK_INDEX_INVALID @5"],
    ],
    [
      "§2.3.3 a literal's name behind both tables",
      concat(literal(70, "v"), indexed(2)),
      ["?1: v", ":method: GET"],
      ["HPACK_INDEX_INVALID @0"],
    ],
    [
      "§2.3.3 such a literal still takes its place in the table",
      concat(AB, literal(70, "v", "incremental"), indexed(63)),
      ["a: b", "?1: v", "a: b"],
      ["HPACK_INDEX_INVALID @5"],
    ],
    [
      "§5.1 an index beyond 2^32 - 1",
      concat(parseHex("ff ff ff ff ff ff ff ff ff 0f"), indexed(2)),
      [":method: GET"],
      ["HPACK_INTEGER_OVERFLOW @0", "HPACK_INDEX_INVALID @0"],
    ],
    [
      "§5.1 zeros without end behind an integer",
      concat([0xff], new Uint8Array(400).fill(0x80), [0], indexed(2)),
      [":method: GET"],
      ["HPACK_INDEX_INVALID @0"],
    ],
    [
      "§5.1 a string length beyond 2^32 - 1",
      concat([0], string("n"), parseHex("7f ff ff ff ff ff 0f")),
      [],
      ["HPACK_BLOCK_TRUNCATED @0"],
    ],
    [
      "§5.2 EOS inside a string",
      concat([0x40], string("n"), [0x85], encodeHuffman([0x61, 256]).subarray(0, 5), indexed(62)),
      ["n: a", "n: a"],
      ["HPACK_HUFFMAN_INVALID @4"],
    ],
    [
      "§5.2 padding that is not all ones",
      concat([0x40], string("n"), [0x81, 0x18], indexed(62)),
      ["n: a", "n: a"],
      ["HPACK_HUFFMAN_INVALID @4"],
    ],
    ["a block that ends in an index", concat(indexed(2), [0xff, 0x80]), [":method: GET"], ["HPACK_BLOCK_TRUNCATED @1"]],
    [
      "a block that ends in a name",
      concat(indexed(2), [0x40, 3, 0x61]),
      [":method: GET"],
      ["HPACK_BLOCK_TRUNCATED @1"],
    ],
    ["a block that ends before a value", concat([0x40], string("n")), [], ["HPACK_BLOCK_TRUNCATED @0"]],
    ["a block that ends in a size update", Uint8Array.of(0x3f, 0x80), [], ["HPACK_BLOCK_TRUNCATED @0"]],
    [
      "§4.2 a size update behind a field",
      concat(indexed(2), sizeUpdate(100)),
      [":method: GET"],
      ["HPACK_SIZE_UPDATE_LATE @1"],
    ],
    [
      "§6.3 a size update above what SETTINGS allows",
      concat(sizeUpdate(4097), indexed(2)),
      [":method: GET"],
      ["HPACK_SIZE_UPDATE_TOO_LARGE @0"],
    ],
    [
      "§4.2 more than two size updates",
      concat(sizeUpdate(1), sizeUpdate(2), sizeUpdate(3), sizeUpdate(4)),
      [],
      ["HPACK_SIZE_UPDATES_MANY @2"],
    ],
  ])("%s", (_name, bytes, fields, told) => {
    const run = new HpackRun();
    expect(run.decode(bytes)).toEqual(fields);
    expect(run.told).toEqual(told);
  });

  test("RFC 9113 §4.3.1: a size update that is due and does not come is told once", () => {
    const run = new HpackRun();
    run.decoder.setAllowedSize(100);
    run.decode(indexed(2));
    run.decode(indexed(2));
    expect(run.told).toEqual(["HPACK_SIZE_UPDATE_MISSING @0"]);
  });

  test("RFC 9113 §4.3.1: a limit above the table's size asks for nothing", () => {
    const run = new HpackRun();
    run.decoder.setAllowedSize(10_000);
    run.decode(indexed(2));
    run.decode(concat(sizeUpdate(10_000), indexed(2)));
    expect(run.told).toEqual([]);
  });
});

describe("the dynamic table", () => {
  test("§4.4 evicts the oldest entries until the new one fits", () => {
    const run = new HpackRun();
    run.decode(concat(sizeUpdate(102), AB, literal("c", "d", "incremental"), literal("e", "f", "incremental")));
    expect(run.table()).toEqual(["e: f (34)", "c: d (34)", "a: b (34)"]);
    run.decode(literal("g", "hi", "incremental"));
    expect(run.table()).toEqual(["g: hi (35)", "e: f (34)"]);
  });

  test("§4.4 an entry larger than the table empties it, and is told as a field", () => {
    const run = new HpackRun();
    expect(run.decode(concat(sizeUpdate(60), AB, literal("n", "x".repeat(40), "incremental")))).toHaveLength(2);
    expect(run.table()).toEqual([]);
    expect(run.told).toEqual([]);
  });

  test("§4.4 a new entry may take its name from the entry that it evicts", () => {
    const run = new HpackRun();
    run.decode(concat(sizeUpdate(40), literal("name", "one", "incremental")));
    expect(run.decode(literal(62, "two", "incremental"))).toEqual(["name: two"]);
    expect(run.table()).toEqual(["name: two (39)"]);
  });

  test("§4.3 a smaller size evicts at once, also when a larger one follows", () => {
    const run = new HpackRun();
    run.decode(concat(AB, literal("c", "d", "incremental")));
    run.decode(concat(sizeUpdate(40), sizeUpdate(4096)));
    expect(run.table()).toEqual(["c: d (34)"]);
    run.decode(concat(sizeUpdate(0), sizeUpdate(4096)));
    expect(run.table()).toEqual([]);
    expect(run.told).toEqual([]);
  });

  test("§2.3.2 takes the same field twice", () => {
    const run = new HpackRun();
    run.decode(concat(AB, AB));
    expect(run.table()).toEqual(["a: b (34)", "a: b (34)"]);
  });

  test("§4.1 counts bytes, not characters", () => {
    const run = new HpackRun();
    run.decode(literal("n", "grüße €", "incremental"));
    expect(run.decoder.table.size).toBe(1 + 11 + 32);
  });

  test("fields of an entry are one object for as long as it lives", () => {
    const { decoder } = new HpackRun();
    const [first] = decoder.decode(AB, 0, AB.length);
    const [second] = decoder.decode(indexed(62), 0, 1);
    expect(second).toBe(first);
  });

  test("matches a list of entries under any insertions, updates and references", () => {
    const step = fc.oneof(
      fc.record({ insert: fc.stringMatching(/^[a-z]{1,60}$/) }),
      fc.record({ resize: fc.integer({ min: 0, max: 300 }) }),
      fc.record({ index: fc.integer({ min: 0, max: 9 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const run = new HpackRun();
        let model: string[] = [];
        let max = 4096;
        for (const one of steps) {
          if ("insert" in one) {
            run.decode(literal("n", one.insert, "incremental"));
            model.unshift(one.insert);
          } else if ("resize" in one) {
            run.decode(sizeUpdate((max = one.resize)));
          } else {
            const expected = one.index < model.length ? [`n: ${model[one.index]}`] : [];
            expect(run.decode(indexed(62 + one.index))).toEqual(expected);
          }
          while (model.reduce((sum, value) => sum + 33 + value.length, 0) > max) model = model.slice(0, -1);
          expect(run.table()).toEqual(model.map((value) => `n: ${value} (${33 + value.length})`));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("values", () => {
  test("that are no UTF-8 are kept as bytes", () => {
    const { decoder } = new HpackRun();
    for (const coded of [string(Uint8Array.of(0xff, 0xfe)), huffmanString(Uint8Array.of(0xff, 0xfe))]) {
      const bytes = concat([0], string("n"), coded);
      const [field] = decoder.decode(bytes, 0, bytes.length);
      bytes.fill(0);
      expect(field).toMatchObject({ name: "n", value: "ÿþ", valueBytes: Uint8Array.of(0xff, 0xfe) });
    }
  });

  test("of any text come out, coded or not", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 100 });
    fc.assert(
      fc.property(text, fc.boolean(), (value, huffman) => {
        const bytes = new TextEncoder().encode(value);
        const run = new HpackRun();
        expect(run.decode(concat([0], string("n"), huffman ? huffmanString(bytes) : string(bytes)))).toEqual([
          `n: ${value}`,
        ]);
      }),
    );
  });
});

describe("limits", () => {
  test("maxHeaderFields ends the emission; the table stays in step", () => {
    const run = new HpackRun({}, { maxHeaderFields: 2 });
    const bytes = concat(indexed(2), indexed(2), indexed(2), AB);
    expect(run.decode(bytes)).toEqual([":method: GET", ":method: GET"]);
    expect(run.decoder.complete).toBe(false);
    expect(run.decode(indexed(62))).toEqual(["a: b"]);
    expect(run.decoder.complete).toBe(true);
    expect(run.told).toEqual(["HPACK_FIELDS_LIMIT"]);
  });

  test("an HPACK bomb, one byte a field of 4,000, stops at maxHeaderBlockBytes", () => {
    const run = new HpackRun({}, { maxHeaderBlockBytes: 20_000 });
    const bomb = concat(literal("n", "x".repeat(4000), "incremental"), new Uint8Array(10_000).fill(0xbe));
    expect(run.decode(bomb)).toHaveLength(4);
    expect(run.told).toEqual(["HPACK_FIELDS_LIMIT"]);
  });

  test("maxHpackTableBytes bounds the table, whatever SETTINGS allows", () => {
    const run = new HpackRun({}, { maxHpackTableBytes: 100 });
    run.decoder.setAllowedSize(1 << 20);
    run.decode(concat(sizeUpdate(1 << 20), AB, AB, AB));
    expect(run.decoder.table.size).toBe(68);
    expect(run.told).toEqual(["HPACK_TABLE_LIMIT @0"]);
  });
});

describe("a block given in parts", () => {
  const bytes = concat(AB, literal("name", "x".repeat(50), "incremental"), indexed(63), literal(62, "y"), indexed(2));

  test("decodes as it does whole, wherever it is cut", () => {
    const whole = new HpackRun();
    const fields = whole.decode(bytes);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const run = new HpackRun();
      run.decoder.begin(0);
      const rest = run.decoder.part(bytes, 0, cut);
      expect(rest).toBeLessThanOrEqual(cut);
      const decoded = run.decoder.end(bytes, rest, bytes.length);
      expect(decoded.map(({ name, value }) => `${name}: ${value}`)).toEqual(fields);
      expect(run.table()).toEqual(whole.table());
    }
  });

  test.each([
    ["a value, not indexed", concat([0], string("n"), string("x".repeat(300))), ["a: b (34)"]],
    ["a value that empties the table", concat([0x40], string("n"), string("x".repeat(5000))), []],
    [
      "a value that still fits the table",
      concat([0x40], string("n"), string("x".repeat(300))),
      ["?1: ?1 (333)", "a: b (34)"],
    ],
    ["a name", concat([0x40], string("x".repeat(300)), string("v")), ["?1: ?1 (333)", "a: b (34)"]],
    ["a value with an indexed name", concat([0x40 + 32], string("x".repeat(300))), ["cookie: ?1 (332)", "a: b (34)"]],
    [
      "a Huffman-coded value",
      concat([0x40], string("n"), huffmanString(ascii("x".repeat(8000)))),
      ["?1: ?1 (1899)", "a: b (34)"],
    ],
  ])("passes over %s that is too long to be held", (_name, long, table) => {
    for (const size of [5, 20, 100]) {
      const run = new HpackRun();
      const { decoder } = run;
      decoder.decode(AB, 0, AB.length);
      decoder.begin(0);
      const passed = decoder.passLong(long, 0, size);
      const tail = concat(long.subarray(passed), indexed(2));
      let at = 0;
      for (let end = size - passed; end < tail.length; end += 7) at = decoder.part(tail, at, end);
      const fields = decoder.end(tail, at, tail.length);
      expect(fields.map(({ name }) => name)).toEqual([":method"]);
      expect(decoder.complete).toBe(false);
      expect(run.table()).toEqual(table);
      expect(run.told).toEqual([]);
    }
  });
});

test("an integer without end is no literal that could be passed over", () => {
  for (const first of [0x7f, 0x0f, 0xff, 0x3f]) {
    const { decoder } = new HpackRun();
    decoder.begin(0);
    const endless = concat([first], new Uint8Array(100).fill(0x80));
    expect(decoder.part(endless, 0, endless.length)).toBe(0);
    expect(decoder.passLong(endless, 0, endless.length)).toBe(-1);
  }
});

describe("explained", () => {
  test("every representation has its place, and every byte belongs to one", () => {
    const views: RepresentationView[] = [];
    const trace = { representation: (view: RepresentationView) => void views.push({ ...view }) };
    const run = new HpackRun({ trace });
    const first = concat(sizeUpdate(200), AB, indexed(2));
    const second = concat(indexed(62), literal(62, "v"), [0x10], string("n"), huffmanString(ascii("secret")));
    run.decoder.decode(first, 0, first.length, 1000);
    run.decoder.decode(second, 0, second.length, 2000);
    expect(views.map(({ kind, start, end, index, origin }) => ({ kind, start, end, index, origin }))).toEqual([
      { kind: "size update", start: 0, end: 3, index: 200, origin: -1 },
      { kind: "incremental", start: 3, end: 8, index: 0, origin: -1 },
      { kind: "indexed", start: 8, end: 9, index: 2, origin: -1 },
      { kind: "indexed", start: 0, end: 1, index: 62, origin: 1000 },
      { kind: "without", start: 1, end: 5, index: 62, origin: 1000 },
      { kind: "never", start: 5, end: second.length, index: 0, origin: -1 },
    ]);
    expect(views[1]).toMatchObject({ nameStart: 5, nameEnd: 6, nameHuffman: false, valueStart: 7, valueEnd: 8 });
    expect(views[4]).toMatchObject({ nameStart: -1, nameEnd: -1, valueStart: 4, valueEnd: 5, valueHuffman: false });
    expect(views[5]).toMatchObject({ nameStart: 7, nameEnd: 8, valueEnd: second.length, valueHuffman: true });
  });

  test("names that come as literals are told with their place", () => {
    const names: string[] = [];
    const run = new HpackRun({ newName: (name, at) => names.push(`${name} @${at}`) });
    run.decode(concat(indexed(2), block(["one", "1"]), literal(32, "2"), block(["two", "2"])));
    expect(names).toEqual(["one @1", "two @12"]);
  });
});
