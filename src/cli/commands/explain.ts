/** `cal-inspect explain <capture> --call N`: every byte of one call, with the packet that carries it and what it means. */
import { Inspector } from "../../engine/inspector.js";
import type { Summary } from "../../engine/summary.js";
import { CallWatch } from "../../explain/call-watch.js";
import { explainCall } from "../../explain/explain-call.js";
import { LIMITS } from "../../limits.js";
import { InputError } from "../../node/input-error.js";
import { OutputStream } from "../../node/output-stream.js";
import { nodePorts } from "../../node/ports.js";
import { explainJson } from "../../output/explain-json.js";
import { explainText } from "../../output/explain-text.js";
import { count } from "../../output/text-totals.js";
import { paintFor } from "../color.js";
import { EXIT_DAMAGED, EXIT_NO_GRPC, EXIT_OK, EXIT_USAGE } from "../exit-status.js";
import { explainNoGrpc } from "../no-grpc.js";
import { type InspectOptions, OPTIONS, outputOptions, schemaOptions } from "../options.js";
import { DEFAULT_COLUMNS } from "../output-format.js";
import { schemaOf, withReflection } from "../schema.js";
import { Talk } from "../talk.js";
import { UsageError } from "../usage-error.js";
import { type OptionTable, readWords, single } from "../words.js";
import { captureWorld, mergedWorld, readerOf, refuseOverwriting, titleOf, type World } from "../world.js";

const USAGE = `cal-inspect explain <capture> --call N

Shows every byte of a call's HTTP/2 stream: the fields of each frame header, each header field as HPACK
wrote it, the prefix of each message, and each protobuf tag and value; with its packet and its offset there.
Calls are numbered from 1 in the order in which they began: the id of cal-inspect --json.`;

const { proto, "import-path": importPath, protoset, output, json, color, limit, merge, reader, help } = OPTIONS;

const EXPLAIN_OPTIONS = {
  call: { type: "string", requiresArg: true, describe: "the number of the call" },
  proto,
  "import-path": importPath,
  protoset,
  output,
  json,
  verbose: { alias: "v", type: "boolean", describe: "the TCP segment that each packet brought, too" },
  merge,
  color,
  limit,
  reader,
  help,
} as const satisfies OptionTable;

interface ExplainOptions extends InspectOptions {
  readonly call: number;
}

export async function explain(args: readonly string[]): Promise<number> {
  const options = parseExplainOptions(args);
  if (options === "help") {
    const { printHelp } = await import("../help.js");
    return await printHelp({ usage: USAGE, options: EXPLAIN_OPTIONS });
  }
  refuseOverwriting(options);
  const talk = new Talk(options);
  const warn = (sentence: string) => talk.warn(sentence);
  const { captures } = options;
  const world = captures.length > 1 ? mergedWorld(captures) : captureWorld(captures[0]);
  const watch = new CallWatch(options.call, { ...LIMITS, ...options.limits });
  const inspector = new Inspector(
    nodePorts,
    {
      schema: schemaOf(await withReflection(options, warn), warn),
      limits: options.limits,
      capture: world.name,
      merged: world.merged,
      ...(await readerOf(options)),
    },
    {
      watch,
      listMessages: true,
      diagnostic: (diagnostic) => talk.diagnostic(diagnostic, world.merged, titleOf(world)),
    },
  );
  const isReadable = await read(world, inspector, talk);
  talk.untold(inspector.untold);
  if (watch.call !== null) await print(watch, options);
  else if (inspector.summary.calls > 0) talk.error(noSuchCall(options.call, world, inspector.summary));
  const { damaged, summary, packetCounts } = inspector;
  if (!isReadable || damaged) return EXIT_DAMAGED;
  if (watch.call !== null) return EXIT_OK;
  if (summary.calls > 0) return EXIT_USAGE;
  talk.error(explainNoGrpc(titleOf(world), summary, packetCounts));
  return EXIT_NO_GRPC;
}

/** Throws UsageError. */
function parseExplainOptions(args: readonly string[]): ExplainOptions | "help" {
  const { values, positionals: captures } = readWords(args, EXPLAIN_OPTIONS);
  if (values.help) return "help";
  const merge = values.merge === true;
  const given = single(values, "call");
  if (captures.length === 0)
    throw new UsageError("no capture is named, as in cal-inspect explain captures/add.pcap --call 1");
  if (captures.length > 1 && !merge)
    throw new UsageError("explain takes one capture, or several that --merge reads as one");
  if (given === null)
    throw new UsageError("explain needs the number of a call, as in --call 1: cal-inspect -v shows it");
  if (!/^[1-9]\d{0,14}$/.test(given)) throw new UsageError(`--call is the number of a call from 1 on, not ${given}`);
  return {
    call: Number(given),
    captures,
    merge,
    ...schemaOptions(values),
    ...outputOptions(values),
    reader: (single(values, "reader") ?? "own") as InspectOptions["reader"],
  };
}

/** False: the input could not be read to its end. */
async function read(world: World, inspector: Inspector, talk: Talk): Promise<boolean> {
  let isReadable = true;
  try {
    await world.feed(inspector, async () => true);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    talk.error(error.message);
    isReadable = false;
  }
  if (isReadable || inspector.summary.packets > 0) inspector.finish();
  return isReadable;
}

function noSuchCall(wanted: number, world: World, { calls }: Summary): string {
  const numbers = calls === 1 ? "--call 1" : `--call 1 to ${calls}`;
  return `no call ${wanted} in ${titleOf(world)}: it holds ${count(calls, "call")} (${numbers})`;
}

async function print({ call, log }: CallWatch, options: ExplainOptions): Promise<void> {
  const { verbose, format, output } = options;
  const stream = output === null ? OutputStream.stdout() : OutputStream.file(output);
  const items = explainCall(call!, log!);
  const terminal = output === null ? process.stdout : {};
  const width = Math.max(60, (output === null ? process.stdout.columns : undefined) ?? DEFAULT_COLUMNS);
  const lines =
    format === "json"
      ? explainJson(call!, items, verbose)
      : explainText(call!, items, { width, paint: paintFor(options, terminal), verbose });
  for (const line of lines) {
    stream.write(`${line}\n`);
    if (stream.full) await stream.drain();
    if (stream.closed) break;
  }
  await stream.end();
}
