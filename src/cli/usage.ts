/** What the commands are for: the head of `--help`. */
const COMMANDS: readonly (readonly [usage: string, describe: string])[] = [
  ["<capture…>", "the gRPC calls in packet captures; - is standard input"],
  ["frames <capture…>", "their HTTP/2 frames, one per line"],
  ["explain <capture> --call N", "every byte of a call: frames, header fields, messages, with packet and offset"],
  ["live -i IFACE [filter…]", "the calls on a network interface, while they happen"],
  ["proxy --listen ADDR --target ADDR", "passes connections on, and shows their calls"],
  ["schema", "the services and messages of schemas, and where each came from"],
  ["infer <capture…>", "a .proto file that explains their messages"],
];

export function commandsUsage(): string {
  const width = Math.max(...COMMANDS.map(([usage]) => usage.length));
  return COMMANDS.map(([usage, describe]) => `cal-inspect ${usage.padEnd(width)}  ${describe}`).join("\n");
}
