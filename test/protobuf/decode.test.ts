/** Valid messages: their JSON, whatever legal form the wire has. */
import { describe, expect, test } from "@jest/globals";
import { codes, decode, schema, sentences } from "./samples.js";
import {
  doubleBits,
  entryField,
  floatBits,
  groupField,
  i32Field,
  i64Field,
  lenField,
  tag,
  textField,
  varint,
  varintField,
} from "./wire-bytes.js";

test("the schemas of these tests have no warnings", () => {
  expect(schema.warnings).toEqual([]);
});

describe("scalars (ProtoJSON, JSON representation)", () => {
  test.each<[string, number[], string]>([
    ["int32, largest", varintField(3, 2147483647), '{"fInt32":2147483647}'],
    ["int32, negative in ten bytes", varintField(3, -3), '{"fInt32":-3}'],
    ["int32, negative cut to five bytes", [...tag(3, 0), ...varint(0xfffffffd)], '{"fInt32":-3}'],
    ["int64, smallest", varintField(4, -(2n ** 63n)), '{"fInt64":"-9223372036854775808"}'],
    ["int64 past 2^53", varintField(4, 2n ** 53n + 1n), '{"fInt64":"9007199254740993"}'],
    ["uint32, largest", varintField(5, 4294967295), '{"fUint32":4294967295}'],
    ["uint64, largest", varintField(6, 2n ** 64n - 1n), '{"fUint64":"18446744073709551615"}'],
    ["sint32, smallest", varintField(7, 4294967295), '{"fSint32":-2147483648}'],
    ["sint64, smallest", varintField(8, 2n ** 64n - 1n), '{"fSint64":"-9223372036854775808"}'],
    ["fixed32", i32Field(9, 0xffffffff), '{"fFixed32":4294967295}'],
    ["fixed64", i64Field(10, 2n ** 64n - 1n), '{"fFixed64":"18446744073709551615"}'],
    ["sfixed32", i32Field(11, -5), '{"fSfixed32":-5}'],
    ["sfixed64", i64Field(12, -5n), '{"fSfixed64":"-5"}'],
    ["bool", varintField(13, 1), '{"fBool":true}'],
    ["double, NaN", i64Field(1, doubleBits(Number.NaN)), '{"fDouble":"NaN"}'],
    ["double, −infinity", i64Field(1, doubleBits(-Infinity)), '{"fDouble":"-Infinity"}'],
    ["double, −0 differs from the default", i64Field(1, doubleBits(-0)), '{"fDouble":-0}'],
    ["double, shortest text", i64Field(1, doubleBits(0.1)), '{"fDouble":0.1}'],
    ["double, six decimals", i64Field(1, doubleBits(-52.520008)), '{"fDouble":-52.520008}'],
    ["double, large", i64Field(1, doubleBits(1e21)), '{"fDouble":1e+21}'],
    ["double, smallest", i64Field(1, doubleBits(5e-324)), '{"fDouble":5e-324}'],
    ["float, shortest text of a float", i32Field(2, floatBits(0.1)), '{"fFloat":0.1}'],
    ["float, largest", i32Field(2, floatBits(3.4028234663852886e38)), '{"fFloat":3.4028235e+38}'],
    ["float, smallest", i32Field(2, floatBits(1.401298464324817e-45)), '{"fFloat":1e-45}'],
    ["float, −0", i32Field(2, floatBits(-0)), '{"fFloat":-0}'],
    ["float, whole", i32Field(2, floatBits(16777216)), '{"fFloat":16777216}'],
    ["bytes", lenField(15, [0xfb, 0xff, 0xfe]), '{"fBytes":"+//+"}'],
    ["string, escapes", textField(14, 'a"\\\n\u0001\u007f é🐶'), '{"fString":"a\\"\\\\\\n\\u0001\u007f é🐶"}'],
    ["enum by its first name", varintField(16, 1), '{"fColor":"RED"}'],
    ["enum, negative", varintField(16, -1), '{"fColor":"NEGATIVE"}'],
    ["a default that is on the wire is left out", varintField(3, 0), "{}"],
  ])("%s", (_, bytes, json) => {
    const decoded = decode("samples.kinds.Scalars", bytes);
    expect(decoded).toEqual({ json, complete: true, problems: [], unknown: [] });
  });

  test("long strings, with what needs an escape at each place near their end, or nothing else", () => {
    const plain = "0123456789abcdef".repeat(300);
    const places = Array.from({ length: 40 }, (_, i) => plain.length - i);
    const texts = ["\u0001", '"', "é", "🐶"].flatMap((special) => [
      special.repeat(5_000),
      ...places.map((at) => plain.slice(0, at) + special + plain.slice(at)),
    ]);
    for (const text of texts) {
      const { json } = decode("samples.kinds.Scalars", textField(14, text));
      expect(json).toBe(JSON.stringify({ fString: text }));
    }
  });

  test("an enum number without a name is shown as the number, and told", () => {
    const decoded = decode("samples.kinds.Scalars", varintField(16, 77));
    expect(decoded.json).toBe('{"fColor":77}');
    expect(decoded.complete).toBe(true);
    expect(sentences(decoded)).toEqual([
      "field 16 (f_color) of samples.kinds.Scalars is 77, which samples.kinds.Color in kinds.proto:39 does not name",
    ]);
  });

  test("a very long string with escapes", () => {
    const text = 'x"\u0000é'.repeat(5000);
    expect(JSON.parse(decode("samples.kinds.Scalars", textField(14, text)).json)).toEqual({ fString: text });
  });
});

