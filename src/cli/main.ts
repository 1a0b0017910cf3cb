#!/usr/bin/env node
/** `cal-inspect`. The build puts cached-main.ts in its place. */
import { run } from "./command.js";

const status = await run(process.argv.slice(2));
process.exitCode ??= status;
