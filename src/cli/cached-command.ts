/**
 * The command from V8's code cache: functions that most runs need are there as bytecode, and the rest is not even parsed
 * (docs/decisions/0009). `tools/finish-build.js` makes the two files; whoever lacks one, or has another Node, loads the modules.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { cachedDataVersionTag } from "node:v8";
import { Script } from "node:vm";

export interface LoadedCommand {
  run(args: readonly string[]): Promise<number>;
}

/** All modules of the command in one, as CommonJS. It begins with a comment of ID_LENGTH characters, which tells it from others. */
const SCRIPT = "command.cjs";
const ID_BEGINS = "/* ".length;
const ID_LENGTH = 16;

/** Where the code cache of this script lies, for a Node like this one, started with the same options of V8's. */
export function cacheFile(folder: string, source: string): string {
  const id = source.slice(ID_BEGINS, ID_BEGINS + ID_LENGTH);
  return join(folder, `command-${id}-${process.platform}-${cachedDataVersionTag().toString(16)}.cache`);
}

/** null: there is none that fits. */
export function cachedCommand(folder: string): LoadedCommand | null {
  // Node maps what it loaded itself, not what is loaded from here.
  if (process.sourceMapsEnabled) return null;
  let script: Script;
  try {
    const source = readScript(folder);
    script = compile(folder, source, readFileSync(cacheFile(folder, source)));
  } catch {
    return null;
  }
  return script.cachedDataRejected === true ? null : evaluate(folder, script);
}

export function readScript(folder: string): string {
  return readFileSync(join(folder, SCRIPT), "latin1");
}

/** `cachedData`: what `script.createCachedData` gave once. */
export function compile(folder: string, source: string, cachedData?: Buffer): Script {
  return new Script(`(function (exports, require, module, importPackage) { "use strict"; ${source}\n})`, {
    filename: join(folder, SCRIPT),
    cachedData,
  });
}

export function evaluate(folder: string, script: Script): LoadedCommand {
  const module = { exports: {} as LoadedCommand };
  // What the script has in place of import: from a code cache, it does not know how to in Node 20.
  const importPackage = (name: string): Promise<unknown> => import(name);
  script.runInThisContext()(module.exports, createRequire(join(folder, SCRIPT)), module, importPackage);
  return module.exports;
}
