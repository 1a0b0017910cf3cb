import { describe, expect, jest, test } from "@jest/globals";
import fc from "fast-check";
import { decodeLatin1, decodeUtf8Strict } from "../../src/bytes/text.js";

const strict = (bytes: readonly number[]) => decodeUtf8Strict(Uint8Array.from(bytes), 0, bytes.length);

/** What the platform says of the same bytes. */
function platformText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes at the borders of what UTF-8 allows, one behind the other. */
const borderBytes = fc.array(
  fc.constantFrom(
    ...[
      0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbd, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
    ],
    ...[0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff],
  ),
  { maxLength: 12 },
);

/** Text with at most one byte of it changed or cut off. */
const damagedText = fc
  .tuple(
    fc.string({ unit: "grapheme", maxLength: 400 }),
    fc.nat(),
    fc.nat(255),
    fc.constantFrom("none", "change", "cut"),
  )
  .map(([text, place, byte, how]) => {
    const bytes = new TextEncoder().encode(text);
    if (how === "cut") return bytes.subarray(0, place % (bytes.length + 1));
    if (how === "change" && bytes.length > 0) bytes[place % bytes.length] = byte;
    return bytes;
  });

describe("strict UTF-8", () => {
  test.each<[string, ...number[][]]>([
    ["overlong", [0xc0, 0x80], [0xe0, 0x9f, 0xbf], [0xf0, 0x8f, 0xbf, 0xbf]],
    ["a surrogate", [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf]],
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80]],
    ["truncated", [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x41, 0xef, 0xbf]],
  ])("none where a character is %s", (_, ...bytes) => {
    for (const each of bytes) {
      expect(strict(each)).toBeNull();
      expect(strict([...new Array(100).fill(0x41), ...each])).toBeNull();
    }
  });

  test("a sent U+FFFD and a byte-order mark stay", () => {
    expect(strict([0xef, 0xbf, 0xbd])).toBe("\ufffd");
    expect(strict([0xef, 0xbb, 0xbf, 0x41])).toBe("\ufeffA");
  });

  test("says what a fatal TextDecoder says", () => {
    const same = (bytes: Uint8Array) => expect(decodeUtf8Strict(bytes, 0, bytes.length)).toBe(platformText(bytes));
    fc.assert(
      fc.property(borderBytes, (bytes) => same(Uint8Array.from(bytes))),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(damagedText, same), { numRuns: 1000 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), same), { numRuns: 1000 });
  });

  test("looks at its own bytes only", () => {
    expect(decodeUtf8Strict(Uint8Array.of(0xff, 0xe2, 0x82, 0xac, 0xff), 1, 4)).toBe("€");
    expect(decodeUtf8Strict(Uint8Array.of(0xff, 0xe2, 0x82, 0xac, 0xff), 1, 3)).toBeNull();
  });

  test("no exception is thrown for a short text", () => {
    const decode = jest.spyOn(TextDecoder.prototype, "decode");
    expect(strict([0x61, 0xff])).toBeNull();
    expect(strict(new Array(1000).fill(0xff))).toBeNull();
    expect(decode.mock.results.filter(({ type }) => type === "throw")).toEqual([]);
    decode.mockRestore();
  });
});

describe("latin-1", () => {
  test.each([0, 1, 24, 25, 4095, 4096, 4097, 10_000])("%i bytes are as many characters", (length) => {
    const bytes = Uint8Array.from({ length: length + 2 }, (_, i) => i * 167);
    expect(decodeLatin1(bytes, 1, length + 1)).toBe(Buffer.from(bytes.subarray(1, length + 1)).toString("latin1"));
  });

  test("a long text takes no more memory than its bytes", () => {
    const bytes = new Uint8Array(4_000_000).fill(0xff);
    const before = process.memoryUsage().heapUsed;
    const text = decodeLatin1(bytes, 0, bytes.length);
    // 128 MB where the text is a chain of characters
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32_000_000);
    expect(text).toHaveLength(bytes.length);
  });
});
