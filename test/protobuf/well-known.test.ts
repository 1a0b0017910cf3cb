/** The JSON of google.protobuf's well-known types. */
import { describe, expect, test } from "@jest/globals";
import type { Schema } from "../../src/protobuf/schema.js";
import { codes, decode } from "./samples.js";
import {
  doubleBits,
  entryField,
  floatBits,
  i32Field,
  i64Field,
  lenField,
  textField,
  varintField,
} from "./wire-bytes.js";

describe("well-known types (ProtoJSON)", () => {
  const time = (seconds: number | bigint, nanos = 0) => [
    ...varintField(1, seconds),
    ...(nanos ? varintField(2, nanos) : []),
  ];
  const value = {
    null: varintField(1, 0),
    number: i64Field(2, doubleBits(1.5)),
    text: textField(3, "t"),
    yes: varintField(4, 1),
  };
  const structOf = (key: string, held: number[]) => entryField(1, textField(1, key), lenField(2, held));

  test.each<[string, number, number[], unknown]>([
    ["Timestamp", 2, time(1709251199), "2024-02-29T23:59:59Z"],
    ["Timestamp, milliseconds", 2, time(0, 120_000_000), "1970-01-01T00:00:00.120Z"],
    ["Timestamp, microseconds, before 1970", 2, time(-1, 1_000), "1969-12-31T23:59:59.000001Z"],
    ["Timestamp, nanoseconds, first", 2, time(-62_135_596_800, 1), "0001-01-01T00:00:00.000000001Z"],
    ["Timestamp, last", 2, time(253_402_300_799, 999_999_999), "9999-12-31T23:59:59.999999999Z"],
    ["Timestamp, empty", 2, [], "1970-01-01T00:00:00Z"],
    ["Duration", 3, time(1, 340_012), "1.000340012s"],
    ["Duration, negative", 3, time(-3, -500_000_000), "-3.500s"],
    ["Duration, less than a second below 0", 3, time(0, -1), "-0.000000001s"],
    ["Duration, longest", 3, time(315_576_000_000), "315576000000s"],
    ["FieldMask", 4, [...textField(1, "a_field.sub_name"), ...textField(1, "b")], "aField.subName,b"],
    ["FieldMask, empty", 4, [], ""],
    [
      "Struct",
      5,
      [...structOf("n", value.null), ...structOf("x", lenField(5, structOf("t", value.text)))],
      { n: null, x: { t: "t" } },
    ],
    ["Struct, empty", 5, [], {}],
    ["Value, number", 6, value.number, 1.5],
    ["Value, null", 6, value.null, null],
    ["Value, without a kind", 6, [], null],
    ["Value, empty list", 6, lenField(6, []), []],
    ["ListValue", 7, [...lenField(1, value.yes), ...lenField(1, lenField(6, lenField(1, value.text)))], [true, ["t"]]],
    ["Empty", 8, [], {}],
    ["DoubleValue", 9, i64Field(1, doubleBits(Number.NaN)), "NaN"],
    ["FloatValue", 10, i32Field(1, floatBits(0.1)), 0.1],
    ["Int64Value", 11, varintField(1, -5), "-5"],
    ["UInt64Value, empty", 12, [], "0"],
    ["Int32Value", 13, varintField(1, -5), -5],
    ["UInt32Value, 0 on the wire", 14, varintField(1, 0), 0],
    ["BoolValue, empty", 15, [], false],
    ["StringValue", 16, textField(1, "ü"), "ü"],
    ["BytesValue", 17, lenField(1, [1, 2]), "AQI="],
  ])("%s", (_, number, bytes, json) => {
    const decoded = decode("samples.kinds.WellKnown", lenField(number, bytes));
    expect(Object.values(JSON.parse(decoded.json))).toEqual([json]);
    expect(decoded.complete).toBe(true);
    expect(decoded.problems).toEqual([]);
  });

  test.each<[string, number, number[], unknown]>([
    ["Timestamp before year 1", 2, time(-62_135_596_801), { seconds: "-62135596801" }],
    ["Timestamp after 9999", 2, time(253_402_300_800), { seconds: "253402300800" }],
    ["Timestamp with negative nanos", 2, time(5, -1), { seconds: "5", nanos: -1 }],
    ["Timestamp with a whole second of nanos", 2, time(5, 1_000_000_000), { seconds: "5", nanos: 1_000_000_000 }],
    ["Timestamp past 2^53", 2, time(2n ** 62n), { seconds: "4611686018427387904" }],
    ["Duration too long", 3, time(315_576_000_001), { seconds: "315576000001" }],
    ["Duration of mixed signs", 3, time(1, -1), { seconds: "1", nanos: -1 }],
    ["FieldMask that does not come back", 4, textField(1, "camelCase"), { paths: ["camelCase"] }],
  ])("%s is shown as its numbers, and told", (_, number, bytes, json) => {
    const decoded = decode("samples.kinds.WellKnown", lenField(number, bytes));
    expect(Object.values(JSON.parse(decoded.json))).toEqual([json]);
    expect(codes(decoded)).toEqual(["PROTOBUF_WELL_KNOWN_RANGE"]);
  });

  const any = (url: string, held: number[]) => lenField(1, [...textField(1, url), ...lenField(2, held)]);

  test.each<[string, number[], unknown]>([
    [
      "a known type",
      any("type.googleapis.com/AddRequest", varintField(1, 5)),
      { "@type": "type.googleapis.com/AddRequest", number1: 5 },
    ],
    ["a known type, empty", any("x/AddRequest", []), { "@type": "x/AddRequest" }],
    ["a known type without a value", lenField(1, textField(1, "x/AddRequest")), { "@type": "x/AddRequest" }],
    [
      "a well-known type",
      any("x/google.protobuf.Duration", time(1)),
      { "@type": "x/google.protobuf.Duration", value: "1s" },
    ],
    ["Empty", any("x/google.protobuf.Empty", []), { "@type": "x/google.protobuf.Empty" }],
    [
      "an Any",
      any("x/google.protobuf.Any", any("x/AddRequest", varintField(2, 1)).slice(2)),
      { "@type": "x/google.protobuf.Any", value: { "@type": "x/AddRequest", number2: 1 } },
    ],
    [
      "a type that is always there",
      any("x/google.rpc.BadRequest.FieldViolation", textField(1, "f")),
      { "@type": "x/google.rpc.BadRequest.FieldViolation", field: "f" },
    ],
    ["nothing", lenField(1, []), {}],
  ])("Any of %s", (_, bytes, json) => {
    const decoded = decode("samples.kinds.WellKnown", bytes);
    expect(JSON.parse(decoded.json)).toEqual({ any: json });
    expect(decoded.problems).toEqual([]);
    expect(decoded.complete).toBe(true);
  });

  test("Any of an unknown type: @type and the bytes", () => {
    const decoded = decode("samples.kinds.WellKnown", any("x/not.Known", [1, 2]));
    expect(decoded.json).toBe('{"any":{"@type":"x/not.Known","value":"AQI="}}');
    expect(codes(decoded)).toEqual(["PROTOBUF_ANY_UNKNOWN"]);
    expect(decoded.complete).toBe(true);
    const blind = decode("samples.kinds.WellKnown", any("x/AddRequest", [8, 1]), { schema: null as unknown as Schema });
    expect(blind.json).toBe('{"any":{"@type":"x/AddRequest","value":"CAE="}}');
  });

  test("Any with damage inside: what stood before it, and the place", () => {
    const decoded = decode("samples.kinds.WellKnown", any("x/AddRequest", [8, 1, 16]));
    expect(decoded.json).toBe('{"any":{"@type":"x/AddRequest","number1":1}}');
    expect(decoded.complete).toBe(false);
    expect(decoded.problems[0].at).toBe(2 + textField(1, "x/AddRequest").length + 2 + 2);
  });
});
