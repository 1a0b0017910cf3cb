/** Messages read without a schema: which readings are offered, and which comes first. */
import { describe, expect, test } from "@jest/globals";
import { LIMITS } from "../../src/limits.js";
import { type FieldReading, readFields } from "../../src/protobuf/field-reading.js";
import {
  doubleBits,
  floatBits,
  groupField,
  i32Field,
  i64Field,
  lenField,
  textField,
  varintField,
} from "./wire-bytes.js";

const read = (bytes: number[], limits = LIMITS) => readFields(Uint8Array.from(bytes), 0, bytes.length, limits);

/** The readings of the only field as `as: value` pairs, in their order. */
function readings(bytes: number[]): [string, unknown][] {
  const { fields, complete } = read(bytes);
  expect(complete).toBe(true);
  expect(fields).toHaveLength(1);
  return fields[0].readings.map(({ as, value }) => [as, value]);
}

const nested = (value: unknown) =>
  (value as FieldReading[]).map(({ number, readings: [first] }) => [number, first.value]);

describe("readings (encoding guide)", () => {
  test("varint: zigzag, and bool where it may be one", () => {
    expect(readings(varintField(1, 150))).toEqual([
      ["uint64", "150"],
      ["sint64", "75"],
    ]);
    expect(readings(varintField(1, 1))).toEqual([
      ["uint64", "1"],
      ["sint64", "-1"],
      ["bool", true],
    ]);
  });

  test("varint: −3 shows as −3", () => {
    expect(readings(varintField(1, -3))[0]).toEqual(["int64", "-3"]);
  });

  test("i32 and i64: the number that people write comes first", () => {
    expect(readings(i32Field(1, floatBits(1.5)))[0]).toEqual(["float", 1.5]);
    expect(readings(i32Field(1, 7))[0]).toEqual(["fixed32", 7]);
    expect(readings(i32Field(1, -7)).map(([as]) => as)).toContain("sfixed32");
    expect(readings(i64Field(1, doubleBits(-0.25)))[0]).toEqual(["double", -0.25]);
    expect(readings(i64Field(1, 12345n))[0]).toEqual(["fixed64", "12345"]);
  });

  test("len: text", () => {
    expect(readings(textField(1, "hello"))).toEqual([
      ["string", "hello"],
      ["bytes", "aGVsbG8="],
    ]);
  });

  test("len: a message, though its bytes are UTF-8 too", () => {
    const [[as, value], [second]] = readings(lenField(1, [...varintField(1, 5), ...textField(2, "ab")]));
    expect(as).toBe("message");
    expect(nested(value)).toEqual([
      [1, "5"],
      [2, "ab"],
    ]);
    expect(second).toBe("string");
  });

  test("len: text that happens to read as a message stays text, and the message is offered", () => {
    const [first, second] = readings(textField(1, "\n\u0003abc"));
    expect(first).toEqual(["message", expect.anything()]);
    expect(second).toEqual(["string", "\n\u0003abc"]);
    expect(readings(textField(1, "*\tabcdefghi")).map(([as]) => as)).toEqual(["string", "message", "bytes"]);
  });

  test("len: packed numbers, and bytes", () => {
    const ints = readings(lenField(1, [0xac, 0x02, 0x05, 0x96, 0x01]));
    expect(ints[0]).toEqual(["packed varint", ["300", "5", "150"]]);
    expect(ints.at(-1)).toEqual(["bytes", "rAIFlgE="]);
    expect(readings(lenField(1, [0xff, 0xff]))).toEqual([["bytes", "//8="]]);
    expect(readings(lenField(1, []))).toEqual([
      ["string", ""],
      ["bytes", ""],
    ]);
  });

  test("group", () => {
    const [[as, value]] = readings(groupField(3, [...varintField(1, 5), ...groupField(2, [])]));
    expect(as).toBe("group");
    expect(nested(value)).toEqual([
      [1, "5"],
      [2, []],
    ]);
  });

  test("offsets count from the beginning of the message, in nested ones too", () => {
    const { fields } = read([...varintField(1, 300), ...lenField(2, varintField(7, 1))]);
    expect(fields.map(({ at, size }) => [at, size])).toEqual([
      [0, 3],
      [3, 4],
    ]);
    expect((fields[1].readings[0].value as FieldReading[])[0].at).toBe(5);
  });
});

describe("damage and limits", () => {
  test("what stands before damage is kept", () => {
    const { fields, complete } = read([...varintField(1, 5), 0x0f]);
    expect(fields).toHaveLength(1);
    expect(complete).toBe(false);
  });

  test("maxProtobufFields", () => {
    const { fields, complete, limitAt } = read([...varintField(1, 1), ...varintField(1, 2), ...varintField(1, 3)], {
      ...LIMITS,
      maxProtobufFields: 2,
    });
    expect(fields).toHaveLength(2);
    expect([complete, limitAt]).toEqual([false, 4]);
  });

  test("payloads that do not read as messages take nothing of it", () => {
    // Nine records and half of a tenth, if they were a message.
    const body = [1, 2, 3].flatMap(() => lenField(1, [...Array(9).fill([0x08, 0x01]).flat(), 0x08]));
    expect(read(body, { ...LIMITS, maxProtobufFields: 10 })).toMatchObject({ complete: true, limitAt: null });
  });

  test("packed runs of more values than maxProtobufFields are bytes", () => {
    const limits = { ...LIMITS, maxProtobufFields: 100 };
    const run = lenField(1, Array(30).fill([0xff, 0x01]).flat());
    const names = (body: number[]) => read(body, limits).fields.map(({ readings }) => readings[0].as);
    expect(names([...run, ...run, ...run, ...run])).toEqual([
      "packed varint",
      "packed varint",
      "packed varint",
      "bytes",
    ]);
  });

  test("text that reads as messages at many levels is told both ways at a few of them", () => {
    const deep = (levels: number): number[] => (levels === 0 ? [] : lenField(1, deep(levels - 1)));
    const body = deep(60);
    let told = 0;
    const count = (fields: readonly FieldReading[]): void => {
      for (const { readings } of fields)
        for (const { as, value } of readings) {
          if (as === "string") told += String(value).length;
          if (as === "message") count(value as FieldReading[]);
        }
    };
    count(read(body).fields);
    // All levels would be 3,540.
    expect(told).toBeGreaterThan(4 * body.length);
    expect(told).toBeLessThan(4 * body.length + 300);
  });

  test("maxProtobufDepth: what lies deeper is text or bytes", () => {
    const deep = (levels: number): number[] => (levels === 0 ? varintField(1, 5) : lenField(1, deep(levels - 1)));
    let fields = read(deep(110)).fields;
    let depth = 0;
    while (fields[0].readings[0].as === "message") {
      fields = fields[0].readings[0].value as FieldReading[];
      depth++;
    }
    expect(depth).toBe(100);
  });

  test("groups lying deep in each other take no stack", () => {
    const depth = 50_000;
    const { complete, fields } = read([...Array(depth).fill(0x0b), ...Array(depth).fill(0x0c)]);
    expect(complete).toBe(true);
    expect(fields).toHaveLength(1);
  });
});
