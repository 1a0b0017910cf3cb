#!/usr/bin/env node
/** `cal-inspect` as it is built: from V8's code cache where there is one, else from the modules. */
import { cachedCommand } from "./cached-command.js";

const { run } = cachedCommand(import.meta.dirname) ?? (await import("./command.js"));
const status = await run(process.argv.slice(2));
process.exitCode ??= status;
