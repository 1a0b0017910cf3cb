/** Schemas written out, as descriptors and as text, are the schemas that they were. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { toDescriptorSet, toProtoFiles } from "../../src/protobuf/schema/write-schema.js";
import { Schema } from "../../src/protobuf/schema.js";
import type { FieldType, MessageType } from "../../src/protobuf/types.js";
import { WireWriter } from "../../src/protobuf/wire-writer.js";
import { randomSchema, toText } from "./random-schema.js";

const read = (path: string, name = path) => ({ path, text: readFileSync(`test/protobuf/schemas/${name}`, "utf8") });
const SAMPLES = ["kinds.proto", "legacy.proto", "edition.proto"].map((name) => read(name));

function viaDescriptors(schema: Schema): Schema {
  const written = new Schema({ descriptorSets: [{ path: "written", bytes: toDescriptorSet(schema) }] });
  expect(written.warnings).toEqual([]);
  return written;
}

/** Descriptors have no text to keep: all of it is written anew. */
function viaText(schema: Schema): Schema {
  const protoFiles = toProtoFiles(viaDescriptors(schema));
  const written = new Schema({ protoFiles });
  expect(written.warnings.map(({ file, line, text }) => `${file}:${line}: ${text}`)).toEqual([]);
  return written;
}

function sameTypes(written: Schema, original: Schema, lines: boolean): void {
  const withoutLines = (infos: { line: number | null }[]) => infos.map(({ line, ...info }) => info);
  expect(withoutLines(written.services())).toEqual(withoutLines(original.services()));
  for (const { fullName } of original.messages()) {
    const [theirs, ours] = [original.message(fullName)!, written.message(fullName)!];
    expect(plainFields(ours, lines)).toEqual(plainFields(theirs, lines));
  }
}

function plainFields({ fields }: MessageType, lines: boolean): unknown[] {
  return [...fields].sort((a, b) => a.number - b.number).map((field) => plain(field, lines));
}

function plain({ messageType, enumType, line, ...field }: FieldType, lines: boolean): unknown {
  return {
    ...field,
    message: field.map ? plainFields(messageType!, false) : (messageType?.fullName ?? null),
    enum: enumType && { ...enumType, names: [...enumType.names] },
    line: lines && !field.extension ? line : null,
  };
}

describe.each([
  ["as descriptors", viaDescriptors, true],
  ["as text", viaText, false],
] as const)("%s", (_, write, lines) => {
  test.each(SAMPLES.map((file) => [file.path, file] as const))("%s", (_, file) => {
    const original = new Schema({ protoFiles: [file] });
    sameTypes(write(original), original, lines);
  });

  test("random schemas", () => {
    const run = fc.property(randomSchema, (random) => {
      const original = new Schema({ protoFiles: [{ path: "r.proto", text: toText(random) }] });
      sameTypes(write(original), original, lines);
    });
    fc.assert(run, { numRuns: 40 });
  });
});

test("the bundled files that a schema needs are in its descriptor set, each behind those that it imports", () => {
  const text = 'syntax = "proto3"; import "google/rpc/status.proto"; message M { google.rpc.Status status = 1; }';
  const schema = new Schema({ protoFiles: [{ path: "m.proto", text }] });
  const { files } = viaDescriptors(schema).parts();
  expect(files.map(({ path }) => path)).toEqual(["google/protobuf/any.proto", "google/rpc/status.proto", "m.proto"]);
  expect(toProtoFiles(schema).map(({ path }) => path)).toEqual(["google/rpc/status.proto", "m.proto"]);
});

test("what was read as text or as descriptors is written as it was", () => {
  const text = '// kept\nsyntax = "proto3"; message M { int32 a = 1 [deprecated = true]; }';
  expect(toProtoFiles(new Schema({ protoFiles: [{ path: "m.proto", text }] }))[0].text).toBe(text);
  // Field 999 of FileDescriptorProto means nothing to us.
  const file = new WireWriter().text(1, "m.proto").text(999, "kept").finish();
  const set = toDescriptorSet(new Schema({ fileDescriptors: [file] }));
  expect([...set]).toEqual([...new WireWriter().len(1, file).finish()]);
});