describe("fields", () => {
  test("json_name and names with underscores", () => {
    const bytes = [...textField(20, "a"), ...textField(21, "b"), ...textField(536870911, "c")];
    const { json } = decode("samples.kinds.Everything", bytes);
    expect(json).toBe('{"last":"c","@custom \\"name\\"":"a","WeirdName1":"b"}');
  });

  test("the order is that of the declaration, whatever the wire has", () => {
    const bytes = [...textField(536870911, "z"), ...varintField(5, 1), ...lenField(1, varintField(13, 1))];
    expect(decode("samples.kinds.Everything", bytes).json).toBe('{"last":"z","scalars":{"fBool":true},"maybeInt":1}');
  });

  test("proto3 optional: set to the default differs from not set", () => {
    const bytes = [...varintField(5, 0), ...textField(6, ""), ...varintField(7, 0)];
    expect(decode("samples.kinds.Everything", bytes).json).toBe(
      '{"maybeInt":0,"maybeText":"","maybeColor":"COLOR_UNSPECIFIED"}',
    );
  });

  test("packed and unpacked are read both ways (encoding guide, Packed Repeated Fields)", () => {
    const bytes = [
      ...varintField(3, 1),
      ...lenField(3, [2, 3]),
      ...varintField(3, 4),
      ...lenField(5, [5, 6]),
      ...lenField(3, []),
    ];
    expect(decode("samples.kinds.Repeated", bytes).json).toBe('{"fInt32":[1,2,3,4],"fUint32":[5,6]}');
  });

  test("a packed run of nothing is no field", () => {
    expect(decode("samples.kinds.Repeated", lenField(3, [])).json).toBe("{}");
  });

  test("sub-messages are merged, field by field (encoding guide, Last One Wins)", () => {
    const bytes = [...lenField(1, varintField(3, 1)), ...lenField(1, varintField(5, 2)), ...lenField(1, [])];
    const decoded = decode("samples.kinds.Everything", bytes);
    expect(decoded.json).toBe('{"scalars":{"fInt32":1,"fUint32":2}}');
    expect(decoded.complete).toBe(true);
  });

  test("of a scalar the last one counts, and it is told", () => {
    const decoded = decode("AddRequest", [...varintField(1, 1), ...varintField(1, 2), ...varintField(1, 3)]);
    expect(decoded.json).toBe('{"number1":3}');
    expect(decoded.complete).toBe(false);
    expect(decoded.problems.map(({ count, at }) => [count, at])).toEqual([[2, 2]]);
    expect(codes(decoded)).toEqual(["PROTOBUF_FIELD_OVERWRITTEN"]);
  });

  test("of a oneof the last member counts, and it is told", () => {
    const decoded = decode("samples.kinds.Everything", [...varintField(8, 7), ...textField(9, "x")]);
    expect(decoded.json).toBe('{"text":"x"}');
    expect(sentences(decoded)).toEqual([
      "oneof choice of samples.kinds.Everything is on the wire more than once: the last member, 9 (text), counts",
    ]);
  });

  test("a oneof member that is a default, and a NullValue", () => {
    expect(decode("samples.kinds.Everything", varintField(8, 0)).json).toBe('{"number":0}');
    expect(decode("samples.kinds.Everything", varintField(11, 0)).json).toBe('{"nothing":null}');
  });

  test.each<[string, number[], string, boolean]>([
    [
      "entries",
      [
        ...entryField(30, textField(1, "b"), varintField(2, 1)),
        ...entryField(30, textField(1, "a"), varintField(2, 2)),
      ],
      '{"byText":{"b":1,"a":2}}',
      true,
    ],
    ["key and value left out", entryField(30), '{"byText":{"":0}}', true],
    ["value left out, a message", entryField(31, varintField(1, 5)), '{"byInt":{"5":{}}}', true],
    ["value in front of the key", entryField(30, varintField(2, 3), textField(1, "k")), '{"byText":{"k":3}}', true],
    ["key types: bool", entryField(32, varintField(1, 1), lenField(2, [1])), '{"byBool":{"true":"AQ=="}}', true],
    ["key types: sint64", entryField(33, varintField(1, 3), varintField(2, 2)), '{"bySint":{"-2":"GREEN"}}', true],
    [
      "key types: fixed64",
      entryField(34, i64Field(1, 2n ** 63n), i64Field(2, doubleBits(0.5))),
      '{"byFixed":{"9223372036854775808":0.5}}',
      true,
    ],
    [
      "the last of two equal keys",
      [
        ...entryField(30, textField(1, "k"), varintField(2, 1)),
        ...entryField(30, textField(1, "k"), varintField(2, 2)),
      ],
      '{"byText":{"k":2}}',
      false,
    ],
  ])("maps: %s", (_, bytes, json, complete) => {
    const decoded = decode("samples.kinds.Everything", bytes);
    expect(decoded.json).toBe(json);
    expect(decoded.complete).toBe(complete);
    expect(codes(decoded)).toEqual(complete ? [] : ["PROTOBUF_MAP_KEY_OVERWRITTEN"]);
  });

  test("maps: many keys, and one of them twice", () => {
    const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`);
    const bytes = keys.flatMap((key, i) => entryField(30, textField(1, key), varintField(2, i + 1)));
    const decoded = decode("samples.kinds.Everything", bytes);
    expect(Object.keys(JSON.parse(decoded.json).byText)).toEqual(keys);
    const again = decode("samples.kinds.Everything", [
      ...bytes,
      ...entryField(30, textField(1, "key 50"), varintField(2, 7)),
    ]);
    expect(JSON.parse(again.json).byText["key 50"]).toBe(7);
    expect(codes(again)).toEqual(["PROTOBUF_MAP_KEY_OVERWRITTEN"]);
  });

  test("--emit-defaults: what has no presence is written, what has is not", () => {
    const { json } = decode("samples.legacy.Record", textField(1, "x"), { emitDefaults: true });
    expect(json).toBe(
      '{"id":"x","unpacked":[],"packed":[],"levels":[],"item":[],"byName":{},"[samples.legacy.more_levels]":[]}',
    );
    expect(decode("AddRequest", varintField(2, 5), { emitDefaults: true }).json).toBe('{"number1":0,"number2":5}');
  });
});

describe("proto2 and editions", () => {
  test("groups, extensions, and a required field that is missing", () => {
    const item = groupField(12, [...textField(1, "i"), ...groupField(2, varintField(1, 1))]);
    const bytes = [
      ...item,
      ...item,
      ...varintField(100, 5),
      ...lenField(101, textField(1, "in")),
      ...lenField(102, [1, 2]),
    ];
    const decoded = decode("samples.legacy.Record", [
      ...bytes,
      ...groupField(103, i64Field(1, 9n)),
      ...varintField(15, 0),
    ]);
    expect(JSON.parse(decoded.json)).toEqual({
      item: [
        { name: "i", deep: { depth: -1 } },
        { name: "i", deep: { depth: -1 } },
      ],
      boxed: false,
      "[samples.legacy.tag_number]": 5,
      "[samples.legacy.Record.inner]": { id: "in" },
      "[samples.legacy.more_levels]": ["LOW", "MIDDLE"],
      "[samples.legacy.attached]": { value: "9" },
    });
    expect(decoded.complete).toBe(true);
    expect(sentences(decoded)).toEqual([
      "required field 1 (id) of samples.legacy.Record (legacy.proto:13) is not on the wire",
    ]);
  });

  test("a closed enum keeps numbers it does not name among the unknown fields", () => {
    const bytes = [
      ...textField(1, "x"),
      ...varintField(3, 9),
      ...varintField(11, 1),
      ...varintField(11, 8),
      ...lenField(11, [2, 7]),
    ];
    const decoded = decode("samples.legacy.Record", bytes);
    expect(decoded.json).toBe('{"id":"x","levels":["LOW","MIDDLE"]}');
    expect(decoded.complete).toBe(false);
    expect(decoded.unknown.map(({ number, readings }) => [number, readings[0].value])).toEqual([
      [3, "9"],
      [11, "8"],
      [11, "7"],
    ]);
    expect(decoded.problems.map(({ code, count }) => [code, count])).toEqual([
      ["PROTOBUF_ENUM_UNKNOWN", 1],
      ["PROTOBUF_ENUM_UNKNOWN", 2],
    ]);
  });

  test("edition 2023: presence, packing, delimited messages and closed enums by features", () => {
    const bytes = [
      ...varintField(1, 0),
      ...varintField(2, 0),
      ...textField(3, "r"),
      ...lenField(6, varintField(1, 1)),
      ...groupField(7, varintField(1, 2)),
      ...varintField(8, 9),
      ...varintField(9, 1),
      ...lenField(10, [5, 6]),
    ];
    const decoded = decode("samples.edition.Thing", bytes);
    expect(JSON.parse(decoded.json)).toEqual({
      explicit: 0,
      required: "r",
      prefixed: { size: 1 },
      delimited: { size: 2 },
      open: 9,
      many: ["CLOSED_FIVE", "CLOSED_SIX"],
    });
    expect(decoded.unknown.map(({ number }) => number)).toEqual([9]);
  });
});
