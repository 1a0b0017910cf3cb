/** Random schemas and random valid messages: the decoder equals protobufjs' ext/protojson and @bufbuild/protobuf. */
import { createFileRegistry, fromBinary, toJson } from "@bufbuild/protobuf";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import protobuf from "protobufjs";
import protojson from "protobufjs/ext/protojson.js";
import { LIMITS } from "../../src/limits.js";
import { decodeExactly, decodeMessage } from "../../src/protobuf/decode.js";
import { Schema } from "../../src/protobuf/schema.js";
import { Transcoder } from "../../src/protobuf/transcode/transcoder.js";
import type { MessageType } from "../../src/protobuf/types.js";
import { toDescriptorBytes, toDescriptorSet } from "./random-descriptor.js";
import { IMPORTS, messageBytes, type RandomSchema, randomSchema, toText } from "./random-schema.js";

const optionsOf = (schema: Schema) => ({ schema, limits: LIMITS, emitDefaults: false });

const schemas = new WeakMap<RandomSchema, Schema>();

function schemaOf(random: RandomSchema): Schema {
  let schema = schemas.get(random);
  if (schema === undefined) {
    schema = new Schema({ protoFiles: [{ path: "random.proto", text: toText(random) }] });
    schemas.set(random, schema);
  }
  return schema;
}

/** A schema, and bytes of its first message. */
function samples(canonical: boolean): fc.Arbitrary<[RandomSchema, number[]]> {
  return randomSchema.chain((random) =>
    fc.tuple(fc.constant(random), messageBytes(schemaOf(random).message("random.v1.M0")!, { canonical })),
  );
}

/** Floats as the float they stand for: the oracles write all digits of the double. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Math.fround(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, rounded(item)]));
}

function byProtobufjs(random: RandomSchema, bytes: Uint8Array): unknown {
  const { root } = protobuf.parse(toText(random), new protobuf.Root());
  for (const name of IMPORTS) root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)!.nested!);
  const type = root.lookupType("random.v1.M0");
  root.resolveAll();
  return protojson.toJson(type, type.decode(bytes));
}

function byBufbuild(random: RandomSchema, bytes: Uint8Array): unknown {
  const registry = createFileRegistry(toDescriptorSet(random));
  const type = registry.getMessage("random.v1.M0")!;
  return toJson(type, fromBinary(type, bytes), { registry });
}

describe("random schemas", () => {
  test("as .proto text and as descriptors: the same types", () => {
    fc.assert(
      fc.property(randomSchema, (random) => {
        const fromText = new Schema({ protoFiles: [{ path: "random.proto", text: toText(random) }] });
        const descriptorSets = [{ path: "random.pb", bytes: toDescriptorBytes(random) }];
        const fromDescriptors = new Schema({ descriptorSets });
        expect(fromText.warnings).toEqual([]);
        expect(fromDescriptors.warnings).toEqual([]);
        for (const { name } of random.messages) {
          const [a, b] = [fromText, fromDescriptors].map((schema) => schema.message(`random.v1.${name}`)!);
          expect(a.fields.map(plain)).toEqual(b.fields.map(plain));
        }
      }),
      { numRuns: 100 },
    );
  });
});

function plain(field: MessageType["fields"][number]): object {
  const { messageType, enumType, line, ...rest } = field;
  const entry = field.map ? messageType!.fields.map(plain) : null;
  return { ...rest, entry, messageType: field.map ? null : messageType?.fullName, enumType: enumType?.fullName };
}

/** What an oracle says; undefined where it throws, as for a Value without a kind or a Duration of mixed signs. */
function unlessRefused(oracle: () => unknown): unknown {
  try {
    return rounded(oracle());
  } catch (error) {
    expect(String(error)).toMatch(/Duration|Timestamp|google\.protobuf\.Value/);
    return undefined;
  }
}

describe("random messages of random schemas", () => {
  test("as serializers write them: the fast path takes them, and equals the exact path and both oracles", () => {
    const run = fc.property(samples(true), ([random, list]) => {
      const bytes = Uint8Array.from(list);
      const schema = schemaOf(random);
      const type = schema.message("random.v1.M0")!;
      const decoded = decodeMessage(type, bytes, 0, bytes.length, optionsOf(schema));
      const exact = decodeExactly(type, bytes, 0, bytes.length, optionsOf(schema));
      expect({ ...decoded, json: decoded.json }).toEqual({ ...exact });
      expect(decoded.complete).toBe(true);
      expect(new Transcoder().transcode(type, bytes, 0, bytes.length, optionsOf(schema), 0)).toBeGreaterThan(0);
      const json = rounded(JSON.parse(decoded.json));
      expect(json).toEqual(rounded(byProtobufjs(random, bytes)));
      expect(json).toEqual(rounded(byBufbuild(random, bytes)));
    });
    fc.assert(run, { numRuns: 150 });
  });

  test("in any order, merged, doubled, packed both ways: equal to both oracles", () => {
    const run = fc.property(samples(false), ([random, list]) => {
      const bytes = Uint8Array.from(list);
      const schema = schemaOf(random);
      const type = schema.message("random.v1.M0")!;
      const decoded = decodeMessage(type, bytes, 0, bytes.length, optionsOf(schema));
      expect(decoded.json).toBe(decodeExactly(type, bytes, 0, bytes.length, optionsOf(schema)).json);
      const json = rounded(JSON.parse(decoded.json));
      const oracles = [() => byProtobufjs(random, bytes), () => byBufbuild(random, bytes)].map(unlessRefused);
      for (const said of oracles) if (said !== undefined) expect(json).toEqual(said);
    });
    fc.assert(run, { numRuns: 150 });
  });
});
