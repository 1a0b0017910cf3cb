import { describe, expect, test } from "@jest/globals";
import { SERVER } from "../../src/bytes/byte-stream-sink.js";
import { HeadFinder } from "../../src/http1/head-finder.js";
import { HeadReader } from "../../src/http1/head-reader.js";
import { parseFields } from "../../src/http1/parse-head.js";
import { growth, SQUARE } from "../support/growth.js";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const parse = (text: string, maxFields = 100) => parseFields(bytesOf(text), 0, text.length, maxFields);
const values = (text: string) => parse(text).fields.map(({ name, value }) => `${name}=${value}`);

describe("lines that go on a field", () => {
  test.each([
    ["a: b\r\n c\r\n\td \r\n", ["a=b c d"]],
    ["a:\r\n  b\n \n c\n", ["a=b c"]],
    ["a: b\r\n \r\ne: f\r\n", ["a=b", "e=f"]],
    ["a: b\n c\nd: e\n f\n", ["a=b c", "d=e f"]],
    [" x\na: b\n", ["a=b"]],
    ["a: \xff\n b\n", ["a=\xff b"]],
  ])("%j", (head, expected) => expect(values(head)).toEqual(expected));

  test("behind a field that is not kept they are passed over", () => {
    const { fields, malformed, tooMany } = parse("a: b\nc: d\n e\n", 1);
    expect(fields.map(({ value }) => value)).toEqual(["b"]);
    expect([malformed, tooMany]).toEqual([" e", true]);
  });
});

test.each(["a: b", "a", "a:\n b"])("nothing behind the end is looked at: %j", (head) => {
  const bytes = bytesOf(`${head}:x\r\n\r\nb: c\r\n\r\n`);
  expect(parseFields(bytes, 0, head.length, 100)).toEqual(parse(head));
  expect(new HeadReader(1000).push(bytes, 0, head.length)).toBe(-1);
  expect(new HeadFinder(SERVER).push(bytesOf("HTTP/1.1 200 OK\r\n"), 0, 15)).toBe(-1);
});

test.each([
  ["HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n"],
  ["\0 \x80HTTP/1.1 200 OK\n", "HTTP/1.1 200 OK\n"],
  ["x HTTP/1.1 200 HTTP/1.1 404 \tNo\r\n", "HTTP/1.1 200 HTTP/1.1 404 \tNo\r\n"],
  ["HTTP/1.1 200 O\rK\r\n", null],
  ["HTTP/1.1 200 \x80\r\n", null],
  ["HTTP/1.1 2000\r\n", null],
])("in %j the start line is %j", (line, expected) => {
  const finder = new HeadFinder(SERVER);
  expect(finder.push(bytesOf(line), 0, line.length)).toBe(expected === null ? -1 : line.length);
  if (expected !== null) expect(finder.line).toEqual(bytesOf(expected));
});

describe("eight times as much costs eight times as much, not sixty-four", () => {
  test("lines without a colon", async () => {
    const run = (count: number) => {
      const text = "a\n".repeat(count);
      expect(parse(`${text}b: c`).malformed).toBe("a");
    };
    expect(await growth(15_000, run)).toBeLessThan(SQUARE);
  });

  test("lines that go on a field", async () => {
    expect(
      await growth(15_000, (count) => expect(values(`a: b\n${" a\n".repeat(count)}`)).toHaveLength(1)),
    ).toBeLessThan(SQUARE);
  });

  test("pieces of one large chunk", async () => {
    const run = (count: number) => {
      const chunk = new Uint8Array(16 * count).fill(0x61);
      const finder = new HeadFinder(SERVER);
      let found = 0;
      for (let at = 0; at < chunk.length; at += 16) if (finder.push(chunk, at, at + 16) >= 0) found++;
      expect(found).toBe(0);
    };
    expect(await growth(10_000, run)).toBeLessThan(SQUARE);
  });

  test("what may be start lines in one long line", async () => {
    const run = (count: number) => {
      const line = bytesOf(`${"HTTP/1.1 200 ".repeat(count)}\x01\n`);
      for (let i = 0; i < 20; i++) expect(new HeadFinder(SERVER).push(line, 0, line.length)).toBe(-1);
    };
    expect(await growth(78, run)).toBeLessThan(SQUARE);
  });
});
