import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { decompressed } from "../../src/node/compressed.js";
import { InputError } from "../../src/node/input-error.js";
import { concat } from "../support/frames.js";
import { costOf, SQUARE } from "../support/growth.js";

const plain = readFileSync("captures/calculator.pcap");
/** `zstd -19 -c` of "cal-inspect " 200 times, made with zstd 1.5.4. */
const ZSTD_TEXT = "cal-inspect ".repeat(200);
const ZSTD = Buffer.from("KLUv/QRonQAAYGNhbC1pbnNwZWN0IAEAUblfkmnixXM=", "base64");

/** Chunks of `size` bytes, one buffer overwritten for each, as a file is read. */
async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

describe.each([1, 2, 3, 7, 1000, 1_000_000])("in chunks of %d bytes", (size) => {
  const read = (bytes: Uint8Array) => collect(decompressed(chunked(bytes, size), "it"));

  test("plain bytes pass through", async () => expect(await read(plain)).toEqual(plain));

  test("gzip (RFC 1952)", async () => expect(await read(gzipSync(plain))).toEqual(plain));

  test("gzip of several members (RFC 1952 §2.2)", async () => {
    const members = Buffer.concat([gzipSync(plain.subarray(0, 3000)), gzipSync(plain.subarray(3000))]);
    expect(await read(members)).toEqual(plain);
  });

  test("an empty input", async () => expect(await read(new Uint8Array(0))).toHaveLength(0));

  test("a short input that begins like a compressed one", async () => {
    expect(await read(Uint8Array.of(0x28, 0xb5))).toEqual(Buffer.of(0x28, 0xb5));
  });
});

test.each([1, 3, 20, 1000])("zstd (RFC 8878), and two frames of it, in chunks of %d bytes", async (size) => {
  const read = (bytes: Uint8Array) => collect(decompressed(chunked(bytes, size), "it"));
  expect((await read(ZSTD)).toString()).toBe(ZSTD_TEXT);
  expect((await read(Buffer.concat([ZSTD, ZSTD]))).toString()).toBe(ZSTD_TEXT + ZSTD_TEXT);
});

test("a cut gzip file: what came before is read, then one sentence", async () => {
  const compressed = gzipSync(plain);
  const pieces: Uint8Array[] = [];
  const reading = (async () => {
    const chunks = decompressed(chunked(compressed.subarray(0, compressed.length - 100), 500), "cut.gz");
    for await (const chunk of chunks) pieces.push(chunk.slice());
  })();
  await expect(reading).rejects.toThrow(InputError);
  await expect(reading).rejects.toThrow(
    /^cut\.gz is gzip-compressed and damaged or cut: .*; what came before was read$/,
  );
  const got = Buffer.concat(pieces);
  expect(got.length).toBeGreaterThan(1000);
  expect(got).toEqual(plain.subarray(0, got.length));
});

/** A zstd frame with a window of 2^`log` bytes, of raw blocks of one byte each. */
function singleBytes(log: number, text: Uint8Array): Uint8Array {
  const blocks = Array.from(text, (byte, i) => [i === text.length - 1 ? 9 : 8, 0, 0, byte]);
  return concat([0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3], ...blocks);
}

describe("a window of zstd", () => {
  /** Lines that `zstd -19 --zstd=wlog=10 -c` of zstd 1.5.4 made this of: a block of them, 416 that repeat what is 952 bytes before, and one more. */
  const text = Array.from({ length: 36 }, (_, i) => `call ${i} took ${(i * 7919) % 1009} us of ${(i * 104729) % 997}\n`)
    .join("")
    .repeat(450);
  const bytes = concat(
    Buffer.from(
      "KLUv/QQAVAcAVlEnErCnDZAGohoMS0R275QJayvIICUAIAAgAHmI4/vdSmnT/i07uvRrmiojeq6/FRIwZTDKkZQphGEgZUpRBEJXxJ/197m8sjGrr4ysEN+rrLFVpB5fNs2P+CFL0y1bfnTK652wrB4iajXr5rfoqFy0nLP2TRepg2iXUzNOKZvn41dJK2e+hXfVywzZRM9TfeaOyXXVx3nFsWy5ZIelDGuoEcBAvf03sFcLaxJIgPT7//8Z3x3osOkWlWn5unGrkFi0Y7bUlfOKpa9Cmfe1VZiNBnAQZMG3OCsDiIihK+yq3yMTS6a0EkCqRAAAAAEA/XdXAgg=",
      "base64",
    ),
    ...Array.from({ length: 416 }, () => parseHex("3c000000 0100fd2b0004")),
    parseHex("3d00000001006d2a000283f93755"),
  );

  test("is all that is held, and moves on", async () => {
    expect((await collect(decompressed(chunked(bytes, 100), "it"))).toString() === text).toBe(true);
  });

  test.each([30, 300, 2000, bytes.length - 1])("cut at byte %d: what came before is read", async (length) => {
    const pieces: Buffer[] = [];
    const reading = (async () => {
      const chunks = decompressed(chunked(bytes.subarray(0, length), 100), "cut.zst");
      for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
    })();
    await expect(reading).rejects.toThrow(
      "cut.zst is zstd-compressed and damaged or cut: it is cut; what came before was read",
    );
    const got = Buffer.concat(pieces).toString();
    expect(text.startsWith(got)).toBe(true);
    if (length === bytes.length - 1) expect(got).toHaveLength(text.length);
  });

  test("takes the memory of what was written into it", async () => {
    const before = process.memoryUsage().arrayBuffers;
    for await (const _ of decompressed(chunked(singleBytes(27, plain.subarray(0, 100)), 1000), "it"))
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });

  test("costs no time where nothing was written into it", async () => {
    const few = plain.subarray(0, 300);
    const unpack = async (log: number) =>
      expect(await collect(decompressed(chunked(singleBytes(log, few), 1000), "it"))).toEqual(few);
    await unpack(10);
    expect((await costOf(() => unpack(27))) / (await costOf(() => unpack(10)))).toBeLessThan(SQUARE);
  });

  test("of more than 128 MiB is refused, and what to do is said", async () => {
    await expect(collect(decompressed(chunked(singleBytes(28, plain), 1000), "large.zst"))).rejects.toThrow(
      "large.zst is zstd-compressed with a window of 256 MiB, and at most 128 are taken: " +
        "unpack it by zstd -dc --long=31 FILE | cal-inspect -",
    );
  });
});

test.each([1, 7, 1000])("zstd frames with skippable ones between, in chunks of %d bytes", async (size) => {
  const skippable = concat(parseHex("502a4d18 2c010000"), new Uint8Array(300).fill(0x28));
  const read = (bytes: Uint8Array) => collect(decompressed(chunked(bytes, size), "it"));
  expect((await read(concat(ZSTD, skippable, ZSTD, skippable))).toString()).toBe(ZSTD_TEXT + ZSTD_TEXT);
  await expect(read(concat(ZSTD, skippable.subarray(0, 200)))).rejects.toThrow("it is cut");
});

test("damaged zstd: one sentence", async () => {
  const reading = collect(decompressed(chunked(ZSTD.subarray(0, 12), 4), "cut.zst"));
  await expect(reading).rejects.toThrow(/^cut\.zst is zstd-compressed and damaged or cut/);
});

test("whoever stops reading early closes the source", async () => {
  let closed = false;
  async function* source() {
    try {
      for (;;) yield gzipSync(plain);
    } finally {
      closed = true;
    }
  }
  for await (const _ of decompressed(source(), "it")) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(closed).toBe(true);
});
