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
  test("loads from its index in a second; what is wrong with it is named", () => {
    const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
    const load = () => {
      const { files, indexedFiles, warnings } = readProtoFiles([TREE], [], new ProtoCache(join(folder, "cache.json")));
      const schema = new Schema({ protoFiles: files, indexedFiles });
      return { schema, warnings: [...warnings, ...schema.warnings], count: indexedFiles.length };
    };
    load();
    const before = process.cpuUsage();
    const { schema, warnings, count } = load();
    const list =
      schema.method("/google.cloud.pubsub.v1.Publisher/Publish") ??
      schema.method("/google.pubsub.v1.Publisher/Publish");
    const { user, system } = process.cpuUsage(before);
    rmSync(folder, { recursive: true });
    expect(count).toBeGreaterThan(5_000);
    expect(list?.request?.fields.length).toBeGreaterThan(1);
    expect((user + system) / 1e6).toBeLessThan(1.5);
    expect(warnings.length).toBeLessThan(20);
    expect(warnings.filter(({ text }) => text === "")).toEqual([]);
  }, 60_000);
});
