/** `--help`: yargs lays the options out. It is loaded for this alone: it takes as long to start as the rest of the command. */
import { EXIT_OK } from "./exit-status.js";
import type { OptionTable } from "./words.js";

export interface HelpPage {
  readonly usage: string;
  readonly options: OptionTable;
  readonly epilogue?: string;
}

/** Prints the page to standard output; the exit status. */
export async function printHelp({ usage, options, epilogue = "" }: HelpPage): Promise<number> {
  const { default: yargs } = await import("yargs");
  const columns = Math.min(process.stdout.columns ?? 80, 110);
  const parser = yargs([]).scriptName("cal-inspect").usage(usage).epilogue(epilogue);
  process.stdout.write(`${await parser.help(false).version(false).options(options).wrap(columns).getHelp()}\n`);
  return EXIT_OK;
}
