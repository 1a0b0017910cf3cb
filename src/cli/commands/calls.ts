/** `cal-inspect <capture…>`, the default command: the gRPC calls in captures. */
import { existsSync } from "node:fs";
import { EXIT_OK } from "../exit-status.js";
import { OPTIONS, parseOptions } from "../options.js";
import { commandsUsage, nearestCommand } from "../usage.js";
import { UsageError } from "../usage-error.js";
import { version } from "../version.js";
import { inspect } from "./inspect.js";

const EPILOGUE = `cal-inspect COMMAND --help tells the options of a command.
Exit status: 0 calls were printed; 1 an input could not be read, or is damaged; 2 usage; 3 no gRPC in it.

  cal-inspect captures/add.pcap
  cal-inspect --json captures/*.pcap | jq 'select(.outcome != "ok")'
  tcpdump -U -w - 'tcp port 50051' | cal-inspect -`;

export async function calls(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === "help") {
    const { printHelp } = await import("../help.js");
    return await printHelp({ usage: commandsUsage(), options: OPTIONS, epilogue: EPILOGUE });
  }
  if (options === "version") {
    process.stdout.write(`${version()}\n`);
    return EXIT_OK;
  }
  refuseMisspelt(options.captures[0]);
  if (options.follow) return await (await import("./follow.js")).follow(options);
  return await inspect(options);
}

/** A word that names no file and looks like a command's name was meant to be one. Throws UsageError. */
function refuseMisspelt(word = ""): void {
  const meant = /^[a-z]+$/.test(word) && !existsSync(word) ? nearestCommand(word) : null;
  if (meant !== null) throw new UsageError(`there is no file and no command ${word}: did you mean ${meant}?`);
}
