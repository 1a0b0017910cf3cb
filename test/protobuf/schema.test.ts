import { describe, expect, test } from "@jest/globals";
import { toJsonName } from "../../src/protobuf/schema/declaration.js";
import { scanProto } from "../../src/protobuf/schema/scan-proto.js";
import { Schema } from "../../src/protobuf/schema.js";
import { growth, SQUARE } from "../support/growth.js";
import { schema } from "./samples.js";

const of = (files: Record<string, string>) =>
  new Schema({ protoFiles: Object.entries(files).map(([path, text]) => ({ path, text })) });

describe("methods", () => {
  test.each([
    ["Unary", "unary"],
    ["Up", "client_streaming"],
    ["Down", "server_streaming"],
    ["Both", "bidi_streaming"],
  ])("%s is %s", (name, kind) => {
    const method = schema.method(`/samples.kinds.Kinds/${name}`)!;
    expect(method).toMatchObject({ service: "samples.kinds.Kinds", name, kind });
    expect(method.request).toBe(schema.message("samples.kinds.Everything"));
    expect(method.response).toBe(schema.message("samples.kinds.WellKnown"));
    expect(schema.method(`/samples.kinds.Kinds/${name}`)).toBe(method);
  });

  test.each([
    "",
    "/",
    "//",
    "/Kinds/Unary",
    "/samples.kinds.Kinds/unary",
    "samples.kinds.Kinds/Unary/x",
    "/__proto__/toString",
  ])("%j is none", (path) => {
    expect(schema.method(path)).toBeNull();
  });

  test("a method whose type is missing is known, and the type is null", () => {
    const cut = of({ "a.proto": 'syntax = "proto3"; message A {} service S { rpc M(A) returns (stream Lost); }' });
    expect(cut.method("/S/M")).toMatchObject({ kind: "server_streaming", response: null });
    expect(cut.method("/S/M")!.request).toBe(cut.message("A"));
    expect(cut.warnings.map(({ text }) => text)).toEqual(["type Lost of method M is not declared anywhere"]);
  });

  test("the services that the sources declare, with their places", () => {
    expect(schema.services()).toEqual([
      {
        fullName: "samples.kinds.Kinds",
        file: "kinds.proto",
        line: expect.any(Number),
        methods: ["Unary", "Up", "Down", "Both"],
      },
    ]);
  });
});

describe("what is always there", () => {
  test.each([
    "google.protobuf.Timestamp",
    "google.protobuf.FieldMask",
    "google.protobuf.FileDescriptorSet",
    "google.protobuf.FieldDescriptorProto",
    "google.protobuf.Api",
    "google.protobuf.Type",
    "google.rpc.Status",
    "google.rpc.QuotaFailure.Violation",
    "grpc.health.v1.HealthCheckResponse",
    "grpc.reflection.v1alpha.ServerReflectionResponse",
  ])("%s", (name) => {
    expect(Schema.empty.message(name)?.fullName).toBe(name);
    expect(Schema.empty.message(name)!.fields.length).toBeGreaterThan(0);
  });

  test("the services of health and reflection", () => {
    expect(Schema.empty.method("/grpc.health.v1.Health/Watch")?.kind).toBe("server_streaming");
    expect(Schema.empty.method("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")?.kind).toBe(
      "bidi_streaming",
    );
    expect(Schema.empty.services()).toEqual([]);
    expect(Schema.empty.warnings).toEqual([]);
  });

  test("no name below google.protobuf is made up", () => {
    expect(Schema.empty.message("google.protobuf.NullValue")).toBeNull();
    expect(Schema.empty.message("google.protobuf.Nothing")).toBeNull();
    expect(Schema.empty.message("google.protobuf")).toBeNull();
    expect(Schema.empty.message("")).toBeNull();
  });

  test("a file of the user's goes before the one that is there", () => {
    const own = of({
      "google/rpc/status.proto": 'syntax = "proto3"; package google.rpc; message Status { int32 mine = 9; }',
    });
    expect(own.message("google.rpc.Status")?.fields.map(({ name }) => name)).toEqual(["mine"]);
    expect(own.message("google.rpc.RetryInfo")).not.toBeNull();
    expect(own.warnings).toEqual([]);
  });
});

describe("names (protobuf language guide, Packages and Name Resolution)", () => {
  const found = of({
    "a.proto": `syntax = "proto3"; package a.b; import "c.proto";
message T { int32 outer = 1; }
message M {
  message T { int32 inner = 1; message T { int32 innermost = 1; } }
  T one = 1;
  T.T two = 2;
  .a.b.T three = 3;
  b.T four = 4;
  c.T five = 5;
  Other.Deep six = 6;
}
message Other { message Deep { int32 deep = 1; } }`,
    "c.proto": 'syntax = "proto3"; package a.c; message T { int32 c = 1; }',
  });

  test("the innermost scope that has the name", () => {
    expect(found.warnings).toEqual([]);
    const names = found.message("a.b.M")!.fields.map(({ messageType }) => messageType!.fullName);
    expect(names).toEqual(["a.b.M.T", "a.b.M.T.T", "a.b.T", "a.b.T", "a.c.T", "a.b.Other.Deep"]);
  });

  test("a type that only an inner scope declares is not found from outside", () => {
    const hidden = of({ "h.proto": 'syntax = "proto3"; message A { message In { } } message B { In x = 1; }' });
    expect(hidden.message("B")?.fields).toEqual([]);
    expect(hidden.warnings).toEqual([{ file: "h.proto", line: 1, text: "type In of x is not declared anywhere" }]);
  });

  test.each([
    ["foo_bar", "fooBar"],
    ["fooBar", "fooBar"],
    ["_foo", "Foo"],
    ["foo_", "foo"],
    ["foo__bar_1x", "fooBar1x"],
    ["FOO_bar", "FOOBar"],
  ])("the JSON name of %s is %s", (name, jsonName) => {
    expect(toJsonName(name)).toBe(jsonName);
  });
});

