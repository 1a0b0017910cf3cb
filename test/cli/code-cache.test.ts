/** The code cache of the built command (docs/decisions/0009): used where it fits, and never needed. */
import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runCli } from "../support/cli.js";
import { run } from "../support/processes.js";

const copy = mkdtempSync(join(tmpdir(), "cal-inspect-"));
const folder = join(copy, "dist/cli");
const ARGS = [resolve("captures/calculator.pcap"), "--proto", resolve("proto")];

beforeAll(() => {
  for (const path of ["dist/cli", "package.json"]) cpSync(path, join(copy, path), { recursive: true });
  cache = join(folder, readdirSync(folder).find((name) => name.endsWith(".cache"))!);
});
afterAll(() => rmSync(copy, { recursive: true }));

let cache = "";

/** Whether the copy's cache is used. */
async function isUsed(options: readonly string[] = []): Promise<string> {
  const program = `import { cachedCommand } from "./dist/cli/cached-command.js"; console.log(cachedCommand("${folder}") !== null)`;
  const { stdout, stderr } = await run(process.execPath, [...options, "--input-type=module", "-e", program], {
    cwd: copy,
  });
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
  expect(await isUsed(["--enable-source-maps"])).toBe("false");
});

test("with other options of V8's, for which it does not hold, it is not even read", async () => {
  expect(await isUsed(["--max-semi-space-size=8"])).toBe("false");
  await expectToRun(["--max-semi-space-size=8"]);
});

test("help is there with and without", async () => {
  for (const NODE_OPTIONS of [
    "",
    "--enable-source-maps",
    "--no-experimental-require-module",
    "--stack-trace-limit=20",
  ]) {
    const { status, stdout, stderr } = await runCli(["--help"], { env: { NODE_OPTIONS } });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("--proto");
  }
});

test.each<[string, () => void]>([
  ["cut short", () => truncateSync(cache, 1000)],
  ["empty", () => truncateSync(cache, 0)],
  ["no cache", () => writeFileSync(cache, "no cache")],
  ["without its script", () => rmSync(join(folder, "command.cjs"))],
  ["not there", () => rmSync(cache)],
])("a cache %s is done without", async (_, spoil) => {
  spoil();
  expect(await isUsed()).toBe("false");
  await expectToRun();
});
