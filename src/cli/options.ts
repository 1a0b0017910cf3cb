/** The command line → options. */
import type { PathGuessOptions } from "../call/path-guess.js";
import { LIMITS, type Limits } from "../limits.js";
import type { ReflectOptions } from "../node/reflect.js";
import { parseGuessPath } from "./guess-path.js";
import { nearest, UsageError } from "./usage-error.js";
import { type OptionTable, readWords, single, strings, type Words } from "./words.js";

export type Format = "text" | "json" | "events";

/** A FileDescriptorSet that comes from no file. */
export interface DescriptorSet {
  /** Where it comes from, for people. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Where schemas come from: what `schemaOf` takes. */
export interface SchemaOptions {
  readonly proto: readonly string[];
  readonly importPath: readonly string[];
  readonly protoset: readonly string[];
  /** "/Cal/Add=AddRequest,ResultReply". */
  readonly decodeAs: readonly string[];
  /** Servers that are asked by reflection, and how. */
  readonly reflect: readonly string[];
  readonly reflectWith: ReflectOptions;
  /** What those servers told (`withReflection`); null: they were not asked yet. */
  readonly reflected: readonly DescriptorSet[] | null;
}

/** What is printed, and how: what `createOutput` takes. */
export interface OutputOptions {
  readonly format: Format;
  readonly output: string | null;
  readonly raw: boolean;
  readonly emitDefaults: boolean;
  readonly verbose: boolean;
  readonly color: "auto" | "always" | "never";
  readonly limits: Partial<Limits>;
  readonly guessPath: PathGuessOptions;
}

export interface InspectOptions extends SchemaOptions, OutputOptions {
  readonly captures: readonly string[];
  readonly merge: boolean;
  /** Read on as the capture grows. */
  readonly follow?: boolean;
  readonly reader: "own" | "pcap-parser";
}

// The tables are as yargs takes them, which also prints them (help.ts). A command spreads those that it has a use for.

export const SCHEMA_OPTIONS = {
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
  reflect: {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "ask a running server by reflection: HOST:PORT, or https://HOST:PORT for TLS",
  },
  "reflect-header": {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "metadata for --reflect, as NAME:VALUE",
  },
  "reflect-ca": { type: "string", requiresArg: true, describe: "PEM file of who signed the server's certificate" },
  "reflect-cert": { type: "string", requiresArg: true, describe: "PEM file of our own certificate for --reflect" },
  "reflect-key": { type: "string", requiresArg: true, describe: "PEM file of its key" },
  "reflect-insecure": { type: "boolean", describe: "take any certificate of the server" },
  "decode-as": {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "types of a method's messages, as /Cal/Add=AddRequest,ResultReply",
  },
} as const satisfies OptionTable;

export const OUTPUT_OPTIONS = {
  format: {
    alias: "T",
    type: "string",
    requiresArg: true,
    choices: ["text", "json", "events"],
    describe: "what to print (default: text)",
  },
  json: { type: "boolean", describe: "the same as --format json" },
  output: { alias: "o", type: "string", requiresArg: true, describe: "write there instead of standard output" },
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
    describe: "one bound, as NAME=VALUE; --limit list tells the names",
  },
  "guess-path": {
    type: "string",
    array: true,
    requiresArg: true,
    describe: "a path sent before the capture began: auto (by the schema), off, or ?3=/Cal/Add",
  },
} as const satisfies OptionTable;

export const CAPTURE_OPTIONS = {
  merge: { type: "boolean", describe: "read the captures as one, in the order of their times" },
  reader: {
    type: "string",
    requiresArg: true,
    choices: ["own", "pcap-parser"],
    describe: "who reads capture files (default: own)",
  },
} as const satisfies OptionTable;

export const HELP_OPTIONS = {
  help: { alias: "h", type: "boolean", describe: "show this" },
} as const satisfies OptionTable;

/** Those of the default command. */
export const OPTIONS = {
  ...SCHEMA_OPTIONS,
  ...OUTPUT_OPTIONS,
  ...CAPTURE_OPTIONS,
  follow: { type: "boolean", describe: "read on as the capture grows, until Ctrl-C" },
  ...HELP_OPTIONS,
  version: { type: "boolean", describe: "show the version" },
} as const satisfies OptionTable;

/** Throws UsageError. "help" and "version": the user asked for nothing else. */
export function parseOptions(args: readonly string[]): InspectOptions | "help" | "version" {
  const words = readWords(args, OPTIONS);
  if (words.values.help) return "help";
  if (words.values.version) return "version";
  return inspectOptions(words);
}

/** Of options that the command does not take, the defaults. Throws UsageError. */
export function inspectOptions({ values, positionals }: Words): InspectOptions {
  return {
    captures: positionals,
    ...schemaOptions(values),
    ...outputOptions(values),
    reader: (single(values, "reader") ?? "own") as InspectOptions["reader"],
    merge: values.merge === true,
    follow: values.follow === true,
  };
}

export function schemaOptions(values: Words["values"]): SchemaOptions {
  return {
    proto: strings(values.proto),
    importPath: strings(values["import-path"]),
    protoset: strings(values.protoset),
    decodeAs: strings(values["decode-as"]),
    reflect: strings(values.reflect),
    reflectWith: {
      headers: strings(values["reflect-header"]),
      ca: single(values, "reflect-ca"),
      cert: single(values, "reflect-cert"),
      key: single(values, "reflect-key"),
      insecure: values["reflect-insecure"] === true,
    },
    reflected: null,
  };
}

/** Throws UsageError. */
export function outputOptions(values: Words["values"]): OutputOptions {
  const formats = new Set([...strings(values.format), ...(values.json ? ["json"] : [])]);
  if (formats.size > 1) throw new UsageError("--json and --format ask for different things: give one of them");
  return {
    format: ([...formats][0] ?? "text") as Format,
    output: single(values, "output"),
    raw: values.raw === true,
    emitDefaults: values["emit-defaults"] === true,
    verbose: values.verbose === true,
    color: (single(values, "color") ?? "auto") as OutputOptions["color"],
    limits: parseLimits(strings(values.limit)),
    guessPath: parseGuessPath(strings(values["guess-path"])),
  };
}

function parseLimits(pairs: readonly string[]): Partial<Limits> {
  const limits: Record<string, number> = {};
  for (const pair of pairs) {
    const [name, value] = pair.split("=", 2);
    if (!Object.hasOwn(LIMITS, name)) {
      const meant = nearest(name, Object.keys(LIMITS));
      const names = Object.entries(LIMITS).map((limit) => limit.join("="));
      const advice = meant === null ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
      throw new UsageError(`--limit knows no ${name}: ${advice}`);
    }
    if (!/^\d+$/.test(value ?? "")) throw new UsageError(`--limit ${name} needs a whole number, as in ${name}=1000`);
    limits[name] = Number(value);
  }
  return limits;
}