describe("broken sources cost themselves only", () => {
  const good = 'syntax = "proto3"; message Good { int32 x = 1; }';

  test("a file that does not parse: its line", () => {
    const { warnings, ...rest } = of({
      "bad.proto": 'syntax = "proto3";\n\nmessage Bad {\n  int32 = 1;\n}',
      "good.proto": good,
    });
    expect(warnings).toEqual([{ file: "bad.proto", line: 4, text: expect.stringMatching(/^does not parse: illegal/) }]);
    expect(rest).toBeDefined();
  });

  test("a file that ends in the middle, an empty one, one that is no schema", () => {
    const broken = of({
      "cut.proto": "message Cut { int32",
      "empty.proto": "",
      "no.proto": "%PDF-1.4 \u0000\u0001",
      "good.proto": good,
    });
    expect(broken.message("Good")).not.toBeNull();
    expect(broken.warnings.map(({ file }) => file)).toEqual(["cut.proto", "no.proto"]);
  });

  test("a name that two files declare: told with both places; the first counts", () => {
    const twice = of({
      "a.proto": 'syntax = "proto3";\nmessage M { int32 a = 1; }\nservice S { rpc X(M) returns (M); }',
      "b.proto": 'syntax = "proto3";\n\n\nmessage M { int32 b = 1; }\nservice S { rpc Y(M) returns (M); }',
    });
    expect(twice.message("M")!.fields[0].name).toBe("a");
    expect(twice.method("/S/Y")).toBeNull();
    expect(twice.warnings).toEqual([
      { file: "b.proto", line: 4, text: "M is declared in a.proto:2 already: this declaration is not used" },
      { file: "b.proto", line: 5, text: "service S is declared in a.proto:3 already: this declaration is not used" },
    ]);
  });

  test("the same file given twice is one file", () => {
    const text = 'syntax = "proto3"; message M {}';
    const protoFiles = [1, 2].map(() => ({ path: "a.proto", text }));
    expect(new Schema({ protoFiles }).warnings).toEqual([]);
  });

  test("a descriptor set that is none", () => {
    const descriptorSets = [
      { path: "zeros.pb", bytes: new Uint8Array(9) },
      { path: "empty.pb", bytes: new Uint8Array(0) },
      { path: "text.pb", bytes: new TextEncoder().encode('syntax = "proto3";') },
    ];
    const broken = new Schema({ descriptorSets });
    expect(broken.warnings.map(({ file }) => file)).toEqual(["zeros.pb", "empty.pb", "text.pb"]);
  });
});

describe("where things are declared", () => {
  const text = `// syntax = "proto2";
/* message Comment { int32 x = 1; }
*/ syntax = "proto3";
package a.b;
import "one.proto"; import public
  "two.proto";
option (x) = { message: "M" };
message M {
  option deprecated = true;
  int32 a = 1 [(opt) = { b: 1 },
    deprecated = true];
  map<string, int32> c = 2;
  oneof o {
    string d = 3;
  }
  message In { repeated int32
    e = 1; }
  reserved 5, 6;
  enum E { ZERO = 0; }
  extend X { optional int32 f = 100; }
}
service S { rpc R(M) returns (M) { option x = 1; }
  rpc Q(M) returns (M); }
`;

  test("the outline of a file", () => {
    const outline = scanProto(text);
    expect(outline.edition).toBe("proto3");
    expect(outline.package).toBe("a.b");
    expect(outline.imports).toEqual([
      { name: "one.proto", line: 5 },
      { name: "two.proto", line: 5 },
    ]);
    expect(Object.fromEntries(outline.lines)).toEqual({
      "a.b.M": 8,
      "a.b.M.a": 10,
      "a.b.M.c": 12,
      "a.b.M.d": 14,
      "a.b.M.In": 16,
      "a.b.M.In.e": 17,
      "a.b.M.E": 19,
      "a.b.M.f": 20,
      "a.b.S": 22,
      "a.b.S.R": 22,
      "a.b.S.Q": 23,
    });
  });

  test("any text has an outline", () => {
    for (let i = 0; i <= text.length; i++) {
      scanProto(text.slice(0, i));
      scanProto(text.slice(i));
    }
    expect(scanProto('edition = "2023"; } } ] ; = message').edition).toBe("2023");
  });

  test("a string that does not end is looked at once, and ends with its line", async () => {
    const scan = (quotes: number) =>
      expect(scanProto(`edition = "2023"; "${'\\"'.repeat(quotes)}\n; message M {}`).lines.get("M")).toBe(2);
    expect(await growth(8_000, scan)).toBeLessThan(SQUARE);
  });
});
