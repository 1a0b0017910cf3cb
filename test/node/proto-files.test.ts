import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { globBase, globPattern } from "../../src/node/glob.js";
import { ProtoCache } from "../../src/node/proto-cache.js";
import { readProtoFiles } from "../../src/node/proto-files.js";
import { Schema } from "../../src/protobuf/schema.js";

let folder = "";
const order = `syntax = "proto3"; package shop.v1; import "shop/v1/money.proto"; message Order { Money price = 1; }`;
const money = `syntax = "proto3"; package shop.v1; message Money { int64 units = 1; }`;
const service = `syntax = "proto3"; package shop.v1;
import "shop/v1/order.proto";
service Orders { rpc Get(Order) returns (Order); }`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "proto-files-"));
  const files = {
    "protos/shop/v1/order.proto": order,
    "protos/shop/v1/money.proto": money,
    "protos/shop/v1/service.proto": service,
    "protos/.hidden/no.proto": "message Hidden {}",
    "protos/node_modules/no.proto": "message Dependency {}",
    "protos/readme.txt": "no schema",
    "flat/a.proto": `import "b.proto"; message A { optional B b = 1; }`,
    "flat/b.proto": "\ufeffmessage B {}",
    "bare/readme.txt": "no schema",
    "broken/good.proto": `import "loop.proto"; message Good { optional int32 x = 1; }`,
    "broken/bad.proto": "message Bad {\n  what is this\n}",
    "broken/missing.proto": `syntax = "proto3";\nimport "nowhere/to/be/found.proto";\nmessage Missing { int32 y = 1; Lost z = 2; }`,
    "broken/loop.proto": `import "good.proto"; message Loop { optional Good good = 1; }`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync(join(folder, "flat"), join(folder, "flat", "around"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (paths: string[], importPaths: string[] = []) =>
  readProtoFiles(
    paths.map((path) => join(folder, path)),
    importPaths.map((path) => join(folder, path)),
  );
const names = (paths: string[], importPaths?: string[]) =>
  read(paths, importPaths)
    .files.map(({ path }) => path)
    .sort();

describe("--proto", () => {
  const shop = ["shop/v1/money.proto", "shop/v1/order.proto", "shop/v1/service.proto"];

  test("a directory: every .proto below it, hidden folders and node_modules left out", () => {
    expect(names(["protos"])).toEqual(shop);
  });

  test("a directory inside the root: the import lines fix the root", () => {
    expect(names(["protos/shop/v1"])).toEqual(shop);
  });

  test("one file: what it imports is found above it, and what that imports", () => {
    expect(names(["protos/shop/v1/service.proto"])).toEqual(shop);
    const { files } = read(["protos/shop/v1/service.proto"]);
    expect(new Schema({ protoFiles: files }).warnings).toEqual([]);
  });

  test("a glob", () => {
    expect(names(["protos/**/{order,money}.proto"])).toEqual(["shop/v1/money.proto", "shop/v1/order.proto"]);
  });

  test("-I names the root", () => {
    expect(names(["protos/shop/v1/money.proto"], ["protos"])).toEqual(["shop/v1/money.proto"]);
    expect(names(["protos/shop/v1/money.proto"], ["protos/shop"])).toEqual(["v1/money.proto"]);
  });

  test("a folder that holds a link to itself is read once; a byte-order mark is taken off", () => {
    const { files } = read(["flat"]);
    expect(files.map(({ path }) => path)).toEqual(["a.proto", "b.proto"]);
    expect(new Schema({ protoFiles: files }).warnings).toEqual([]);
  });

  test("what is not there is a warning, and the rest is read", () => {
    const { files, warnings } = read(["nothing", "none/*.proto", "bare", "flat/a.proto", "flat/*.proto"]);
    expect(files).toHaveLength(2);
    expect(warnings.map(({ text }) => text)).toEqual([
      "no such file or directory",
      "matches no .proto file",
      "holds no .proto file",
    ]);
  });
});

test("a broken file, a missing import and a cycle cost themselves only", () => {
  const { files } = read(["broken"]);
  const schema = new Schema({ protoFiles: files });
  expect(schema.warnings).toEqual([
    { file: expect.stringMatching(/\/broken\/bad\.proto$/), line: 2, text: expect.stringContaining("does not parse") },
    {
      file: expect.stringMatching(/\/broken\/missing\.proto$/),
      line: 2,
      text: 'import "nowhere/to/be/found.proto" was not found',
    },
  ]);
  expect(schema.message("Good")?.fields.map(({ name }) => name)).toEqual(["x"]);
  expect(schema.message("Loop")?.fields[0].messageType).toBe(schema.message("Good"));
  expect(schema.message("Missing")?.fields.map(({ name }) => name)).toEqual(["y"]);
  expect(schema.message("Bad")).toBeNull();
});

describe("many files", () => {
  const cacheFile = () => join(folder, "cache", "sub", "proto.json");
  const open = (manyFiles = 1) => {
    const { files, indexedFiles, warnings } = readProtoFiles(
      [join(folder, "protos"), join(folder, "broken")],
      [],
      new ProtoCache(cacheFile()),
      manyFiles,
    );
    expect(files).toEqual([]);
    return { indexedFiles, warnings, schema: new Schema({ indexedFiles }) };
  };

  test("are indexed: the schema is the same, broken files are named, and a file is read when it is needed", () => {
    const { indexedFiles, schema } = open();
    const eager = new Schema({ protoFiles: read(["protos", "broken"]).files });
    expect(schema.services()).toEqual(eager.services());
    expect(schema.warnings).toEqual(eager.warnings);
    const reads = indexedFiles.map((file) => jest.spyOn(file, "text", "get"));
    const method = schema.method("/shop.v1.Orders/Get");
    expect(method?.request?.fields[0].messageType?.fields.map(({ name }) => name)).toEqual(["units"]);
    expect(method?.request).toBe(schema.message("shop.v1.Order"));
    expect(reads.filter(({ mock }) => mock.calls.length > 0)).toHaveLength(3);
    expect(schema.message("Nowhere")).toBeNull();
    expect(reads.filter(({ mock }) => mock.calls.length > 0)).toHaveLength(3);
  });

  test("of which the cache knows what they declare, until one changes", () => {
    const first = open();
    const cached = readFileSync(cacheFile(), "utf8");
    const second = open();
    expect(readFileSync(cacheFile(), "utf8")).toBe(cached);
    expect(second.indexedFiles.map(({ index }) => index)).toEqual(first.indexedFiles.map(({ index }) => index));
    const changed = join(folder, "broken", "good.proto");
    const text = readFileSync(changed, "utf8");
    writeFileSync(changed, `${text}\nmessage Better {}`);
    try {
      expect(open().schema.message("Better")).not.toBeNull();
      expect(first.schema.message("Better")).toBeNull();
    } finally {
      writeFileSync(changed, text);
    }
  });

  test("a broken cache, or one that cannot be written, is done without", () => {
    for (const content of ["", "{", "[]", '{"version":1}', '{"version":0,"files":[]}', '{"version":1,"files":7}']) {
      writeFileSync(cacheFile(), content);
      expect(open().schema.message("shop.v1.Order")).not.toBeNull();
    }
    const nowhere = new ProtoCache(join(folder, "protos", "readme.txt", "cache.json"));
    expect(readProtoFiles([join(folder, "protos")], [], nowhere, 1).indexedFiles).toHaveLength(3);
  });

  test("a file that is gone when it is needed declares nothing", () => {
    const { indexedFiles, schema } = open();
    expect(indexedFiles.length).toBeGreaterThan(0);
    const gone = join(folder, "protos", "shop", "v1", "money.proto");
    rmSync(gone);
    try {
      expect(schema.message("shop.v1.Money")).toBeNull();
      expect(schema.message("shop.v1.Order")?.fields).toEqual([]);
    } finally {
      writeFileSync(gone, money);
    }
  });
});

describe("globs", () => {
  test.each([
    ["a/*.proto", "a/b.proto", true],
    ["a/*.proto", "a/b/c.proto", false],
    ["a/**/*.proto", "a/c.proto", true],
    ["a/**/*.proto", "a/b/b/c.proto", true],
    ["a/?.{proto,txt}", "a/b.txt", true],
    ["a/[!b].proto", "a/b.proto", false],
    ["a/[ab].proto", "a/b.proto", true],
    ["a.b/(c)+$/*.proto", "a.b/(c)+$/d.proto", true],
    ["a.b/*", "axb/c", false],
  ])("%s on %s: %s", (pattern, path, matches) => {
    expect(globPattern(pattern).test(path)).toBe(matches);
  });

  test.each([
    ["a/b/*.proto", "a/b"],
    ["*.proto", "."],
    ["/*.proto", "/"],
    ["/a/{b,c}/d.proto", "/a"],
  ])("the base of %s is %s", (pattern, base) => {
    expect(globBase(pattern)).toBe(base);
  });
});
