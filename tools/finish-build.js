/**
 * What tsc leaves to do: the command is joined into one module (docs/decisions/0006), made executable, and put among the commands
 * of node_modules, as that of an installed package is.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const FOLDER = "dist/cli";
const COMMAND = join(FOLDER, "main.js");
/** The thread that the command's proxy starts. */
const THREAD = join(FOLDER, "proxy-thread.js");
const LINK = "node_modules/.bin/cal-inspect";
/** Packages that every run loads, from some fifty files: joined too. The others are loaded where they lie, when they are needed. */
const JOINED = ["fzstd", "long", "protobufjs", "yargs-parser"];
const NOTICES = join(FOLDER, "LICENSES.txt");

for (const file of readdirSync(FOLDER)) if (/-[A-Z0-9]{8}\.js(\.map)?$/.test(file)) rmSync(join(FOLDER, file));
await build({
  entryPoints: [COMMAND, THREAD],
  outdir: FOLDER,
  allowOverwrite: true,
  bundle: true,
  // What a command alone needs stays in a chunk of its own.
  splitting: true,
  chunkNames: "[name]-[hash]",
  external: dependencies().filter((name) => !JOINED.includes(name)),
  // Packages in CommonJS ask for modules of Node's by it.
  banner: { js: 'const require = process.getBuiltinModule("module").createRequire(import.meta.url);' },
  format: "esm",
  platform: "node",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
});

writeFileSync(NOTICES, JOINED.map(noticeOf).join(`\n${"-".repeat(80)}\n\n`));
chmodSync(COMMAND, 0o755);
try {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync(LINK, { force: true });
  symlinkSync(`../../${COMMAND}`, LINK);
} catch {
  // Links need a privilege on some systems: npx finds its own way.
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
