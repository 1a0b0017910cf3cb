/** `cal-inspect frames <capture…>`: every frame of every HTTP/2 connection, one per line. */
import { createFramesJsonOutput } from "../../output/frames-json.js";
import { createFramesTextOutput } from "../../output/frames-text.js";
import { paintFor } from "../color.js";
import { OPTIONS, type OutputOptions, parseOptions } from "../options.js";
import type { CreateOutput } from "../output-format.js";
import { UsageError } from "../usage-error.js";
import { inspect } from "./inspect.js";

const USAGE = `cal-inspect frames <capture…>

Shows the HTTP/2 frames in packet captures, gRPC or not, one per line: time, connection,
side, stream, type, flags, length, what the payload says, and the packets.`;

const { output, json, merge, color, limit, reader, help } = OPTIONS;

export async function frames(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === "string") {
    const { printHelp } = await import("../help.js");
    return await printHelp({ usage: USAGE, options: { output, json, merge, color, limit, reader, help } });
  }
  if (options.format === "events") throw new UsageError("frames are printed as text or --json");
  if (options.follow) throw new UsageError("frames are printed of captures that are whole: --follow is for calls");
  return await inspect(options, createOutput);
}

const createOutput: CreateOutput = (options: OutputOptions, write, merged) => {
  if (options.format === "json") return createFramesJsonOutput(write, merged);
  return createFramesTextOutput(write, paintFor(options, options.output === null ? process.stdout : {}), merged);
};
