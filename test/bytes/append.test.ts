import { expect, test } from "@jest/globals";
import { append } from "../../src/bytes/append.js";

test("more items than the stack has room for arguments", () => {
  const items = Array.from({ length: 1_000_000 }, (_, i) => i);
  expect(() => [].push(...(items as never[]))).toThrow(RangeError);
  const target = [-1];
  append(target, items);
  expect([target.length, target[1], target.at(-1)]).toEqual([1_000_001, 0, 999_999]);
});
