/** Damaged and foreign bytes: nothing throws, the two paths agree, and what stood before the damage stays. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ByteWriter } from "../../src/bytes/byte-writer.js";
import { LIMITS } from "../../src/limits.js";
import { decodeExactly, decodeMessage, writeMessage } from "../../src/protobuf/decode.js";
import { readFields } from "../../src/protobuf/field-reading.js";
import { Schema } from "../../src/protobuf/schema.js";
import type { MessageType } from "../../src/protobuf/types.js";
import { WireReader } from "../../src/protobuf/wire.js";
import { messageBytes, type RandomSchema, randomSchema, toText } from "./random-schema.js";

const schemas = new WeakMap<RandomSchema, Schema>();
function typeOf(random: RandomSchema): MessageType {
  let schema = schemas.get(random);
  if (schema === undefined) {
    schema = new Schema({ protoFiles: [{ path: "random.proto", text: toText(random) }] });
    schemas.set(random, schema);
  }
  return schema.message("random.v1.M0")!;
}

const samples = (canonical: boolean) =>
  randomSchema.chain((random) => fc.tuple(fc.constant(random), messageBytes(typeOf(random), { canonical })));

const options = (random: RandomSchema) => ({ schema: schemas.get(random)!, limits: LIMITS, emitDefaults: false });

interface Mutation {
  readonly kind: "flip" | "insert" | "remove" | "cut" | "repeat";
  readonly where: number;
  readonly byte: number;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("flip", "insert", "remove", "cut", "repeat"),
  where: fc.double({ min: 0, max: 1, noNaN: true }),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x0a, 0x0b, 0x0c)),
});

function mutate(bytes: number[], { kind, where, byte }: Mutation): number[] {
  const at = Math.floor(where * bytes.length);
  switch (kind) {
    case "flip":
      return bytes.map((value, i) => (i === at ? value ^ (byte || 1) : value));
    case "insert":
      return [...bytes.slice(0, at), byte, ...bytes.slice(at)];
    case "remove":
      return [...bytes.slice(0, at), ...bytes.slice(at + 1)];
    case "cut":
      return bytes.slice(0, at);
    case "repeat":
      return [...bytes, ...bytes.slice(at)];
  }
}

describe("mutated messages", () => {
  test("never throw; the JSON parses; the fast path decodes as the exact one does", () => {
    const run = fc.property(
      samples(true),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      ([random, list], mutations) => {
        const bytes = Uint8Array.from(mutations.reduce(mutate, list));
        const type = typeOf(random);
        const exact = decodeExactly(type, bytes, 0, bytes.length, options(random));
        expect(decodeMessage(type, bytes, 0, bytes.length, options(random))).toEqual(exact);
        const out = new ByteWriter(16);
        out.ascii("in front ");
        const notes = writeMessage(type, bytes, 0, bytes.length, options(random), out);
        expect(out.toString()).toBe(`in front ${exact.json}`);
        expect(notes.problems).toEqual(exact.problems);
        JSON.parse(exact.json);
        if (!exact.complete) expect(exact.problems.length + exact.unknown.length).toBeGreaterThan(0);
      },
    );
    fc.assert(run, { numRuns: 200 });
  });

  test("limits are reached at the same place on both paths", () => {
    const limits = fc.record({
      maxProtobufDepth: fc.integer({ min: 0, max: 3 }),
      maxProtobufFields: fc.integer({ min: 1, max: 12 }),
    });
    const run = fc.property(samples(true), limits, ([random, list], low) => {
      const bytes = Uint8Array.from(list);
      const type = typeOf(random);
      const limited = { ...options(random), limits: low };
      const exact = decodeExactly(type, bytes, 0, bytes.length, limited);
      expect(decodeMessage(type, bytes, 0, bytes.length, limited)).toEqual(exact);
    });
    fc.assert(run, { numRuns: 200 });
  });

  test("other bytes around the message change nothing, and none of them is kept", () => {
    const run = fc.property(samples(false), fc.uint8Array({ minLength: 1, maxLength: 9 }), ([random, list], around) => {
      const type = typeOf(random);
      const bytes = Uint8Array.from([...around, ...list, ...around]);
      const whole = Uint8Array.from(list);
      const expected = decodeMessage(type, whole, 0, whole.length, options(random));
      const decoded = decodeMessage(type, bytes, around.length, around.length + list.length, options(random));
      expect(decoded).toEqual(expected);
      const reading = readFields(bytes, around.length, around.length + list.length, LIMITS);
      expect(reading).toEqual(readFields(whole, 0, whole.length, LIMITS));
      const before = JSON.stringify([decoded, reading]);
      bytes.fill(0xee);
      expect(JSON.stringify([decoded, reading])).toBe(before);
    });
    fc.assert(run, { numRuns: 150 });
  });

  test("a cut message shows what its whole records say, and that it is not complete", () => {
    const run = fc.property(samples(false), fc.nat(), ([random, list], where) => {
      const type = typeOf(random);
      const bytes = Uint8Array.from(list).subarray(0, where % (list.length + 1));
      const prefix = bytes.subarray(0, wholeRecords(bytes));
      const cut = decodeMessage(type, bytes, 0, bytes.length, options(random));
      const whole = decodeMessage(type, prefix, 0, prefix.length, options(random));
      expect(cut.json).toBe(whole.json);
      expect(cut.problems.some(({ code }) => code === "PROTOBUF_MALFORMED")).toBe(prefix.length < bytes.length);
    });
    fc.assert(run, { numRuns: 200 });
  });
});

/** Where the last whole record of a message ends. */
function wholeRecords(bytes: Uint8Array): number {
  const reader = new WireReader(bytes, 0, bytes.length);
  let end = 0;
  while (reader.pos < bytes.length && reader.readTag() && reader.skip()) end = reader.pos;
  return end;
}

describe("without a schema", () => {
  test("the records of a message lie side by side and cover it", () => {
    const run = fc.property(samples(false), ([, list]) => {
      const bytes = Uint8Array.from(list);
      const { fields, complete } = readFields(bytes, 0, bytes.length, LIMITS);
      expect(complete).toBe(true);
      let at = 0;
      for (const field of fields) {
        expect(field.at).toBe(at);
        expect(field.readings.length).toBeGreaterThan(0);
        at += field.size;
      }
      expect(at).toBe(bytes.length);
    });
    fc.assert(run, { numRuns: 200 });
  });

  test("any bytes read, as far as they are records", () => {
    const run = fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const { fields, complete } = readFields(bytes, 0, bytes.length, LIMITS);
      const covered = fields.reduce((sum, { size }) => sum + size, 0);
      expect(covered === bytes.length).toBe(complete);
      JSON.parse(JSON.stringify(fields));
    });
    fc.assert(run, { numRuns: 500 });
  });
});
