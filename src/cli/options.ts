/** The command line → options. yargs reads the flags; what it gets wrong (a lone "-", "-- -x") is kept away from it. */
import yargs from "yargs";
import { LIMITS, type Limits } from "../limits.js";
import { nearest, UsageError } from "./usage-error.js";

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

const OPTIONS = {
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
} as const;

const USAGE = `cal-inspect <capture…>

Shows the gRPC calls in packet captures (pcap, pcapng); - is standard input.`;

const EPILOGUE = `Exit status: 0 calls were printed; 1 an input could not be read, or is damaged; 2 usage; 3 no gRPC in it.

  cal-inspect captures/add.pcap
  cal-inspect --json captures/*.pcap | jq 'select(.outcome != "ok")'
  tcpdump -U -w - 'tcp port 50051' | cal-inspect -`;

/** Throws UsageError. "help" and "version": the user asked for nothing else. */
export function parseOptions(args: readonly string[]): InspectOptions | "help" | "version" {
  const [flags, captures] = separate(args);
  const argv = parser(flags).parseSync() as Record<string, unknown>;
  if (argv.help) return "help";
  if (argv.version) return "version";
  checkNames(argv, flags);
  const formats = new Set([...strings(argv.format), ...(argv.json ? ["json"] : [])]);
  if (formats.size > 1) throw new UsageError("--json and --format ask for different things: give one of them");
  const positionals = (argv._ as unknown[]).map(String).map((word) => (word === STDIN_WORD ? "-" : word));
  return {
    captures: [...positionals, ...captures],
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

/** The help text, for `columns` of terminal. */
export async function helpText(columns: number): Promise<string> {
  return parser([]).wrap(Math.min(columns, 110)).getHelp();
}

/** Stands for "-" while yargs has the word list: yargs drops a lone dash. */
const STDIN_WORD = "\u0000stdin";

/** Words before "--", a lone dash disguised, and the words behind it, which are captures whatever they look like. */
function separate(args: readonly string[]): [string[], string[]] {
  const end = args.indexOf("--");
  const flags = end === -1 ? [...args] : args.slice(0, end);
  return [flags.map((word) => (word === "-" ? STDIN_WORD : word)), end === -1 ? [] : args.slice(end + 1)];
}

function parser(flags: readonly string[]) {
  return yargs([...flags])
    .scriptName("cal-inspect")
    .usage(USAGE)
    .epilogue(EPILOGUE)
    .parserConfiguration({
      "greedy-arrays": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-positional-numbers": false,
      "boolean-negation": false,
    })
    .help(false)
    .version(false)
    .options(OPTIONS)
    .exitProcess(false)
    .fail((message, error) => {
      throw new UsageError(oneLine(message ?? error?.message ?? "the command line is not understood"));
    });
}

function oneLine(message: string): string {
  return message
    .trim()
    .split(/\s*\n\s*/)
    .join(" ");
}

function checkNames(argv: Record<string, unknown>, flags: readonly string[]): void {
  const known = Object.entries(OPTIONS).flatMap(([name, option]) =>
    "alias" in option ? [name, option.alias] : [name],
  );
  for (const name of Object.keys(argv)) {
    if (name === "_" || name === "$0" || known.includes(name)) continue;
    const written =
      flags.find((word) => word.startsWith(`--${name}`)) ?? (name.length === 1 ? `-${name}` : `--${name}`);
    const meant = nearest(name, known);
    throw new UsageError(
      `unknown option ${written.split("=")[0]}${meant === null ? "" : `: did you mean --${meant}?`}`,
    );
  }
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
