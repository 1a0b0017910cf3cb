/**
 * Makes the code cache of the command (src/cli/cached-command.ts): what is compiled once it has printed the captures of the project.
 */
import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cacheFile, compile, evaluate } from "../dist/cli/cached-command.js";

const folder = resolve("dist/cli");
const captures = readdirSync("captures").filter((name) => name.endsWith(".pcap"));
const output = mkdtempSync(join(tmpdir(), "cal-inspect-build-"));
const script = compile(folder);
const { run } = evaluate(folder, script);
for (const format of ["json", "text"])
  await run([...captures.map((name) => join("captures", name)), "--format", format, "-o", join(output, format)]);
const unfinished = `${cacheFile(folder)}.new`;
writeFileSync(unfinished, script.createCachedData());
renameSync(unfinished, cacheFile(folder));
rmSync(output, { recursive: true });
