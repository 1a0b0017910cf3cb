/** Indexed files: types, extensions and services as if all files had been parsed, though few of them are. */
import { expect, test } from "@jest/globals";
import { type IndexedFile, indexProto, Schema } from "../../src/protobuf/schema.js";

const texts: Record<string, string> = {
  "base.proto":
    'syntax = "proto2"; package b; message Base { optional int32 x = 1; message In { } extensions 100 to 200; }',
  "one.proto":
    'syntax = "proto2"; package b.one; import "base.proto"; extend Base { optional More more = 100; } message More { optional string m = 1; }',
  "two.proto":
    'syntax = "proto2"; package b.two; import "base.proto"; import "one.proto"; extend b.Base { optional int32 two = 101; } extend b.one.More { optional int32 y = 9; } message Unused {}',
  "other.proto":
    'syntax = "proto3"; package o; message Base { int32 z = 1; } enum E { A = 0; } service S { rpc Get(Base) returns (b.Base.In); }',
  "far.proto": 'syntax = "proto3"; package far; message Away { o.E e = 1; }',
};

function indexed(): { files: IndexedFile[]; read: string[] } {
  const read: string[] = [];
  const files = Object.entries(texts).map(([path, text]) => {
    // As kept in a file.
    const index = JSON.parse(JSON.stringify(indexProto({ path, text })));
    return {
      path,
      index,
      get text() {
        read.push(path);
        return text;
      },
    };
  });
  return { files, read };
}

test("equals the schema of the parsed files", () => {
  const lazy = new Schema({ indexedFiles: indexed().files });
  const eager = new Schema({ protoFiles: Object.entries(texts).map(([path, text]) => ({ path, text })) });
  expect(lazy.services()).toEqual(eager.services());
  for (const name of ["b.Base", "b.Base.In", "b.one.More", "b.two.Unused", "o.Base", "far.Away"]) {
    const [a, b] = [lazy, eager].map((schema) => schema.message(name)!);
    const plain = (fields: typeof a.fields) =>
      fields.map(({ name: field, number, line, messageType, enumType }) => [
        field,
        number,
        line,
        messageType?.fullName,
        enumType?.fullName,
      ]);
    expect(plain(a.fields)).toEqual(plain(b.fields));
    expect(a.fields.length).toBe(b.fields.length);
  }
  expect(lazy.warnings).toEqual(eager.warnings);
});

test("parses what is asked for, once, with what extends it", () => {
  const { files, read } = indexed();
  const schema = new Schema({ indexedFiles: files });
  expect(read).toEqual([]);
  expect(schema.method("/o.S/Get")?.response?.fullName).toBe("b.Base.In");
  expect(read).toEqual(["other.proto", "base.proto"]);
  expect(schema.message("b.Base")!.fields.map(({ jsonName }) => jsonName)).toEqual([
    "x",
    "[b.one.more]",
    "[b.two.two]",
  ]);
  expect(read).toEqual(["other.proto", "base.proto", "one.proto", "two.proto"]);
  schema.message("b.one.More")?.fields.map(({ jsonName }) => jsonName);
  schema.method("/o.S/Get");
  expect(read).toHaveLength(4);
});

test("a broken file, a missing import and a name declared twice are known from the index", () => {
  const file = (path: string, text: string): IndexedFile => ({ path, text, index: indexProto({ path, text }) });
  const schema = new Schema({
    indexedFiles: [
      file("a.proto", 'syntax = "proto3"; message M { int32 a = 1; }'),
      file("b.proto", 'syntax = "proto3";\nmessage M { int32 b = 1; }\nmessage N { }'),
      file("bad.proto", "message {"),
      file("c.proto", 'syntax = "proto3";\nimport "lost.proto"; message C { }'),
    ],
  });
  expect(schema.warnings).toEqual([
    { file: "b.proto", line: 2, text: "M is declared in a.proto already: this declaration is not used" },
    { file: "bad.proto", line: 1, text: expect.stringContaining("does not parse") },
    { file: "c.proto", line: 2, text: 'import "lost.proto" was not found' },
  ]);
  expect(schema.message("N")).not.toBeNull();
  expect(schema.message("M")!.fields[0].name).toBe("a");
});
