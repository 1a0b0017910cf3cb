/** A tree of 8,000 files: the npm package google-proto-files, where it was installed beside (docs/schemas.md says how). */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ProtoCache } from "../../src/node/proto-cache.js";
import { readProtoFiles } from "../../src/node/proto-files.js";
import { Schema } from "../../src/protobuf/schema.js";

const TREE = resolve("node_modules/google-proto-files");

const isThere = existsSync(TREE);
if (!isThere && !process.env.CI)
  process.stderr.write("skipped: googleapis (needs npm install --no-save google-proto-files)\n");

(isThere || process.env.CI ? describe : describe.skip)("google-proto-files", () => {
  test("is read from its index, and of its texts only what a call needs; what is wrong with it is named", () => {
    const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
    const cache = join(folder, "cache.json");
    readProtoFiles([TREE], [], new ProtoCache(cache));
    const { files, indexedFiles, warnings } = readProtoFiles([TREE], [], new ProtoCache(cache));
    rmSync(folder, { recursive: true });
    expect(files).toEqual([]);
    expect(indexedFiles.length).toBeGreaterThan(5_000);

    const opened: string[] = [];
    const watched = indexedFiles.map(({ path, index, from }, i) => ({
      path,
      index,
      from,
      get text() {
        opened.push(path);
        return indexedFiles[i].text;
      },
    }));
    const schema = new Schema({ protoFiles: files, indexedFiles: watched });
    expect(opened).toEqual([]);
    const publish =
      schema.method("/google.cloud.pubsub.v1.Publisher/Publish") ??
      schema.method("/google.pubsub.v1.Publisher/Publish");
    expect(publish?.request?.fields.length).toBeGreaterThan(1);
    expect(opened.some((path) => path.endsWith("pubsub.proto"))).toBe(true);
    expect(opened.length).toBeLessThan(30);

    const told = [...warnings, ...schema.warnings];
    expect(told.length).toBeLessThan(20);
    expect(told.filter(({ text }) => text === "")).toEqual([]);
  }, 120_000);
});
