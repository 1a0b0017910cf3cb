/** The command line → options. */
import { LIMITS, type Limits } from "../limits.js";
import { nearest, UsageError } from "./usage-error.js";
import { type OptionTable, readWords } from "./words.js";

export type Format = "text" | "json" | "events";

export interface InspectOptions {
  readonly captures: readonly string[];
  readonly proto: readonly string[];
  readonly importPath: readonly string[];
  readonly protoset: readonly string[];
  readonly format: Format;
  readonly output: string | null;
  readonly merge: boolean;
  readonly reader: "own" | "pcap-parser";
  readonly raw: boolean;
  readonly emitDefaults: boolean;
  readonly verbose: boolean;
  readonly color: "auto" | "always" | "never";
  readonly limits: Partial<Limits>;
}

/** As yargs takes them, which also prints them (help.ts). */
export const OPTIONS = {
  proto: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "a .proto file, a directory or a glob (default: ./proto)",
  },
  "import-path": {
    alias: "I",
    type: "string",
    array: true,
    requiresArg: true,
    describe: "where imports of .proto files are looked up",
  },
  protoset: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "a FileDescriptorSet, as protoc -o or buf build -o writes it",
  },
  format: {
    alias: "T",
    type: "string",
    requiresArg: true,
    choices: ["text", "json", "events"],
    describe: "what to print (default: text)",
  },
  json: { type: "boolean", describe: "the same as --format json" },
  output: { alias: "o", type: "string", requiresArg: true, describe: "write there instead of standard output" },
  merge: { type: "boolean", describe: "read the captures as one, in the order of their times" },
  raw: { type: "boolean", describe: "message bytes too" },
  "emit-defaults": { type: "boolean", describe: "values that the wire leaves out too" },
  verbose: { alias: "v", type: "boolean", describe: "headers and trailers too" },
  color: {
    type: "string",
    requiresArg: true,
    choices: ["auto", "always", "never"],
    describe: "colour in text (default: auto)",
  },
  limit: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "one bound of src/limits.ts, as NAME=VALUE",
  },
  reader: {
    type: "string",
    requiresArg: true,
    choices: ["own", "pcap-parser"],
    describe: "who reads capture files (default: own)",
  },
  help: { alias: "h", type: "boolean", describe: "show this" },
  version: { type: "boolean", describe: "show the version" },
} as const satisfies OptionTable;

/** Throws UsageError. "help" and "version": the user asked for nothing else. */
export function parseOptions(args: readonly string[]): InspectOptions | "help" | "version" {
  const { values: argv, positionals } = readWords(args, OPTIONS);
  if (argv.help) return "help";
  if (argv.version) return "version";
  const formats = new Set([...strings(argv.format), ...(argv.json ? ["json"] : [])]);
  if (formats.size > 1) throw new UsageError("--json and --format ask for different things: give one of them");
  return {
    captures: positionals,
    proto: strings(argv.proto),
    importPath: strings(argv["import-path"]),
    protoset: strings(argv.protoset),
    format: ([...formats][0] ?? "text") as Format,
    output: single(argv.output, "--output"),
    reader: (single(argv.reader, "--reader") ?? "own") as "own" | "pcap-parser",
    merge: argv.merge === true,
    raw: argv.raw === true,
    emitDefaults: argv["emit-defaults"] === true,
    verbose: argv.verbose === true,
    color: (single(argv.color, "--color") ?? "auto") as "auto" | "always" | "never",
    limits: parseLimits(strings(argv.limit)),
  };
}

function strings(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function single(value: unknown, name: string): string | null {
  const all = strings(value);
  if (all.length > 1) throw new UsageError(`${name} is given more than once`);
  return all[0] ?? null;
}

function parseLimits(pairs: readonly string[]): Partial<Limits> {
  const limits: Record<string, number> = {};
  for (const pair of pairs) {
    const [name, value] = pair.split("=", 2);
    if (!(name in LIMITS)) {
      const meant = nearest(name, Object.keys(LIMITS));
      throw new UsageError(`--limit knows no ${name}${meant === null ? "" : `: did you mean ${meant}?`}`);
    }
    if (!/^\d+$/.test(value ?? "")) throw new UsageError(`--limit ${name} needs a whole number, as in ${name}=1000`);
    limits[name] = Number(value);
  }
  return limits;
}
