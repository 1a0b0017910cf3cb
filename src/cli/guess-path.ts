/** The values of --guess-path → what to do about paths that were sent before the capture began. */
import type { PathGuessOptions } from "../call/path-guess.js";
import { UsageError } from "./usage-error.js";

/** "auto", "off", or "?3=/Cal/Add"; "2:?3=/Cal/Add" is meant for connection 2 alone. Throws UsageError. */
export function parseGuessPath(values: readonly string[]): PathGuessOptions {
  const given = new Map<string, string>();
  const modes = new Set<string>();
  for (const value of values) {
    if (value === "auto" || value === "off") {
      modes.add(value);
      continue;
    }
    const [, connection, placeholder, path] = /^(?:(\d+):)?\?*(\d+)=(\/.*)$/.exec(value) ?? [];
    if (path === undefined)
      throw new UsageError(`--guess-path is auto, off, or names a path as in ?3=/Cal/Add, not ${value}`);
    given.set(connection === undefined ? placeholder : `${connection}:${placeholder}`, path);
  }
  if (modes.size > 1) throw new UsageError("--guess-path is auto or off, not both");
  return { infer: !modes.has("off"), given };
}
