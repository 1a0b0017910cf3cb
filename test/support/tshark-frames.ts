/** The frames of a capture as tshark names them, and as `cal-inspect frames` does: they must be the same. */
import { expect } from "@jest/globals";
import { parseLines, runCli } from "./cli.js";
import { run } from "./processes.js";

interface FrameFacts {
  readonly type: string;
  readonly flags: number;
  readonly stream: number;
  readonly length: number;
}

interface PacketFacts {
  readonly frames: FrameFacts[];
  readonly headers: [name: string, value: string][];
}

const TYPES: Readonly<Record<string, string>> = Object.fromEntries(
  ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE"].map(
    (name, type) => [String(type), name],
  ),
);
const FLAGS: Readonly<Record<string, number>> = {
  END_STREAM: 1,
  ACK: 1,
  END_HEADERS: 4,
  PADDED: 8,
  PRIORITY: 32,
};
const FIELDS = ["type", "flags", "streamid", "length", "header.name", "header.value"];
const SEPARATOR = "\u0001";

/** What they see, by the number of the packet that ends the frame. */
async function readWithTshark(file: string, ports: readonly (number | string)[]): Promise<Map<number, PacketFacts>> {
  const { stdout } = await run("tshark", [
    ...ports.flatMap((port) => ["-d", `tcp.port==${port},http2`]),
    ...["-n", "-r", file, "-Y", "http2", "-o", "tcp.reassemble_out_of_order:TRUE"],
    ...["-T", "fields", "-E", `aggregator=${SEPARATOR}`, "-e", "frame.number"],
    ...FIELDS.flatMap((field) => ["-e", `http2.${field}`]),
  ]);
  const packets = new Map<number, PacketFacts>();
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const [number, ...columns] = line.split("\t");
    const [types, flags, streams, lengths, names, values] = columns.map((text) =>
      text === "" ? [] : text.split(SEPARATOR),
    );
    const frames = types.map((type, i) => ({
      type: TYPES[type] ?? type,
      flags: Number(flags[i]),
      stream: Number(streams[i]),
      length: Number(lengths[i]),
    }));
    if (frames.length > 0) packets.set(Number(number), { frames, headers: names.map((name, i) => [name, values[i]]) });
  }
  return packets;
}

async function readWithCalInspect(file: string): Promise<Map<number, PacketFacts>> {
  const { status, stdout, stderr } = await runCli(["frames", "--json", file]);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const packets = new Map<number, PacketFacts>();
  for (const frame of parseLines<FrameFacts & { flags: never; packets: number[]; headers?: [string, string][] }>(
    stdout,
  )) {
    const packet = frame.packets.at(-1)!;
    const facts = packets.get(packet) ?? { frames: [], headers: [] };
    packets.set(packet, facts);
    const flags = (frame.flags as string[]).reduce((sum, name) => sum + (FLAGS[name] ?? Number(name)), 0);
    facts.frames.push({ type: frame.type, flags, stream: frame.stream, length: frame.length });
    facts.headers.push(...(frame.headers ?? []));
  }
  return packets;
}

/** Type, flags, stream, length and header fields, packet by packet. `ports`: those that tshark is to read as HTTP/2. */
export async function expectAgreement(
  file: string,
  ports: readonly (number | string)[],
): Promise<Map<number, PacketFacts>> {
  const theirs = await readWithTshark(file, ports);
  const ours = await readWithCalInspect(file);
  const sorted = (packets: Map<number, PacketFacts>) => [...packets].sort(([a], [b]) => a - b);
  expect(theirs.size).toBeGreaterThan(0);
  expect(sorted(ours)).toEqual(sorted(theirs));
  return ours;
}
