/** JSON bodies: what is one, as JSON.parse has it, and what it looks like on one line. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compactJson } from "../../src/call/json-codec.js";

const utf8 = new TextEncoder();
const compact = (text: string, maxDepth = 100) => compactJson(utf8.encode(text), maxDepth);

function parsed(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

describe("the grammar of RFC 8259", () => {
  test.each([
    ['{"a" : [1 , 2.50e+3,\t-0 ],\r\n"b": "x y" }', '{"a":[1,2.50e+3,-0],"b":"x y"}'],
    ["12345678901234567890", "12345678901234567890"],
    [' "\\u00e9\\n\\"" ', '"\\u00e9\\n\\""'],
    ["[]", "[]"],
    ["{ }", "{}"],
    ['{"a":1,"a":2}', '{"a":1,"a":2}'],
  ])("%j", (text, expected) => expect(compact(text)).toBe(expected));

  test.each([
    "",
    " ",
    "01",
    "1.",
    ".5",
    "1e",
    "+1",
    "tru",
    "nullx",
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    "[1,]",
    "{,}",
    "[1 2]",
  ])("%j is none", (text) => {
    expect(parsed(text)).toBeNull();
    expect(compact(text)).toBeNull();
  });

  test.each(['{"a"}', '{"a":}', "{1:2}", '"', '"\\', "[", "[1", "{", '{"a":1', "-", "nul", "\ufeff1"])(
    "%j is none",
    (text) => expect(compact(text)).toBeNull(),
  );

  test("bytes that are no UTF-8 are none", () => {
    expect(compactJson(Uint8Array.of(0x22, 0xff, 0x22), 100)).toBeNull();
  });

  test("any JSON, with whitespace, means the same; any other text is none", () => {
    const values = fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 4), (value, indent) => {
      expect(compact(JSON.stringify(value, null, indent))).toBe(JSON.stringify(value));
    });
    fc.assert(values, { numRuns: 300 });
    const pieces = fc.array(fc.constantFrom(...'[]{}",:0-.e5 \\un\ntrue', "true", "null", '"a"', '"a":'), {
      maxLength: 12,
    });
    const texts = fc.property(pieces, (list) => {
      const text = list.join("");
      const [mine, theirs] = [compact(text), parsed(text)];
      expect(mine === null).toBe(theirs === null);
      if (mine !== null) expect(JSON.parse(mine)).toEqual(theirs!.value);
    });
    fc.assert(texts, { numRuns: 3000 });
  });
});

test("arrays and objects lie in each other as deep as maxDepth", () => {
  expect(compact('[{"a":[1]}]', 3)).toBe('[{"a":[1]}]');
  expect(compact('[{"a":[1]}]', 2)).toBeNull();
  expect(compact(`${"[".repeat(200_000)}`)).toBeNull();
});
