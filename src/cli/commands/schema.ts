/** `cal-inspect schema`: what the schemas of the given sources hold, and where each came from; also written out as files. */

import { Inspector } from "../../engine/inspector.js";
import { LIMITS } from "../../limits.js";
import { InputError } from "../../node/input-error.js";
import { OutputStream } from "../../node/output-stream.js";
import { nodePorts } from "../../node/ports.js";
import { writeFile, writeFiles } from "../../node/write-files.js";
import { count } from "../../output/text-totals.js";
import { toDescriptorSet, toProtoFiles } from "../../protobuf/schema/write-schema.js";
import type { Schema } from "../../protobuf/schema.js";
import { paintFor } from "../color.js";
import { EXIT_DAMAGED, EXIT_OK } from "../exit-status.js";
import {
  CAPTURE_OPTIONS,
  type DescriptorSet,
  HELP_OPTIONS,
  OUTPUT_OPTIONS,
  SCHEMA_OPTIONS,
  schemaOptions,
} from "../options.js";
import { descriptorSet, schemaOf, withReflection } from "../schema.js";
import { listSchema, listSchemaAsJson } from "../schema-list.js";
import { Talk } from "../talk.js";
import { type OptionTable, readWords, single } from "../words.js";
import { captureWorld, readerOf, refuseOverwriting } from "../world.js";

const USAGE = `cal-inspect schema [capture…]

Lists the services, methods and messages of the given schemas, and where each came from: .proto files,
descriptor sets, a server (--reflect), and what servers told by reflection in packet captures.`;

const EPILOGUE = `  cal-inspect schema
  cal-inspect schema --reflect localhost:50051 --proto-out protos
  cal-inspect schema calls.pcap --protoset-out image.binpb`;

const { json, output, color } = OUTPUT_OPTIONS;
const { "decode-as": _, ...sources } = SCHEMA_OPTIONS;

const TABLE = {
  ...sources,
  "proto-out": { type: "string", requiresArg: true, describe: "write all of it as .proto files below this folder" },
  "protoset-out": { type: "string", requiresArg: true, describe: "write all of it as one FileDescriptorSet" },
  json: { ...json, describe: "one JSON object per service and message" },
  output,
  color,
  reader: CAPTURE_OPTIONS.reader,
  ...HELP_OPTIONS,
} as const satisfies OptionTable;

export async function schema(args: readonly string[]): Promise<number> {
  const { values, positionals: captures } = readWords(args, TABLE);
  if (values.help) {
    const { printHelp } = await import("../help.js");
    return await printHelp({ usage: USAGE, options: TABLE, epilogue: EPILOGUE });
  }
  const choice = { color: (single(values, "color") ?? "auto") as "auto" | "always" | "never" };
  const reader = (single(values, "reader") ?? "own") as "own" | "pcap-parser";
  const talk = new Talk(choice);
  for (const target of ["output", "protoset-out"]) refuseOverwriting({ captures, output: single(values, target) });
  const warn = (sentence: string) => talk.warn(sentence);
  const asked = await withReflection(schemaOptions(values), warn);
  const seen: DescriptorSet[] = [];
  let readable = true;
  for (const capture of captures) {
    try {
      seen.push(...(await reflectedIn(capture, reader)));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      talk.error(error.message);
      readable = false;
    }
  }
  const reflected = [...(asked.reflected ?? []), ...seen];
  // The default folder is no source of a capture's schema.
  const options = { ...asked, reflected, reflect: [...asked.reflect, ...captures] };
  const all = schemaOf(options, warn);
  const [services, messages] = [all.services(), all.messages()];
  if (services.length + messages.length === 0) {
    talk.error(nothingIn(captures));
    return EXIT_DAMAGED;
  }
  const [folder, file] = [single(values, "proto-out"), single(values, "protoset-out")];
  if (folder !== null) writeProtos(folder, all, warn);
  if (file !== null) writeFile(file, toDescriptorSet(all));
  if (folder === null && file === null) {
    const name = single(values, "output");
    const stream = name === null ? OutputStream.stdout() : OutputStream.file(name);
    if (values.json) listSchemaAsJson(all, stream.write);
    else listSchema(all, stream.write, paintFor(choice, name === null ? process.stdout : {}));
    await stream.end();
  }
  return readable ? EXIT_OK : EXIT_DAMAGED;
}

function nothingIn(captures: readonly string[]): string {
  if (captures.length > 0)
    return "no server told its schema by reflection in these captures: cal-inspect infer guesses one";
  return "there is no service and no message: name a source with --proto, --protoset or --reflect";
}

function writeProtos(folder: string, all: Schema, warn: (sentence: string) => void): void {
  const files = toProtoFiles(all);
  writeFiles(
    folder,
    files.map(({ path, text }) => ({ path, content: text })),
  );
  const twice = files.length - new Set(files.map(({ path }) => path)).size;
  if (twice > 0) warn(`${count(twice, "file")} of a name that another has too: the last one was written`);
}

/** What servers told by reflection in a capture. Throws InputError. */
async function reflectedIn(capture: string, reader: "own" | "pcap-parser"): Promise<DescriptorSet[]> {
  const options = { limits: LIMITS, capture, ...(await readerOf({ reader })) };
  const inspector = new Inspector(nodePorts, options, { callMessage: () => {} });
  await captureWorld(capture).feed(inspector, async () => true);
  inspector.finish();
  return inspector.reflected.map(({ server, files }) => descriptorSet(`${capture}: ${server}`, files));
}
