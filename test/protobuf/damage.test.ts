/** What does not fit the schema or the wire format: the rest is decoded, and what is wrong is told with its place. */
import { describe, expect, test } from "@jest/globals";
import { LIMITS } from "../../src/limits.js";
import { codes, decode, sentences } from "./samples.js";
import { lenField, tag, textField, varintField } from "./wire-bytes.js";

describe("what does not fit the schema", () => {
  test("an unknown field is kept with its readings", () => {
    const decoded = decode("samples.kinds.Everything", lenField(1, [...varintField(3, 1), ...varintField(99, 7)]));
    expect(decoded.json).toBe('{"scalars":{"fInt32":1}}');
    expect(decoded.complete).toBe(false);
    expect(sentences(decoded)).toEqual([
      "field 99 of samples.kinds.Scalars (varint on the wire) is not in kinds.proto:23",
    ]);
    expect(decoded.unknown).toEqual([
      {
        number: 99,
        wireType: "varint",
        at: 4,
        size: 3,
        readings: [
          { as: "uint64", value: "7" },
          { as: "sint64", value: "-4" },
        ],
        in: "samples.kinds.Scalars",
      },
    ]);
  });

  test("another wire type is told with the place of the declaration", () => {
    const decoded = decode("AddRequest", [...textField(1, "seven"), ...varintField(2, 8)]);
    expect(decoded.json).toBe('{"number2":8}');
    expect(sentences(decoded)).toEqual([
      "field 1 (number1) of AddRequest is len on the wire, int32 in SimpleCal.proto:4",
    ]);
    expect(decoded.unknown[0].readings[0]).toEqual({ as: "string", value: "seven" });
  });

  test("a value that the type does not hold is cut as parsers cut it, and told", () => {
    const decoded = decode("AddRequest", varintField(1, 2n ** 32n + 5n));
    expect(decoded.json).toBe('{"number1":5}');
    expect(sentences(decoded)).toEqual([
      "field 1 (number1) of AddRequest is 4294967301 on the wire, more than int32 in SimpleCal.proto:4 holds",
    ]);
    expect(decode("samples.kinds.Scalars", varintField(13, 2)).json).toBe('{"fBool":true}');
    expect(codes(decode("samples.kinds.Scalars", varintField(13, 2)))).toEqual(["PROTOBUF_VALUE_CUT"]);
  });

  test("a string that is no UTF-8", () => {
    const decoded = decode("samples.kinds.Scalars", lenField(14, [0x61, 0xff, 0x62]));
    expect(decoded.json).toBe('{"fString":"a\ufffdb"}');
    expect(decoded.complete).toBe(false);
    expect(codes(decoded)).toEqual(["PROTOBUF_UTF8_INVALID"]);
  });

  test.each<[string, number[]]>([
    ["overlong", [0xc0, 0x80]],
    ["overlong in three bytes", [0xe0, 0x9f, 0xbf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["past U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["cut", [0xe2, 0x82]],
    ["a lone continuation", [0x80]],
  ])("UTF-8 as RFC 3629 §4 has it: %s is refused", (_, bytes) => {
    expect(codes(decode("samples.kinds.Scalars", lenField(14, bytes)))).toEqual(["PROTOBUF_UTF8_INVALID"]);
  });
});

describe("damage", () => {
  test.each<[string, number[], number, string]>([
    ["a varint without an end", [0x08, 0x80], 0, "the varint does not end within the message"],
    ["a varint of eleven bytes", [0x08, ...Array(10).fill(0xff), 1], 0, "the varint is longer than 10 bytes"],
    ["a varint with bits above 64", [0x08, ...Array(9).fill(0xff), 2], 0, "the varint is longer than 10 bytes"],
    ["a tag above 32 bits", [0x88, 0x80, 0x80, 0x80, 0x80, 0x01, 0], 0, "a tag does not fit 32 bits"],
    ["field number 0", [0x00, 0x01], 0, "field number 0 is not allowed"],
    ["wire type 6", [0x0e], 0, "wire type 6 or 7 does not exist"],
    ["wire type 7", [0x0f], 0, "wire type 6 or 7 does not exist"],
    ["an i32 cut short", [0x1d, 1, 2, 3], 0, "a fixed-size value reaches beyond the end"],
    ["an i64 cut short", [0x19, 1, 2, 3, 4, 5, 6, 7], 0, "a fixed-size value reaches beyond the end"],
    ["a length beyond the end", [0x1a, 5, 1], 0, "a length reaches beyond the end"],
    ["a length beyond 32 bits", [0x1a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], 0, "a length reaches beyond the end"],
    ["a group without an end", [0x1b, 0x08, 0x01], 0, "a group does not end within the message"],
    ["a group that ends as another", [0x1b, 0x24], 0, "a group ends that did not begin"],
    ["a group's end alone", [0x1c], 0, "a group ends that did not begin"],
  ])("%s", (_, damage, offset, reason) => {
    const front = varintField(2, 5);
    const decoded = decode("AddRequest", [...front, ...damage]);
    expect(decoded.json).toBe('{"number2":5}');
    expect(decoded.complete).toBe(false);
    const at = front.length + offset;
    expect(decoded.problems).toEqual([
      {
        code: "PROTOBUF_MALFORMED",
        values: { type: "AddRequest", at, size: front.length + damage.length, reason },
        at,
        count: 1,
      },
    ]);
  });

  test("decoding goes on behind a damaged sub-message", () => {
    const decoded = decode("samples.kinds.Everything", [
      ...lenField(1, [...varintField(3, 1), 0x0f]),
      ...varintField(5, 2),
    ]);
    expect(decoded.json).toBe('{"scalars":{"fInt32":1},"maybeInt":2}');
    expect(codes(decoded)).toEqual(["PROTOBUF_MALFORMED"]);
  });

  test("a packed run that ends inside a value keeps the values before", () => {
    const decoded = decode("samples.kinds.Repeated", [...lenField(3, [1, 2, 0x80]), ...lenField(13, [1])]);
    expect(decoded.json).toBe('{"fInt32":[1,2],"fBool":[true]}');
    expect(decoded.complete).toBe(false);
  });

  test("damage in a declared group ends the message around it", () => {
    const bytes = [...textField(1, "x"), ...tag(12, 3), ...textField(1, "i"), 0x0f, ...varintField(2, 1)];
    const decoded = decode("samples.legacy.Record", bytes);
    expect(decoded.json).toBe('{"id":"x","item":[{"name":"i"}]}');
  });
});

describe("limits", () => {
  const nested = (depth: number): number[] => (depth === 0 ? varintField(5, 1) : lenField(3, nested(depth - 1)));

  test("100 messages may lie in each other; what lies deeper stays raw, and the rest is read", () => {
    const fits = decode("samples.kinds.Everything", nested(100));
    expect(fits.complete).toBe(true);
    const decoded = decode("samples.kinds.Everything", [...nested(101), ...varintField(5, 3)]);
    expect(JSON.parse(decoded.json).maybeInt).toBe(3);
    expect(decoded.complete).toBe(false);
    expect(sentences(decoded)).toEqual([
      "samples.kinds.Everything lies more than 100 messages deep: it is not decoded",
    ]);
    expect(decoded.unknown).toHaveLength(1);
  });

  test("maxProtobufFields", () => {
    const limits = { ...LIMITS, maxProtobufFields: 4 };
    const decoded = decode("samples.kinds.Repeated", lenField(3, [1, 2, 3, 4, 5]), { limits });
    expect(decoded.json).toBe('{"fInt32":[1,2,3]}');
    expect(codes(decoded)).toEqual(["PROTOBUF_TOO_MANY_FIELDS"]);
    expect(decoded.complete).toBe(false);
  });

  test("groups in each other take no stack", () => {
    const depth = 100_000;
    const bytes = [...Array(depth).fill(0x3b), ...Array(depth).fill(0x3c)];
    expect(decode("AddRequest", bytes).unknown).toHaveLength(1);
  });
});
