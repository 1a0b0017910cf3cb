#!/usr/bin/env node
/** `cal-inspect`: argument words → exit status. Every way to fail ends in one sentence on standard error. */
import { InputError } from "../node/input-error.js";
import { OutputError } from "../node/output-stream.js";
import { EXIT_DAMAGED, EXIT_OK, EXIT_USAGE } from "./exit-status.js";
import { parseOptions } from "./options.js";
import { UsageError } from "./usage-error.js";
import { version } from "./version.js";

async function main(args: readonly string[]): Promise<number> {
  try {
    if (args[0] === "frames") {
      const { frames } = await import("./commands/frames.js");
      const result = await frames(args.slice(1));
      return typeof result === "string" ? print(result) : result;
    }
    const options = parseOptions(args);
    if (options === "help") {
      const { helpText } = await import("./help.js");
      return print(await helpText(process.stdout.columns ?? 80));
    }
    if (options === "version") return print(version());
    const { inspect } = await import("./commands/inspect.js");
    return await inspect(options);
  } catch (error) {
    if (error instanceof UsageError)
      return complain(`${error.message} (cal-inspect --help lists the options)`, EXIT_USAGE);
    if (error instanceof InputError || error instanceof OutputError) return complain(error.message, EXIT_DAMAGED);
    // A mistake of ours: DEBUG shows where.
    if (process.env.DEBUG) throw error;
    const { message } = error as Error;
    return complain(`internal error: ${message} (please report it, with what DEBUG=1 prints)`, EXIT_DAMAGED);
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT_OK;
}

function complain(sentence: string, status: number): number {
  process.stderr.write(`cal-inspect: ${sentence}\n`);
  return status;
}

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await main(process.argv.slice(2));
