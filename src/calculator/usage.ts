/** What the calculator's two commands share on the command line. Exit status: 1 it could not be done, 2 it was asked wrongly. */

import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import yargs, { type Argv } from "yargs";

/** Asked wrongly: one sentence, exit status 2. */
export class UsageError extends Error {}

export function commandLine(usage: string, args: readonly string[]): Argv {
  return yargs([...args])
    .scriptName("")
    .usage(usage)
    .locale("en")
    .version(false)
    .strictOptions()
    .exitProcess(false)
    .parserConfiguration({ "parse-positional-numbers": false, "duplicate-arguments-array": false })
    .fail((message) => {
      throw new UsageError(message.replace(/^Not enough arguments following: (.+)$/, "--$1 needs a value"));
    });
}

/** Runs a command's main function; an error it throws is told in one sentence on standard error. */
export async function runMain(main: (args: readonly string[]) => Promise<void>): Promise<void> {
  if (process.env.GRPC_VERBOSITY === undefined) {
    setLogVerbosity(logVerbosity.NONE);
  }
  // nobody reads on
  process.stdout.on("error", () => process.exit());
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
