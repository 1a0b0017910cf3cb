import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { decompressed } from "../../src/node/compressed.js";
import { InputError } from "../../src/node/input-error.js";

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
