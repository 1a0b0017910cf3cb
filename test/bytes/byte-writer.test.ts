import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ByteWriter } from "../../src/bytes/byte-writer.js";

function written(write: (out: ByteWriter) => void): string {
  const out = new ByteWriter(1);
  write(out);
  return out.toString();
}

describe("ByteWriter", () => {
  test("quote writes what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string()), (text) => {
        expect(written((out) => out.quote(text))).toBe(JSON.stringify(text));
      }),
    );
  });

  test("number writes what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double()), (value) => {
        expect(written((out) => out.number(value))).toBe(Object.is(value, -0) ? "0" : JSON.stringify(value));
      }),
    );
    expect(written((out) => out.number(null))).toBe("null");
  });

  test("millionths writes what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: 0, max: 2e15 }), fc.nat(2_000_000)), (value) => {
        expect(written((out) => out.millionths(value))).toBe(JSON.stringify(value / 1e6));
      }),
    );
    expect(written((out) => out.millionths(null))).toBe("null");
  });

  test("text writes any text as UTF-8, short and long", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 600 }), (text) => {
        expect(written((out) => out.text(text))).toBe(text);
      }),
    );
  });

  test("parts follow each other while the memory grows, and clear begins anew", () => {
    const out = new ByteWriter(4);
    out.ascii("one ");
    out.raw(Uint8Array.of(0, 0x74, 0x77, 0x6f), 1);
    out.base64(Uint8Array.of(255));
    expect(out.toString()).toBe('one two"/w=="');
    out.clear();
    out.ascii("x");
    expect(out.toString()).toBe("x");
  });
});
