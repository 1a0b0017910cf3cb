/**
 * `npm ci` and the first `npx cal-inspect` of a folder each run this: npx makes a package of the folder before it runs the command. What
 * is built already is not built again, which would take npx ten seconds more.
 */
import { execSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const BUILT = "dist/cli/main.js";
const SOURCES = [
  "src",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "tools/finish-build.js",
  "tools/make-code-cache.js",
];

if (!existsSync(BUILT) || newest(SOURCES) > statSync(BUILT).mtimeMs) execSync("npm run build", { stdio: "inherit" });

/** When the youngest of the files was written, those in folders too. */
function newest(paths) {
  const times = paths.map((path) => {
    const { mtimeMs } = statSync(path);
    if (!statSync(path).isDirectory()) return mtimeMs;
    return Math.max(mtimeMs, newest(readdirSync(path).map((name) => join(path, name))));
  });
  return Math.max(...times);
}
