/** The code cache of the built command (docs/decisions/0009): used where it fits, and never needed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runCli } from "../support/cli.js";
import { run } from "../support/processes.js";

const copy = mkdtempSync(join(tmpdir(), "cal-inspect-"));
const folder = join(copy, "dist/cli");
const cache = join(folder, `command-${process.version}-${process.arch}.cache`);
const ARGS = [resolve("captures/calculator.pcap"), "--proto", resolve("proto")];

beforeAll(() => {
  for (const path of ["dist/cli", "package.json"]) cpSync(path, join(copy, path), { recursive: true });
});
afterAll(() => rmSync(copy, { recursive: true }));

/** Whether the copy's cache is used. */
async function isUsed(): Promise<string> {
  const program = `import { cachedCommand } from "./dist/cli/cached-command.js"; console.log(cachedCommand("${folder}") !== null)`;
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", program], { cwd: copy });
  return stdout.trim() + stderr;
}

async function expectToRun(args: readonly string[] = []): Promise<void> {
  const { status, stdout, stderr } = await run(process.execPath, [...args, join(folder, "main.js"), ...ARGS]);
  expect({ status, stdout, stderr }).toEqual(await runCli(ARGS));
}

test("the build made one, and it is used", async () => {
  expect(await isUsed()).toBe("true");
  await expectToRun();
});

test("where a trace is to have the lines of the sources, the modules are loaded", async () => {
  await expectToRun(["--enable-source-maps"]);
  const broken = join(folder, "command.cjs");
  const script = readFileSync(broken);
  writeFileSync(broken, "throw new Error('not this one')");
  await expectToRun(["--enable-source-maps"]);
  writeFileSync(broken, script);
});

test.each<[string, () => void]>([
  ["of other flags", () => {}],
  ["cut short", () => truncateSync(cache, 1000)],
  ["empty", () => truncateSync(cache, 0)],
  ["no cache", () => writeFileSync(cache, "no cache")],
  ["without its script", () => rmSync(join(folder, "command.cjs"))],
  ["not there", () => rmSync(cache)],
])("a cache %s is done without", async (what, spoil) => {
  spoil();
  if (what === "of other flags") return expectToRun(["--no-opt", "--stack-size=900"]);
  expect(await isUsed()).toBe("false");
  await expectToRun();
});
