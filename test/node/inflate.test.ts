import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { inflate } from "../../src/node/inflate/index.js";
import { concat } from "../support/frames.js";

const MiB = 1024 * 1024;

/** Of the processor's time: the clock's goes on while others have their turn. */

const text = new TextEncoder().encode("to be, or not to be, that is the question; ".repeat(40));

/** A snappy block of one literal and copies of it, 64 bytes each. */
function snappyOf(byte: number, copies: number): Uint8Array {
  const length = 1 + 64 * copies;
  const varint: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 7) varint.push((rest & 127) | (rest > 127 ? 128 : 0));
  const copy = [(63 << 2) | 2, 1, 0];
  return concat(varint, [0, byte], ...Array.from({ length: copies }, () => copy));
}

/** A zstd frame without a content size whose window is 8 MiB, of blocks that repeat a byte 128 KiB times. */
function zstdOf(byte: number, blocks: number): Uint8Array {
  const block = (last: boolean) => {
    const header = (last ? 1 : 0) | (1 << 1) | ((128 * 1024) << 3);
    return [header & 255, (header >> 8) & 255, header >> 16, byte];
  };
  return concat(
    [0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3],
    ...Array.from({ length: blocks }, (_, i) => block(i === blocks - 1)),
  );
}

/** Written by zstd 1.5.4 with -19: Huffman-coded literals with FSE-coded weights, sequences of all three FSE tables. */
const ZSTD = parseHex(
  "28b52ffd0068c50600f2851112a0bb0120c9aeab2a9bb2f87f63c9a3ff2708a9fa5f35d1b6f88f39963146a89acd6199fc6f3e65bba9a2e56e0cf39c05989cca09cb01f3a990cac3ffccb56d0c551b1bb02b47a8510f4da5d0fe1920428318a51e11300cc2420dd3282889f639b1f46a1284b2035c79e944cd43b8690e123ff21fb1a0bd527fa6210c81a214ecb39951bad9b129b48fcc9a79d29235d3fe5cd66dec7aa8db93d9bacb72a71fa18ec272d4eb7202eb90ebff56aa4f7354c59e60cfe755f85388ad3d21a4229883dc5bd295dd07e29845a9fcf3578f0c591dd66715",
);

/** Framed by klauspost/compress 1.15 for Go: a chunk. */
const FRAMED = parseHex("ff060000734e61507059000c0000e085c1404208616263fa0300");
const FRAMED_TEXT = "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc";

describe("every encoding comes back", () => {
  test.each([
    ["gzip", gzipSync(text), text],
    ["gzip", concat(gzipSync(text), gzipSync(text)), concat(text, text)],
    ["deflate", deflateSync(text), text],
    ["deflate", deflateRawSync(text), text],
    ["br", brotliCompressSync(text), text],
    [
      "zstd",
      ZSTD,
      new TextEncoder().encode(
        "packet22 status333 window1 deadline1 call1 stream22 deadline1 trailer333 stream333 header1 header22 message1 trailer1 stream1 packet333 deadline1 frame1 call1 header1 frame22 status1 window333 header1 header22 message1 status22 frame1 message1 status22 packet333 call333 status1 message22 message22 status1 deadline22 frame1 message1 status22 call333 trailer22 trailer333 call22 call333 frame333 header1 header22 status333 status333 message22 stream333 status22 call22 stream1 status333 packet22 frame22 message333 window1 message333 status22 frame1 frame333 message22 frame333 call1 packet333 trailer1 header333 packet22 message22 trailer1 call333 call22 status1 frame333 packet1 trailer1 frame22 status1 call22 message1 deadline333 frame333 deadline22 status22 message22 deadline22 frame1 trailer333",
      ),
    ],
    ["zstd", concat(parseHex("502a4d18 02000000 0102"), zstdOf(7, 2)), new Uint8Array(256 * 1024).fill(7)],
    ["zstd", new Uint8Array(0), new Uint8Array(0)],
    ["snappy", snappyOf(0x41, 3), new Uint8Array(193).fill(0x41)],
    ["snappy", FRAMED, new TextEncoder().encode(FRAMED_TEXT)],
    ["x-snappy-framed", FRAMED, new TextEncoder().encode(FRAMED_TEXT)],
    ["snappy", new Uint8Array(0), new Uint8Array(0)],
  ])("%s", (encoding, compressed, expected) => {
    const result = inflate(encoding, compressed, MiB);
    expect(result.kind === "ok" && Buffer.compare(result.bytes, expected)).toBe(0);
  });

  test("an encoding that nobody knows", () => {
    expect(inflate("lzma", text, MiB)).toEqual({ kind: "unknown_encoding" });
  });
});

test.each([
  ["gzip", gzipSync(new Uint8Array(64 * MiB))],
  ["deflate", deflateSync(new Uint8Array(64 * MiB))],
  ["deflate", deflateRawSync(new Uint8Array(64 * MiB))],
  ["br", brotliCompressSync(new Uint8Array(64 * MiB))],
  ["zstd", zstdOf(0, 4096)],
  ["snappy", snappyOf(0, 40_000)],
])("a bomb in %s stops at the bound", (encoding, bomb) => {
  expect(inflate(encoding, bomb, MiB)).toEqual({ kind: "too_large" });
});

test.each([
  ["gzip", text, "incorrect header check"],
  ["deflate", Uint8Array.of(0xff, 0xff), "incorrect header check"],
  ["br", Uint8Array.of(0xff, 0xff, 0xff), "Decompression failed"],
  ["zstd", text, "it does not begin as a zstd frame does"],
  ["zstd", ZSTD.subarray(0, 60), "it is cut"],
  ["zstd", parseHex("28b52ffd 23 05 00 010000"), "it needs dictionary"],
  ["zstd", parseHex("28b52ffd 00 ff 070000"), "a block is of the reserved type"],
  // A match whose offset is 4 on the first byte of the frame: the predefined tables, one sequence.
  ["zstd", parseHex("28b52ffd 00 00 3d0000 08 61 01 00 000002"), "a match reaches before the frame"],
  ["snappy", parseHex("ffffffff0f 00 61"), "it claims 4294967295 bytes, more than its 2 can hold"],
  ["snappy", parseHex("0a 00 61 05 00"), "a copy reaches outside its block"],
  ["snappy", parseHex("0a f0 ff 61"), "a literal is longer than its block"],
  ["snappy", concat(FRAMED.subarray(0, 14), [0, 0, 0, 0], FRAMED.subarray(18)), "a chunk's checksum does not match"],
  ["snappy", concat(FRAMED.subarray(0, 10), [2, 0, 0, 0]), "chunk type 0x2 is not known"],
])("damage in %s is told, and why", (encoding, damaged, reason) => {
  expect(inflate(encoding, damaged, MiB)).toMatchObject({ kind: "failed", reason: expect.stringContaining(reason) });
});

test("damaged zstd and snappy end within the bound, whatever the damage", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (const [encoding, whole] of [
    ["zstd", ZSTD],
    ["snappy", snappyOf(1, 300)],
    ["snappy", FRAMED],
  ] as const) {
    for (let i = 0; i < 3000; i++) {
      const damaged = whole.slice(0, i % 2 === 0 ? whole.length : random(whole.length));
      for (let hit = 0; hit < 3; hit++) damaged[random(Math.min(damaged.length, 60))] = random(256);
      const result = inflate(encoding, damaged, MiB);
      if (result.kind === "ok") expect(result.bytes.length).toBeLessThanOrEqual(MiB);
      else expect(["failed", "too_large"]).toContain(result.kind);
    }
  }
});
