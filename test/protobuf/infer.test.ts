import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LIMITS } from "../../src/limits.js";
import { decodeMessage } from "../../src/protobuf/decode.js";
import { type FieldReading, readFields } from "../../src/protobuf/field-reading.js";
import { FieldRoom, MessageEvidence } from "../../src/protobuf/infer/evidence.js";
import { SchemaInference } from "../../src/protobuf/infer/infer-schema.js";
import { orderReadings } from "../../src/protobuf/infer/order-readings.js";
import { Schema } from "../../src/protobuf/schema.js";
import { growth, SQUARE } from "../support/growth.js";
import { messageBytes, type RandomSchema, randomSchema, toText } from "./random-schema.js";
import {
  doubleBits,
  entryField,
  floatBits,
  groupField,
  i32Field,
  i64Field,
  lenField,
  textField,
  varintField,
} from "./wire-bytes.js";

/** Every message is the request of a call of its own. */
function infer(bodies: readonly number[][], path = "/shop.v1.Orders/Place"): { schema: Schema; text: string } {
  const inference = new SchemaInference();
  for (const body of bodies)
    expect(inference.add(path, "request", 0, Uint8Array.from(body), 0, body.length)).toBe(true);
  const protoFiles = inference.toProtoFiles();
  const schema = new Schema({ protoFiles });
  expect(schema.warnings).toEqual([]);
  return { schema, text: protoFiles[0].text };
}

function decodeAll(bodies: readonly number[][]): { json: unknown[]; text: string } {
  const { schema, text } = infer(bodies);
  const type = schema.method("/shop.v1.Orders/Place")!.request!;
  const json = bodies.map((body) => {
    const options = { schema, limits: LIMITS, emitDefaults: false };
    const decoded = decodeMessage(type, Uint8Array.from(body), 0, body.length, options);
    expect(decoded.problems).toEqual([]);
    expect(decoded.complete).toBe(true);
    return JSON.parse(decoded.json);
  });
  return { json, text };
}

describe("types by the evidence of all messages", () => {
  test.each<[string, number[][], string, unknown[]]>([
    ["small numbers", [varintField(1, 100), varintField(1, 300)], "int32 field_1 = 1;", [100, 300]],
    ["a negative one", [varintField(1, 100), varintField(1, -3)], "int32 field_1 = 1;", [100, -3]],
    ["up to 2^32", [varintField(1, 2 ** 32 - 1)], "uint32 field_1 = 1;", [4294967295]],
    ["past 2^32", [varintField(1, 2n ** 40n), varintField(1, -1)], "int64 field_1 = 1;", ["1099511627776", "-1"]],
    ["ten times 1", Array.from({ length: 10 }, () => varintField(1, 1)), "bool field_1 = 1;", Array(10).fill(true)],
    ["text", [textField(1, "ü"), textField(1, "b")], "string field_1 = 1;", ["ü", "b"]],
    [
      "bytes that are text now and then",
      [textField(1, "abc"), lenField(1, [0xff])],
      "bytes field_1 = 1;",
      ["YWJj", "/w=="],
    ],
    ["doubles", [i64Field(1, doubleBits(1.5))], "double field_1 = 1;", [1.5]],
    ["floats", [i32Field(1, floatBits(0.5))], "float field_1 = 1;", [0.5]],
    ["8-byte integers", [i64Field(1, 5n), i64Field(1, -5n)], "sfixed64 field_1 = 1;", ["5", "-5"]],
    ["4-byte integers", [i32Field(1, 5)], "fixed32 field_1 = 1;", [5]],
    [
      "twice in one message",
      [[...varintField(1, 5), ...varintField(1, 6)]],
      "repeated int32 field_1 = 1 [packed = false];",
      [[5, 6]],
    ],
    ["alone and in runs", [varintField(1, 500), lenField(1, [5, 6])], "repeated int32 field_1 = 1;", [[500], [5, 6]]],
    [
      "runs",
      [lenField(1, [0xac, 2, 5]), lenField(1, [5, 0x96, 1, 1])],
      "repeated int32 field_1 = 1;",
      [
        [300, 5],
        [5, 150, 1],
      ],
    ],
    ["a 0 that is written", [varintField(1, 0), varintField(1, 7)], "optional int32 field_1 = 1;", [0, 7]],
    ["always empty", [lenField(1, [])], "optional bytes field_1 = 1;", [""]],
  ])("%s", (_, bodies, declaration, values) => {
    const { json, text } = decodeAll(bodies);
    expect(text).toContain(`  ${declaration}\n`);
    expect(json.map((value) => (value as { field1: unknown }).field1)).toEqual(values);
  });

  test("messages in messages; those of the same shape are one type", () => {
    const point = (x: number) => varintField(1, x);
    const { json, text } = decodeAll([
      [...lenField(1, point(1)), ...lenField(2, point(200)), ...lenField(3, lenField(1, point(5)))],
    ]);
    expect(json).toEqual([{ field1: { field1: 1 }, field2: { field1: 200 }, field3: { field1: { field1: 5 } } }]);
    expect(text.match(/^message /gm)).toHaveLength(4);
    expect(text).toContain("  PlaceRequestField1 field_2 = 2;");
  });

  test("maps: entries with a key of its own each", () => {
    const two = [
      ...entryField(1, textField(1, "a"), varintField(2, 1)),
      ...entryField(1, textField(1, "b"), varintField(2, 2)),
    ];
    expect(decodeAll([two]).json).toEqual([{ field1: { a: 1, b: 2 } }]);
    const again = [...two, ...entryField(1, textField(1, "a"), varintField(2, 3))];
    expect(decodeAll([again]).text).toContain("repeated PlaceRequestField1 field_1 = 1;");
    const defaults = [...entryField(1, varintField(2, 1)), ...entryField(1, varintField(1, 0), varintField(2, 2))];
    expect(decodeAll([defaults]).text).toContain("repeated");
  });

  test("groups make it an edition", () => {
    const { json, text } = decodeAll([[...groupField(1, varintField(1, 5)), ...varintField(2, 0)]]);
    expect(text).toContain('edition = "2023";');
    expect(json).toEqual([{ field1: { field1: 5 }, field2: 0 }]);
  });

  test("each guess has its evidence as a comment", () => {
    const { text } = infer([varintField(1, 100), varintField(1, 300)]);
    expect(text).toContain("  // 2 values: varints that fit int32\n");
    expect(text).toContain("// Seen 2 times.\nmessage PlaceRequest {");
  });
});

