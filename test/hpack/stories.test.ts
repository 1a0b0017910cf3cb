/** Header blocks that other encoders wrote: every story of http2jp/hpack-test-case in ../shared/data. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { HpackDecoder } from "../../src/hpack/decoder.js";
import { LIMITS } from "../../src/limits.js";

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

  test.each(stories)("%s", (name) => {
    const story: Story = JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8"));
    const codes: string[] = [];
    const decoder = new HpackDecoder((code) => codes.push(code), LIMITS);
    for (const { wire, header_table_size, headers } of story.cases) {
      if (header_table_size !== undefined) decoder.setAllowedSize(header_table_size);
      const block = parseHex(wire);
      const fields = decoder.decode(block, 0, block.length);
      expect(fields.map((field) => ({ [field.name]: field.value }))).toEqual(headers);
      expect(decoder.complete).toBe(true);
    }
    expect(codes).toEqual([]);
  });
});
