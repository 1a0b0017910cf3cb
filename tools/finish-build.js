/**
 * What tsc leaves to do: the command is made executable, and put where `npx cal-inspect` finds it at once. Without the link npx
 * works too, but makes a package of this folder first, which takes it ten seconds.
 */
import { chmodSync, mkdirSync, rmSync, symlinkSync } from "node:fs";

const COMMAND = "dist/cli/main.js";
const LINK = "node_modules/.bin/cal-inspect";

chmodSync(COMMAND, 0o755);
try {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync(LINK, { force: true });
  symlinkSync(`../../${COMMAND}`, LINK);
} catch {
  // Links need a privilege on some systems: npx finds its own way.
}
