/** Files that come one at a time, in any order, before and behind the calls that need them. */
import { describe, expect, test } from "@jest/globals";
import { LIMITS } from "../../src/limits.js";
import { decodeMessage } from "../../src/protobuf/decode.js";
import { DescriptorPool, ParsedDescriptor } from "../../src/protobuf/descriptor-pool.js";
import { enclosingNames } from "../../src/protobuf/schema/enclosing-names.js";
import { descriptorsOf } from "../support/descriptors.js";
import { i32Field, lenField, varintField } from "./wire-bytes.js";

const FILES = descriptorsOf({
  "shop.proto": `syntax = "proto3"; package shop; import "item.proto"; import "kind.proto"; import "google/protobuf/timestamp.proto";
    service Shop { rpc Buy(Order) returns (stream Item); rpc Look(Item) returns (Item); }
    message Order { Item item = 1; Kind kind = 2; google.protobuf.Timestamp at = 3; }`,
  "item.proto": 'syntax = "proto2"; package shop; message Item { optional int32 price = 1; extensions 100 to 200; }',
  "kind.proto": 'syntax = "proto3"; package shop; enum Kind { NONE = 0; GIFT = 1; }',
  "more.proto": 'syntax = "proto2"; package shop; import "item.proto"; extend Item { optional int32 rebate = 100; }',
});

const body = Uint8Array.from([
  ...lenField(1, [...varintField(1, 7), ...varintField(100, 3)]),
  ...varintField(2, 1),
  ...lenField(3, varintField(1, 5)),
]);
const whole = { item: { price: 7, "[shop.rebate]": 3 }, kind: "GIFT", at: "1970-01-01T00:00:05Z" };

function bought(pool: DescriptorPool): unknown {
  const type = pool.method("/shop.Shop/Buy")?.request;
  if (!type) return type;
  const options = { schema: pool, limits: LIMITS, emitDefaults: false };
  return JSON.parse(decodeMessage(type, body, 0, body.length, options).json);
}

function poolOf(...names: string[]): DescriptorPool {
  const pool = new DescriptorPool();
  for (const name of names) pool.add(new ParsedDescriptor(FILES[name]));
  return pool;
}

test.each([
  [["shop.proto", "item.proto", "kind.proto", "more.proto"]],
  [["more.proto", "kind.proto", "item.proto", "shop.proto"]],
  [["kind.proto", "more.proto", "shop.proto", "item.proto", "item.proto"]],
])("in the order %j", (names) => {
  expect(bought(poolOf(...names))).toEqual(whole);
});

test("between the files calls are read by what is there; types in use are completed", () => {
  const pool = new DescriptorPool();
  const seen = ["kind.proto", "shop.proto", "item.proto", "more.proto"].map((name) => {
    pool.add(new ParsedDescriptor(FILES[name]));
    return bought(pool);
  });
  const { item, ...rest } = whole;
  expect(seen).toEqual([undefined, rest, { ...rest, item: { price: 7 } }, whole]);
  expect(pool.method("/shop.Shop/Buy")).toMatchObject({
    kind: "server_streaming",
    response: { fullName: "shop.Item" },
  });
});

test("a method whose own types come later", () => {
  const pool = poolOf("shop.proto");
  expect(pool.method("/shop.Shop/Look")).toMatchObject({ kind: "unary", request: null, response: null });
  pool.add(new ParsedDescriptor(FILES["item.proto"]));
  expect(pool.method("/shop.Shop/Look")?.request?.fullName).toBe("shop.Item");
});

test("of two files of one name, and of two declarations, the first one counts", () => {
  const pool = poolOf("item.proto");
  const [other, same] = ["other.proto", "item.proto"].map((path) =>
    descriptorsOf({ [path]: 'syntax = "proto3"; package shop; message Item { int32 cost = 1; } message New {}' }),
  );
  pool.add(new ParsedDescriptor(same["item.proto"]));
  expect(pool.message("shop.New")).toBeNull();
  pool.add(new ParsedDescriptor(other["other.proto"]));
  expect(pool.message("shop.New")).not.toBeNull();
  expect(pool.message("shop.Item")?.fields.map(({ name }) => name)).toEqual(["price"]);
});

describe("what a file declares", () => {
  test("is counted and named", () => {
    const { methods, messages, size } = new ParsedDescriptor(FILES["shop.proto"]);
    expect([methods, messages, size]).toEqual([["/shop.Shop/Buy", "/shop.Shop/Look"], ["shop.Order"], 6]);
    expect(new ParsedDescriptor(FILES["kind.proto"]).size).toBe(3);
  });

  test("a file of more records than any has is read as far as 200,000", () => {
    const field = [...lenField(1, [0x61]), ...varintField(3, 1), ...i32Field(9, 1)];
    const message = Array.from({ length: 60_000 }, () => lenField(2, field)).flat();
    expect(new ParsedDescriptor(Uint8Array.from(lenField(4, message))).size).toBeLessThan(60_000);
  });
});

test("names of any depth have a bounded number of packages and messages around them", () => {
  expect([...enclosingNames("shop.v1.Order.Item")]).toEqual(["shop.v1.Order.Item", "shop.v1.Order", "shop.v1", "shop"]);
  expect([...enclosingNames("")]).toEqual([]);
  expect([...enclosingNames("a.".repeat(500_000))]).toHaveLength(100);
});
