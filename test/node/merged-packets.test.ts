import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { PacketView } from "../../src/capture/packet-view.js";
import { createCaptureReader } from "../../src/capture/reader.js";
import { LIMITS } from "../../src/limits.js";
import { mergedPackets } from "../../src/node/merged-packets.js";
import type { OpenReader } from "../../src/node/packet-source.js";
import { pcapHeader, pcapRecord } from "../support/capture-files.js";
import { growth, SQUARE } from "../support/growth.js";
import { concat } from "../support/packets.js";

const openReader: OpenReader = (sink) => createCaptureReader(sink, () => {}, LIMITS);

/** A capture of packets with these times; the bytes of each tell the file and its place in it. */
function capture(file: number, times: readonly number[]): Uint8Array {
  const records = times.map((seconds, i) =>
    pcapRecord({ bytes: Uint8Array.of(file >> 8, file, i >> 8, i), seconds, nanoseconds: 0 }, i),
  );
  return concat(pcapHeader(), ...records);
}

class CountedInput {
  closed = false;
  given = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly chunkBytes: number,
  ) {}

  /** One buffer, overwritten for each chunk, as a file is read. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(this.chunkBytes);
    try {
      for (let at = 0; at < this.bytes.length; at += this.chunkBytes) {
        const piece = this.bytes.subarray(at, at + this.chunkBytes);
        buffer.fill(0xee);
        buffer.set(piece);
        this.given++;
        yield buffer.subarray(0, piece.length);
      }
    } finally {
      this.closed = true;
    }
  }
}

const bytesOf = ({ buf, start, end }: PacketView): string => buf.subarray(start, end).join();

async function merge(inputs: readonly AsyncIterable<Uint8Array>[]): Promise<string[]> {
  const merged: string[] = [];
  for await (const packets of mergedPackets(inputs, openReader)) merged.push(...packets.map(bytesOf));
  return merged;
}

/** The plain way: of the packets that come next, the first of the earliest. */
function expected(files: readonly (readonly number[])[]): string[] {
  const next = files.map(() => 0);
  const order: string[] = [];
  for (;;) {
    let first = -1;
    files.forEach((times, file) => {
      if (next[file] < times.length && (first < 0 || times[next[file]] < files[first][next[first]])) first = file;
    });
    if (first < 0) return order;
    order.push([first >> 8, first & 255, next[first] >> 8, next[first] & 255].join());
    next[first]++;
  }
}

describe("packets of several captures", () => {
  test("come in the order of their times, those of the same time in the order of the files", async () => {
    const times = fc.array(fc.nat(9), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(times, { maxLength: 9 }),
        fc.integer({ min: 1, max: 90 }),
        async (files, chunkBytes) => {
          const inputs = files.map((own, file) => new CountedInput(capture(file, own), chunkBytes));
          expect(await merge(inputs)).toEqual(expected(files));
        },
      ),
    );
  });

  test("come as they are where there are thousands, and none at all in a file between", async () => {
    const files = [0, 1, 2].map((file) => (file === 1 ? [] : Array.from({ length: 3000 }, (_, i) => 2 * i + file)));
    const inputs = files.map((own, file) => new CountedInput(capture(file, own), 1000));
    expect(await merge(inputs)).toEqual(expected(files));
  });

  test("cost what they are, however many files they are in", async () => {
    const mergeMany = async (count: number) => {
      const files = Array.from({ length: count }, (_, file) => Array.from({ length: 40 }, (_, i) => i * count + file));
      const inputs = files.map((own, file) => new CountedInput(capture(file, own), 400));
      expect(await merge(inputs)).toHaveLength(40 * count);
    };
    expect(await growth(100, mergeMany)).toBeLessThan(SQUARE);
  });
});

test("a chunk of each file is read at the start, and the files are closed where nobody reads on", async () => {
  const times = Array.from({ length: 5000 }, (_, i) => i);
  const inputs = [0, 1, 2].map((file) => new CountedInput(capture(file, times), 1000));
  for await (const _ of mergedPackets(inputs, openReader)) break;
  expect(inputs.map(({ given, closed }) => [given, closed])).toEqual([
    [1, true],
    [1, true],
    [1, true],
  ]);
});
