/** The command, whichever: argument words → exit status. Every way to fail ends in one sentence on standard error. */
import { InputError } from "../node/input-error.js";
import { OutputError } from "../node/output-stream.js";
import { describeSystemError } from "../node/system-error.js";
import { COMMANDS, loadDefaultCommand } from "./commands.js";
import { EXIT_DAMAGED, EXIT_USAGE } from "./exit-status.js";
import { UsageError } from "./usage-error.js";

export async function run(args: readonly string[]): Promise<number> {
  process.stdout.on("error", tellOutputError);
  const named = Object.hasOwn(COMMANDS, args[0] ?? "") ? args[0] : null;
  try {
    const command = await (named === null ? loadDefaultCommand : COMMANDS[named])();
    return await command(named === null ? args : args.slice(1));
  } catch (error) {
    if (error instanceof UsageError) {
      const program = named === null ? "cal-inspect" : `cal-inspect ${named}`;
      return complain(`${error.message} (${program} --help lists the options)`, EXIT_USAGE);
    }
    if (error instanceof InputError || error instanceof OutputError) return complain(error.message, EXIT_DAMAGED);
    // A mistake of ours: DEBUG shows where.
    if (process.env.DEBUG) throw error;
    const { message } = error as Error;
    return complain(`internal error: ${message} (please report it, with what DEBUG=1 prints)`, EXIT_DAMAGED);
  }
}

function complain(sentence: string, status: number): number {
  process.stderr.write(`cal-inspect: ${sentence}\n`);
  return status;
}

function tellOutputError(error: NodeJS.ErrnoException): void {
  // An OutputStream tells its own.
  const isTold = process.stdout.listenerCount("error") > 1;
  if (error.code === "EPIPE" || isTold) return;
  process.exitCode = complain(`cannot write standard output: ${describeSystemError(error)}`, EXIT_DAMAGED);
}
