/** The package as npm packs it, in a project that has its dependencies and nothing else. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Finished, run } from "../support/processes.js";

const project = mkdtempSync(join(tmpdir(), "cal-inspect-"));
const installed = join(project, "node_modules/cal-inspect");
afterAll(() => rmSync(project, { recursive: true }));

const PROGRAM = `
import { readFileSync } from "node:fs";
import { type CallRecord, Inspector, LIMITS, toCallRecord } from "cal-inspect";
import { loadSchema, nodePorts } from "cal-inspect/node";

const [proto, capture] = ["proto", "captures/add.pcap"].map((path) => \`node_modules/cal-inspect/\${path}\`);
const { schema } = loadSchema({ proto: [proto!] });
const inspector = new Inspector(nodePorts, { schema, limits: { maxStreams: LIMITS.maxStreams } }, {
  callEnd(call) {
    const { path, response }: CallRecord = toCallRecord(call);
    console.log(path, response.messages[0]?.value);
  },
});
inspector.push(readFileSync(capture!));
inspector.finish();
`;

const COMPILER_OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  module: "nodenext",
  moduleResolution: "nodenext",
  target: "es2022",
  lib: ["es2022"],
  types: ["node"],
  typeRoots: [resolve("node_modules/@types")],
};

/** A program of the project. */
function inProject(program: string, ...args: string[]): Promise<Finished> {
  return run(process.execPath, [program, ...args], { cwd: project });
}

function link(name: string): void {
  const path = join(project, "node_modules", name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(resolve("node_modules", name), path);
}

beforeAll(() => {
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project]);
  const [{ filename }] = JSON.parse(packed.toString());
  mkdirSync(installed, { recursive: true });
  execFileSync("tar", ["-xzf", join(project, filename), "-C", installed, "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) link(name);
  writeFileSync(join(project, "package.json"), '{"type": "module"}');
  writeFileSync(join(project, "program.ts"), PROGRAM);
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ["program.ts"] }),
  );
}, 120_000);

test("its command runs, with the schema that it brings", async () => {
  const args = ["node_modules/cal-inspect/captures/add.pcap", "--proto", "node_modules/cal-inspect/proto"];
  const { status, stdout, stderr } = await inProject(join(installed, "dist/cli/main.js"), ...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("→ AddRequest  number1: 100  number2: 300\n");
});

test.each(["frames", "explain", "live", "proxy", "schema", "infer"])("%s finds all that it needs", async (command) => {
  const { status, stderr } = await inProject(join(installed, "dist/cli/main.js"), command, "--help");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("a program that uses it is compiled with all of its types checked, and runs", async () => {
  expect(await inProject(resolve("node_modules/typescript/bin/tsc"), "-p", ".")).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
  const { stdout, stderr } = await inProject("program.js");
  expect({ stdout, stderr }).toEqual({ stdout: "/Cal/Add { number: 400 }\n", stderr: "" });
}, 120_000);
