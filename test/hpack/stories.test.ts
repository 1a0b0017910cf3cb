/** Header blocks that other encoders wrote: every story of http2jp/hpack-test-case in ../shared/data. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { HpackDecoder } from "../../src/hpack/decoder.js";
import type { HeaderField } from "../../src/hpack/header-field.js";
import { LIMITS } from "../../src/limits.js";
import { concat } from "../support/frames.js";

const FOLDER = "../shared/data/hpack-stories";

interface Story {
  cases: { wire: string; header_table_size?: number; headers: Record<string, string>[] }[];
}

const stories = existsSync(FOLDER)
  ? readdirSync(FOLDER, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => readdirSync(`${FOLDER}/${name}`).map((file) => `${name}/${file}`))
  : [];

describe("stories of other encoders", () => {
  if (stories.length === 0) test.skip(`${FOLDER} is not there`, () => {});

  const ways: [string, (decoder: HpackDecoder, block: Uint8Array) => HeaderField[]][] = [
    ["whole", (decoder, block) => decoder.decode(block, 0, block.length)],
    ["byte by byte", (decoder, block) => inParts(decoder, block, () => 1)],
    ["cut anywhere", (decoder, block) => inParts(decoder, block, random)],
  ];

  describe.each(ways)("%s", (_way, decode) => {
    test.each(stories)("%s", (name) => {
      const story: Story = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
      const codes: string[] = [];
      const decoder = new HpackDecoder((code) => codes.push(code), LIMITS);
      for (const { wire, header_table_size, headers } of story.cases) {
        if (header_table_size !== undefined) decoder.setAllowedSize(header_table_size);
        const fields = decode(decoder, parseHex(wire));
        expect(fields.map((field) => ({ [field.name]: field.value }))).toEqual(headers);
        expect(decoder.complete).toBe(true);
      }
      expect(codes).toEqual([]);
    });
  });
});

let seed = 7541;
function random(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return 1 + ((seed >>> 16) % 30);
}

/** The block in parts of `length()` bytes, each in a buffer that is overwritten once it was taken. */
function inParts(decoder: HpackDecoder, block: Uint8Array, length: () => number): HeaderField[] {
  decoder.begin(0);
  let held = new Uint8Array(0);
  for (let at = 0; at < block.length; ) {
    const next = Math.min(block.length, at + length());
    const buf = concat(held, block.subarray(at, next));
    at = next;
    if (at === block.length) return decoder.end(buf, 0, buf.length);
    held = buf.slice(decoder.part(buf, 0, buf.length));
    buf.fill(0xff);
  }
  return [];
}
