/** Descriptors may come from the wire (server reflection): damaged ones cost what they declare, and nothing else. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { LIMITS } from "../../src/limits.js";
import { decodeExactly, decodeMessage } from "../../src/protobuf/decode.js";
import { Schema } from "../../src/protobuf/schema.js";
import { toDescriptorBytes } from "./random-descriptor.js";
import { messageBytes, randomSchema, toText } from "./random-schema.js";

const samples = randomSchema.chain((random) => {
  const type = new Schema({ protoFiles: [{ path: "r.proto", text: toText(random) }] }).message("random.v1.M0")!;
  return fc.tuple(fc.constant(random), messageBytes(type, { canonical: true }));
});

const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 0.9999, noNaN: true }), fc.nat(255)), {
  minLength: 1,
  maxLength: 6,
});

test("a mutated descriptor set never throws, nor does decoding with what is left of it", () => {
  const run = fc.property(samples, flips, ([random, list], changes) => {
    const bytes = toDescriptorBytes(random).slice();
    for (const [where, byte] of changes) bytes[Math.floor(where * bytes.length)] ^= byte;
    const schema = new Schema({ descriptorSets: [{ path: "mutated.pb", bytes }], fileDescriptors: [bytes] });
    const body = Uint8Array.from(list);
    const options = { schema, limits: LIMITS, emitDefaults: false };
    for (const name of ["M0", "M1", "M2"]) {
      const type = schema.message(`random.v1.${name}`);
      if (type === null) continue;
      const exact = decodeExactly(type, body, 0, body.length, options);
      JSON.parse(exact.json);
      expect(decodeMessage(type, body, 0, body.length, options).json).toBe(exact.json);
    }
  });
  fc.assert(run, { numRuns: 150 });
});

test("single file descriptors, as server reflection sends them, in any order", () => {
  const run = fc.property(randomSchema, (random) => {
    const set = new Schema({ descriptorSets: [{ path: "s.pb", bytes: toDescriptorBytes(random) }] });
    const files: Uint8Array[] = [];
    // A set is a list of files in field 1.
    const bytes = toDescriptorBytes(random);
    for (let at = 0; at < bytes.length; ) {
      let length = 0;
      let shift = 0;
      for (at++; bytes[at] > 127; at++, shift += 7) length |= (bytes[at] & 127) << shift;
      length |= bytes[at++] << shift;
      files.unshift(bytes.subarray(at, at + length));
      at += length;
    }
    const single = new Schema({ fileDescriptors: files });
    expect(single.warnings).toEqual([]);
    const names = (schema: Schema) => schema.message("random.v1.M0")!.fields.map(({ name, type }) => [name, type]);
    expect(names(single)).toEqual(names(set));
  });
  fc.assert(run, { numRuns: 30 });
});
