/**
 * What tsc leaves to do: the command is joined into one module (docs/decisions/0006), made executable, and put among the commands
 * of node_modules, as that of an installed package is.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const FOLDER = "dist/cli";
const START = join(FOLDER, "main.js");
const CACHED_START = join(FOLDER, "cached-main.js");
const COMMAND = join(FOLDER, "command.js");
/** All of the command in one, for the code cache (docs/decisions/0009). */
const SCRIPT = join(FOLDER, "command.cjs");
/** The thread that the command's proxy starts. */
const THREAD = join(FOLDER, "proxy-thread.js");
const LINK = "node_modules/.bin/cal-inspect";
/** Packages that every run loads, from some fifty files: joined too. The others are loaded where they lie, when they are needed. */
const JOINED = ["long", "protobufjs", "yargs-parser"];
const NOTICES = join(FOLDER, "LICENSES.txt");

const OPTIONS = {
  allowOverwrite: true,
  bundle: true,
  external: dependencies().filter((name) => !JOINED.includes(name)),
  platform: "node",
  logLevel: "warning",
};

for (const file of readdirSync(FOLDER)) if (/-[A-Z0-9]{8}\.js(\.map)?$|\.cache$/.test(file)) rmSync(join(FOLDER, file));
const { outputFiles } = await build({
  ...OPTIONS,
  entryPoints: [COMMAND],
  write: false,
  format: "cjs",
  // Only Node's loader knows import.meta.
  define: { "import.meta.url": "FILE_URL" },
  banner: { js: `const FILE_URL = require("node:url").pathToFileURL(require.resolve("./${basename(SCRIPT)}")).href;` },
});
// From a code cache, a script of Node 20 cannot import: cached-command.ts does it in its place.
const text = outputFiles[0].text.replace(/\bimport\((?=")/g, "importPackage(");
writeFileSync(SCRIPT, `/* ${createHash("sha256").update(text).digest("hex").slice(0, 16)} */ ${text}`);
await build({
  ...OPTIONS,
  entryPoints: [COMMAND, THREAD],
  outdir: FOLDER,
  // What a command alone needs stays in a chunk of its own.
  splitting: true,
  chunkNames: "[name]-[hash]",
  // Packages in CommonJS ask for modules of Node's by it.
  banner: { js: 'const require = process.getBuiltinModule("module").createRequire(import.meta.url);' },
  format: "esm",
  sourcemap: true,
  sourcesContent: false,
});
await build({
  ...OPTIONS,
  entryPoints: [CACHED_START],
  outfile: START,
  external: ["./command.js"],
  format: "esm",
  sourcemap: true,
  sourcesContent: false,
});
writeFileSync(NOTICES, JOINED.map(noticeOf).join(`\n${"-".repeat(80)}\n\n`));
chmodSync(START, 0o755);
try {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync(LINK, { force: true });
  symlinkSync(`../../${START}`, LINK);
} catch {
  // Links need a privilege on some systems: npx finds its own way.
}
try {
  const { NODE_OPTIONS: _, ...env } = process.env;
  execFileSync(process.execPath, ["tools/make-code-cache.js"], { env, stdio: ["ignore", "inherit", "inherit"] });
} catch {
  console.warn("No code cache was made for the command: it will start more slowly.");
}

function dependencies() {
  return Object.keys(JSON.parse(readFileSync("package.json", "utf8")).dependencies);
}

/** What a package asks to be kept with its code. */
function noticeOf(name) {
  const folder = join("node_modules", name);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8")}`;
}