describe("services", () => {
  test("by the paths, one file a package; streams by the number of messages", () => {
    const inference = new SchemaInference();
    const body = Uint8Array.from(varintField(1, 5));
    const add = (path: string, side: "request" | "response", index: number) =>
      inference.add(path, side, index, body, 0, body.length);
    expect(add("/Cal/Add", "request", 0)).toBe(true);
    expect(add("/Cal/Add", "response", 0)).toBe(true);
    expect(add("/a.b.Log/Tail", "response", 1)).toBe(true);
    expect(add("/a.b.Log/Put", "request", 4)).toBe(true);
    expect(add("/no/gRPC/path", "request", 0)).toBe(false);
    expect(add("/1bad/Name", "request", 0)).toBe(false);
    const protoFiles = inference.toProtoFiles();
    expect(protoFiles.map(({ path }) => path)).toEqual(["inferred.proto", "a/b/inferred.proto"]);
    const schema = new Schema({ protoFiles });
    expect(schema.warnings).toEqual([]);
    expect(schema.method("/Cal/Add")).toMatchObject({ kind: "unary" });
    expect(schema.method("/a.b.Log/Tail")).toMatchObject({ kind: "server_streaming" });
    expect(schema.method("/a.b.Log/Put")).toMatchObject({ kind: "client_streaming" });
  });
});

const schemas = new WeakMap<RandomSchema, Schema>();
const typeOf = (random: RandomSchema) => {
  const schema = schemas.get(random) ?? new Schema({ protoFiles: [{ path: "r.proto", text: toText(random) }] });
  schemas.set(random, schema);
  return schema.message("random.v1.M0")!;
};
const bodies = randomSchema.chain((random) =>
  fc.array(messageBytes(typeOf(random), { canonical: true }), { minLength: 1, maxLength: 5 }),
);

describe("random messages", () => {
  test("the inferred schema covers every byte with no diagnostic", () => {
    fc.assert(
      fc.property(bodies, (all) => {
        decodeAll(all);
      }),
      { numRuns: 120 },
    );
  });

  test("ordering readings by the evidence drops none", () => {
    const run = fc.property(bodies, (all) => {
      const evidence = new MessageEvidence(new FieldRoom(1_000));
      for (const body of all) evidence.add(Uint8Array.from(body), 0, body.length);
      for (const list of all) {
        const body = Uint8Array.from([1, 2, 3, ...list]);
        const { fields } = readFields(body, 3, body.length, LIMITS);
        const ordered = orderReadings(fields, evidence, body, 3, body.length);
        expect(names(ordered)).toEqual(expect.arrayContaining(names(fields)));
      }
    });
    fc.assert(run, { numRuns: 80 });
  });
});

