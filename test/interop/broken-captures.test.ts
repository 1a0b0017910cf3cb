/** Foreign captures of every kind, broken ones among them: each ends by itself, with a status of the contract and clear sentences. */
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "@jest/globals";
import { runCli } from "../support/cli.js";
import { describeWithSharedData, sharedData } from "../support/shared-data.js";

const BATCH = 12;
const FOLDERS = ["pcapng", "link-types"];

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/\.(md|txt)$|LICENSE/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Files that one command reads one after the other, behind the name of their first: starting it costs more than most files. */
function batches(files: readonly string[]): string[][] {
  const list: string[][] = [];
  for (let at = 0; at < files.length; at += BATCH) {
    list.push([relative(sharedData(), files[at]), ...files.slice(at, at + BATCH)]);
  }
  return list;
}

describeWithSharedData("foreign captures end by themselves", () => {
  const files = FOLDERS.flatMap((name) => filesBelow(sharedData(name)));

  test("there are some", () => expect(files.length).toBeGreaterThan(100));

  test.each(batches(files))("%s and those behind it", async (_, ...batch) => {
    const { status, stdout, stderr } = await runCli([...batch, "--json"]);
    expect([0, 1, 3]).toContain(status);
    const lines = stderr.split("\n").slice(0, -1);
    if (status !== 0) expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(60 * batch.length);
    for (const line of lines) {
      expect(line).toMatch(/^cal-inspect: .*\S/);
      expect(line.length).toBeLessThan(500);
      expect(line).not.toMatch(/\bat .*:\d+:\d+|undefined|NaN|\[object/);
    }
    for (const line of stdout.split("\n").slice(0, -1)) expect(JSON.parse(line)).toMatchObject({ record: "call" });
  });
});
