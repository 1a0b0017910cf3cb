import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeBase64, encodeBase64 } from "../../src/bytes/base64.js";

const text = (value: string) => new TextEncoder().encode(value);

describe("base64", () => {
  test.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ])("RFC 4648 §10: %j", (plain, encoded) => {
    expect(encodeBase64(text(plain))).toBe(encoded);
    expect(decodeBase64(encoded)).toEqual(text(plain));
    expect(decodeBase64(encoded.replace(/=+$/, ""))).toEqual(text(plain));
  });

  test.each([510, 511, 512, 513, 514, 100_000])("as long as %i bytes, and from the middle of a buffer", (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 167) ^ (i >> 8));
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    expect(encodeBase64(bytes, 1, length - 1)).toBe(Buffer.from(bytes.subarray(1, -1)).toString("base64"));
  });

  test.each(["A", "AB===", "Zm9v!", "Zm9vé"])("not base64: %j", (value) => {
    expect(decodeBase64(value)).toBeNull();
  });

  test("agrees with the platform's for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(decodeBase64(Buffer.from(bytes).toString("base64url"))).toEqual(bytes);
      }),
    );
  });
});
