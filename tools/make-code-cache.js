/**
 * Makes the code cache of the command (src/cli/cached-command.ts): what is compiled once it has printed the captures of the project.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cacheFile, compile, evaluate, readScript } from "../dist/cli/cached-command.js";

const folder = resolve("dist/cli");
const source = readScript(folder);
const script = compile(folder, source);
await printCaptures(evaluate(folder, script).run);
write(cacheFile(folder, source), script.createCachedData());

async function printCaptures(run) {
  const captures = readdirSync("captures").filter((name) => name.endsWith(".pcap"));
  const output = mkdtempSync(join(tmpdir(), "cal-inspect-build-"));
  try {
    for (const format of ["json", "text"]) {
      const files = captures.map((name) => join("captures", name));
      const status = await run([...files, "--format", format, "-o", join(output, format)]);
      if (status !== 0) throw new Error(`the command ended with status ${status}`);
    }
  } finally {
    rmSync(output, { recursive: true });
  }
}

/** V8 does not check what is in a cache: it is there whole, or not at all. */
function write(path, bytes) {
  const unfinished = `${path}.new`;
  const file = openSync(unfinished, "w");
  writeFileSync(file, bytes);
  fsyncSync(file);
  closeSync(file);
  renameSync(unfinished, path);
}