function names(fields: readonly FieldReading[]): string[] {
  return fields.flatMap(({ at, readings }) => readings.map(({ as }) => `${at} ${as}`));
}

describe("likelihood over all messages of a method", () => {
  const first = (evidence: MessageEvidence, body: number[]) => {
    const bytes = Uint8Array.from(body);
    const { fields } = readFields(bytes, 0, bytes.length, LIMITS);
    return orderReadings(fields, evidence, bytes, 0, bytes.length)[0].readings[0];
  };

  test("a field that is always valid UTF-8 is a string, though one value reads as a message", () => {
    const evidence = new MessageEvidence(new FieldRoom(1_000));
    const odd = textField(1, "\n\u0003abc");
    for (const body of [textField(1, "hello"), odd]) evidence.add(Uint8Array.from(body), 0, body.length);
    expect(first(evidence, odd)).toMatchObject({ as: "string" });
  });

  test("bytes once are bytes always, also where they are long and look like text", () => {
    const evidence = new MessageEvidence(new FieldRoom(1_000));
    const long = textField(1, "x".repeat(50));
    for (const body of [lenField(1, [0xff, 0xfe]), long]) evidence.add(Uint8Array.from(body), 0, body.length);
    expect(first(evidence, long)).toMatchObject({ as: "bytes" });
  });

  test("a float that looks like an integer", () => {
    const evidence = new MessageEvidence(new FieldRoom(1_000));
    for (const body of [i32Field(1, floatBits(1.5)), i32Field(1, 0)])
      evidence.add(Uint8Array.from(body), 0, body.length);
    expect(first(evidence, i32Field(1, 0))).toEqual({ as: "float", value: 0 });
  });

  test("true and false", () => {
    const evidence = new MessageEvidence(new FieldRoom(1_000));
    const yes = varintField(1, 1);
    for (let i = 0; i < 12; i++) evidence.add(Uint8Array.from(yes), 0, yes.length);
    expect(first(evidence, yes)).toEqual({ as: "bool", value: true });
  });
});

describe("any number of paths and fields", () => {
  const bytes = (body: number[]) => Uint8Array.from(body);
  const add = (inference: SchemaInference, path: string, body: number[]) =>
    inference.add(path, "request", 0, bytes(body), 0, body.length);

  test("fields are told apart up to the bound, nested ones counted; those that are known go on", () => {
    const inference = new SchemaInference(4);
    expect(add(inference, "/a.B/One", [...varintField(1, 7), ...lenField(2, varintField(1, 7))])).toBe(true);
    expect(inference.full).toBe(false);
    expect(add(inference, "/a.B/Two", [...varintField(1, 7), ...varintField(2, 7)])).toBe(false);
    expect(inference.full).toBe(true);
    expect(add(inference, "/a.B/One", varintField(1, -1))).toBe(true);
    const [{ text }] = inference.toProtoFiles();
    expect(text).toContain("// 2 values: varints that fit int32");
    expect(text).toMatch(/message TwoRequest \{\n.*\n {2}int32 field_1 = 1;\n\}/);
  });

  test("bytes that turn out to be no message give their fields back", () => {
    const inference = new SchemaInference(4);
    add(inference, "/a.B/One", lenField(1, [...varintField(1, 7), ...lenField(2, varintField(1, 7))]));
    expect(inference.full).toBe(true);
    add(inference, "/a.B/One", lenField(1, [0xff]));
    expect(
      add(
        inference,
        "/a.B/Two",
        [1, 2, 3].flatMap((number) => varintField(number, 7)),
      ),
    ).toBe(true);
  });
});

test("entries with long keys are messages, not a map's", () => {
  const entry = (key: string) => lenField(1, [...textField(1, key), ...varintField(2, 7)]);
  const { text } = infer([[...entry("a".repeat(300)), ...entry("b".repeat(300))]]);
  expect(text).toContain("repeated PlaceRequestField1 field_1 = 1;");
  expect(infer([[...entry("a"), ...entry("b")]]).text).toContain("map<string, int32> field_1 = 1;");
});

test("thousands of methods of one name cost what they are", async () => {
  const write = (services: number) => {
    const inference = new SchemaInference();
    const body = Uint8Array.from(varintField(1, 1));
    for (let i = 0; i < services; i++) inference.add(`/s${i}/M`, "request", i, body, 0, body.length);
    const [{ text }] = inference.toProtoFiles();
    expect(text).toContain(`message MRequest${services} {`);
  };
  expect(await growth(500, write)).toBeLessThan(SQUARE);
});
