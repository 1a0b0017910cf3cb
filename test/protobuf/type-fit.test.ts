import { describe, expect, test } from "@jest/globals";
import { Schema } from "../../src/protobuf/schema.js";
import { TypeFit } from "../../src/protobuf/type-fit.js";

const TEXT = `syntax = "proto3";
  enum Color { NONE = 0; RED = 1; }
  message Size { uint32 width = 1; uint32 height = 2; }
  message All { string text = 1; int32 number = 2; bool flag = 3; Color color = 4; Size size = 5; repeated sint32 many = 6;
    bytes blob = 7; double real = 8; uint32 small = 9; map<string, Size> sizes = 10; repeated Size list = 11; }`;
const schema = new Schema({ protoFiles: [{ path: "t.proto", text: TEXT }] });

const fits = (...bytes: number[]) => new TypeFit(schema.message("All")!).add(Uint8Array.from(bytes), 0, bytes.length);

describe("what a type explains", () => {
  test.each([
    ["nothing", []],
    ["a string", [0x0a, 2, 0xc3, 0xa9]],
    ["a negative int32, in ten bytes", [0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ["a sub-message", [0x2a, 2, 0x08, 1]],
    ["packed numbers", [0x32, 2, 1, 2]],
    ["the same, not packed", [0x30, 1, 0x30, 2]],
    ["bytes", [0x3a, 2, 0xff, 0xfe]],
    ["a map", [0x52, 5, 0x0a, 1, 0x61, 0x12, 0]],
    ["messages in a list", [0x5a, 0, 0x5a, 2, 0x08, 1]],
  ])("%s", (_, bytes) => expect(fits(...bytes)).toBe(true));

  test.each([
    ["a field that it has not", [0x78, 1]],
    ["another wire type", [0x08, 1]],
    ["a string that is no UTF-8", [0x0a, 1, 0xff]],
    ["a bool of 2", [0x18, 2]],
    ["an enum number without a name", [0x20, 7]],
    ["a uint32 beyond 32 bits", [0x48, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ["an int32 of 2^31", [0x10, 0x80, 0x80, 0x80, 0x80, 0x08]],
    ["a field twice that is not repeated", [0x0a, 1, 0x61, 0x0a, 1, 0x62]],
    ["what is wrong in a sub-message", [0x2a, 2, 0x18, 1]],
    ["a length beyond the end", [0x0a, 9, 0x61]],
    ["half a fixed64", [0x41, 1, 2]],
  ])("not %s", (_, bytes) => expect(fits(...bytes)).toBe(false));
});

test("more different fields say more; fields that never come count against", () => {
  const size = new TypeFit(schema.message("Size")!);
  const all = new TypeFit(schema.message("All")!);
  for (let i = 1; i < 20; i++) {
    size.add(Uint8Array.of(0x08, i, 0x10, i), 0, 4);
    all.add(Uint8Array.of(0x10, i, 0x48, i), 0, 4);
  }
  expect(size.bits).toBe(3);
  expect(all.bits).toBeLessThan(size.bits - 2);
});
