/**
 * Argument words → values by option name, and positionals. yargs' own parser reads them; what it gets wrong (a lone "-", "-- -x")
 * is kept away from it, and what it lets pass (unknown names, values that are no choice) is refused here.
 */
import parser from "yargs-parser";
import { nearest, UsageError } from "./usage-error.js";

/** Options as yargs takes them. */
export type OptionTable = Readonly<Record<string, Option>>;

interface Option {
  readonly type: "string" | "boolean";
  readonly alias?: string;
  readonly array?: boolean;
  readonly requiresArg?: boolean;
  readonly choices?: readonly string[];
  readonly describe: string;
}

export interface Words {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

/** Stands for "-" while the parser has the words: it drops a lone dash. */
const DASH = "\u0000dash";

/** Throws UsageError. */
export function readWords(args: readonly string[], table: OptionTable): Words {
  const end = args.indexOf("--");
  // Words behind "--" are positionals, whatever they look like.
  const [flags, rest] = end === -1 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const words = flags.map((word) => (word === "-" ? DASH : word));
  const { argv, error } = parser.detailed(words, parserOptions(table));
  const { _: positionals, ...values } = argv;
  checkNames(values, flags, table);
  if (error) throw new UsageError(error.message.replace(/^Not enough arguments following: (.+)$/, lacksValue));
  checkChoices(values, table);
  return { values, positionals: [...positionals.map((word) => (word === DASH ? "-" : String(word))), ...rest] };
}

/** The values of an option that may be repeated. */
export function strings(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((word) => (word === DASH ? "-" : String(word)));
}

/** The value of an option that may not be; null without it. Throws UsageError. */
export function single(values: Words["values"], name: string): string | null {
  const all = strings(values[name]);
  if (all.length > 1) throw new UsageError(`--${name} is given more than once`);
  return all[0] ?? null;
}

function parserOptions(table: OptionTable): parser.Options {
  const entries = Object.entries(table);
  const names = (wanted: (option: Option) => boolean | undefined) =>
    entries.filter(([, option]) => wanted(option)).map(([name]) => name);
  return {
    alias: Object.fromEntries(entries.flatMap(([name, { alias }]) => (alias ? [[name, [alias]]] : []))),
    array: names(({ array }) => array),
    boolean: names(({ type }) => type === "boolean"),
    string: names(({ type }) => type === "string"),
    narg: Object.fromEntries(names(({ requiresArg }) => requiresArg).map((name) => [name, 1])),
    configuration: {
      "greedy-arrays": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-positional-numbers": false,
      "boolean-negation": false,
    },
  };
}

function checkNames(values: Words["values"], flags: readonly string[], table: OptionTable): void {
  const known = Object.entries(table).flatMap(([name, { alias }]) => (alias ? [name, alias] : [name]));
  for (const name of Object.keys(values)) {
    if (known.includes(name)) continue;
    const given = dashed(name);
    const written = flags.find((word) => word.startsWith(given)) ?? given;
    // Any letter is near any other.
    const meant = name.length === 1 ? null : nearest(name.replace(/^no-/, ""), known);
    const advice = meant === null ? "" : `: did you mean ${dashed(meant)}?`;
    throw new UsageError(`unknown option ${written.split("=")[0]}${advice}`);
  }
}

function lacksValue(_: string, name: string): string {
  return `${dashed(name)} needs a value`;
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function checkChoices(values: Words["values"], table: OptionTable): void {
  for (const [name, { choices }] of Object.entries(table)) {
    const value = values[name];
    if (choices === undefined || value === undefined || Array.isArray(value) || choices.includes(String(value)))
      continue;
    throw new UsageError(`--${name} is one of ${choices.join(", ")}, not ${String(value)}`);
  }
}
