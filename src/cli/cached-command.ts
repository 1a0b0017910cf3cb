/**
 * The command from V8's code cache: functions that most runs need are there as bytecode, and the rest is not even parsed
 * (docs/decisions/0009). `tools/finish-build.js` makes the two files; whoever lacks them, or has another Node, loads the modules.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";

export interface LoadedCommand {
  run(args: readonly string[]): Promise<number>;
}

/** All modules of the command in one, as CommonJS in ASCII. */
const SCRIPT = "command.cjs";

/** Where the code cache for this Node lies. */
export function cacheFile(folder: string): string {
  return join(folder, `command-${process.version}-${process.arch}.cache`);
}

/** null: there is none that fits. */
export function cachedCommand(folder: string): LoadedCommand | null {
  // Node maps what it loaded itself, not what is loaded from here.
  if (process.sourceMapsEnabled) return null;
  let script: Script;
  try {
    script = compile(folder, readFileSync(cacheFile(folder)));
  } catch {
    return null;
  }
  return script.cachedDataRejected === true ? null : evaluate(folder, script);
}

/** `cachedData`: what `script.createCachedData` gave once. */
export function compile(folder: string, cachedData?: Buffer): Script {
  const filename = join(folder, SCRIPT);
  return new Script(`(function (exports, require, module) {${readFileSync(filename, "latin1")}\n})`, {
    filename,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
}

export function evaluate(folder: string, script: Script): LoadedCommand {
  const module = { exports: {} as LoadedCommand };
  script.runInThisContext()(module.exports, createRequire(join(folder, SCRIPT)), module);
  return module.exports;
}
