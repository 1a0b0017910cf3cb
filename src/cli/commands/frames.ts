/** `cal-inspect frames <capture…>`: every frame of every HTTP/2 connection, one per line. */
import { createFramesJsonOutput } from "../../output/frames-json.js";
import { createFramesTextOutput } from "../../output/frames-text.js";
import { paintFor } from "../color.js";
import { type InspectOptions, parseOptions } from "../options.js";
import type { CreateOutput } from "../output-format.js";
import { UsageError } from "../usage-error.js";
import { inspect } from "./inspect.js";

const HELP = `cal-inspect frames <capture…>

Shows the HTTP/2 frames in packet captures, gRPC or not, one per line: time, connection, side, stream, type,
flags, length, what the payload says, and the packets.

  --json             one object per frame (docs/frames.md)
  -o, --output FILE  write there instead of standard output
  --merge            read the captures as one, in the order of their times
  --color WHEN       auto, always or never
  --limit NAME=VALUE one bound of src/limits.ts`;

/** Returns the exit status; the text of the help where that was asked for. */
export async function frames(args: readonly string[]): Promise<number | string> {
  const options = parseOptions(args);
  if (typeof options === "string") return HELP;
  if (options.format === "events") throw new UsageError("frames are printed as text or --json");
  return await inspect(options, createOutput);
}

const createOutput: CreateOutput = (options: InspectOptions, write, merged) => {
  if (options.format === "json") return createFramesJsonOutput(write, merged);
  return createFramesTextOutput(write, paintFor(options, options.output === null ? process.stdout : {}), merged);
};
