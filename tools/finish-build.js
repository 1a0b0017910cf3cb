/**
 * What tsc leaves to do: the command is joined into one module (docs/decisions/0006), made executable, and put among the commands
 * of node_modules, as that of an installed package is.
 */
import { chmodSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const FOLDER = "dist/cli";
const COMMAND = join(FOLDER, "main.js");
/** The thread that the command's proxy starts. */
const THREAD = join(FOLDER, "proxy-thread.js");
const LINK = "node_modules/.bin/cal-inspect";

for (const file of readdirSync(FOLDER)) if (/-[A-Z0-9]{8}\.js(\.map)?$/.test(file)) rmSync(join(FOLDER, file));
await build({
  entryPoints: [COMMAND, THREAD],
  outdir: FOLDER,
  allowOverwrite: true,
  bundle: true,
  // What a command alone needs stays in a chunk of its own, and what node_modules holds stays there.
  splitting: true,
  chunkNames: "[name]-[hash]",
  packages: "external",
  format: "esm",
  platform: "node",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
});

chmodSync(COMMAND, 0o755);
try {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync(LINK, { force: true });
  symlinkSync(`../../${COMMAND}`, LINK);
} catch {
  // Links need a privilege on some systems: npx finds its own way.
}
