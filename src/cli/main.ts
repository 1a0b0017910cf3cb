#!/usr/bin/env node
/** `cal-inspect`: starts the command, from V8's code cache where the build made one for this Node. */
import { cachedCommand } from "./cached-command.js";

const { run } = cachedCommand(import.meta.dirname) ?? (await import("./command.js"));
const status = await run(process.argv.slice(2));
process.exitCode ??= status;
