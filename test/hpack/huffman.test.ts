import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeHuffman, type HuffmanOutput } from "../../src/hpack/huffman.js";
import { CODE_LENGTHS } from "../../src/hpack/huffman-code.js";
import { codeOf, encodeHuffman } from "../support/huffman.js";

function decode(bytes: Uint8Array): { bytes: number[]; fault: string } {
  const output: HuffmanOutput = { bytes: new Uint8Array(0), length: 0, fault: "" };
  decodeHuffman(bytes, 0, bytes.length, output);
  return { bytes: [...output.bytes.subarray(0, output.length)], fault: output.fault };
}

describe("the code (RFC 7541 appendix B)", () => {
  test("is complete: every bit string begins with one code", () => {
    expect(CODE_LENGTHS.reduce((sum, length) => sum + 2 ** -length, 0)).toBe(1);
  });

  test.each([
    ["0", 0x30, "00000"],
    ["a", 0x61, "00011"],
    ["space", 0x20, "010100"],
    [":", 0x3a, "1011100"],
    ["X", 0x58, "11111100"],
    ["|", 0x7c, "11111111100"],
    ["\\", 0x5c, "1111111111111110000"],
    ["byte 0", 0, "1111111111000"],
    ["byte 10", 10, "111111111111111111111111111100"],
    ["byte 255", 255, "11111111111111111111101110"],
    ["EOS", 256, "111111111111111111111111111111"],
  ])("has the RFC's code for %s", (_name, symbol, code) => {
    expect(codeOf(symbol)).toBe(code);
  });
});

test("every byte, alone, twice and between others", () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const bytes of [[byte], [byte, byte], [0x61, byte, 10, byte, 0x30]]) {
      expect(decode(encodeHuffman(bytes))).toEqual({ bytes, fault: "" });
    }
  }
});

test("any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(decode(encodeHuffman(bytes))).toEqual({ bytes: [...bytes], fault: "" });
    }),
  );
});

describe("what RFC 7541 §5.2 forbids", () => {
  test.each([
    ["EOS inside", encodeHuffman([0x61, 256, 0x62]), [0x61], "EOS inside"],
    ["EOS at the end", encodeHuffman([0x61, 256]), [0x61], "EOS inside"],
    ["padding of 8 ones", Uint8Array.of(...encodeHuffman([0x61]), 0xff), [0x61], "padding longer than 7 bits"],
    ["padding of 24 ones", Uint8Array.of(0xff, 0xff, 0xff), [], "padding longer than 7 bits"],
    ["padding of zeros", Uint8Array.of(0b00011_000), [0x61], "padding that is not all ones"],
    ["padding with one zero", Uint8Array.of(0b00011_101), [0x61], "padding that is not all ones"],
    ["a code cut off", encodeHuffman([0x61, 10]).subarray(0, 3), [0x61], "padding longer than 7 bits"],
  ])("%s", (_name, coded, bytes, fault) => {
    expect(decode(coded)).toEqual({ bytes, fault });
  });

  test("7 ones are padding", () => {
    // "0" twice, "a" twice … : five codes of 5 bits leave 7 bits of 4 bytes
    expect(decode(encodeHuffman([0x30, 0x31, 0x32, 0x61, 0x63]))).toEqual({
      bytes: [0x30, 0x31, 0x32, 0x61, 0x63],
      fault: "",
    });
  });
});
