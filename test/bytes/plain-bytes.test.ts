import { expect, test } from "@jest/globals";
import { plainBytes } from "../../src/bytes/plain-bytes.js";

test("a Buffer's slice is a copy behind it, its bytes are the same", () => {
  const buffer = Buffer.from("abcdef").subarray(1, 5);
  const plain = plainBytes(buffer);
  const copy = plain.slice(1, 3);
  buffer[1] = 0x78;
  expect([...plain]).toEqual([...buffer]);
  expect(new TextDecoder().decode(copy)).toBe("cd");
});

test("a plain array is handed back as it is", () => {
  const bytes = new Uint8Array(3);
  expect(plainBytes(bytes)).toBe(bytes);
});
