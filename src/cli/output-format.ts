/** `--format` → the output that prints so. */
import { createEventsOutput } from "../output/events.js";
import { createJsonOutput } from "../output/json.js";
import { createLiveTextOutput } from "../output/live-text.js";
import type { Output, Write } from "../output/output.js";
import { createTextOutput } from "../output/text.js";
import { paintFor } from "./color.js";
import type { OutputOptions } from "./options.js";

/** Columns when the output is no terminal: what a reader of a file can be trusted to have. */
export const DEFAULT_COLUMNS = 100;

/** `merged`: the captures that are read as one; null for a single one. */
export type CreateOutput = (options: OutputOptions, write: Write, merged: readonly string[] | null) => Output;

export const createOutput: CreateOutput = (options, write) => createWith(createTextOutput, options, write);

/** The same for input that is being made: in text, a stream is shown while it runs. */
export const createLiveOutput: CreateOutput = (options, write) => createWith(createLiveTextOutput, options, write);

function createWith(createText: typeof createTextOutput, options: OutputOptions, write: Write): Output {
  if (options.format === "json") return createJsonOutput(write);
  if (options.format === "events") return createEventsOutput(write);
  const toTerminal = options.output === null;
  const width = (toTerminal ? process.stdout.columns : undefined) ?? DEFAULT_COLUMNS;
  const paint = paintFor(options, toTerminal ? process.stdout : {});
  return createText(write, { width, paint, verbose: options.verbose });
}
