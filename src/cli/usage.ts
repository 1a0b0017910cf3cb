/** What the commands are for: the head of `--help`. */
import { nearest } from "./usage-error.js";

/** Together with the longest usage a description fits 80 columns. */
const COMMANDS: readonly (readonly [usage: string, describe: string])[] = [
  ["<capture…>", "the gRPC calls in captures; - is standard input"],
  ["frames <capture…>", "their HTTP/2 frames, one per line"],
  ["explain <capture> --call N", "every byte of a call, with packet and offset"],
  ["live -i IFACE [filter…]", "the calls on a network interface as they happen"],
  ["proxy --listen … --target …", "passes connections on, and shows their calls"],
  ["schema", "what schemas hold, and where each part is from"],
  ["infer <capture…>", "a .proto file that explains their messages"],
];

export function commandsUsage(): string {
  const width = Math.max(...COMMANDS.map(([usage]) => usage.length));
  const lines = COMMANDS.map(([usage, describe]) => `${usage.padEnd(width)}  ${describe}`);
  return ["Usage: cal-inspect followed by", "", ...lines].join("\n");
}

/** The command, or the option that other programs have as a command, that `word` was most likely meant to be; null when none is near. */
export function nearestCommand(word: string): string | null {
  const commands = COMMANDS.slice(1).map(([usage]) => usage.split(" ")[0]);
  return nearest(word, [...commands, "--help", "--version"]);
}
