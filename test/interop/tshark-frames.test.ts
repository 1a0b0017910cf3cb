/** `frames` and tshark name the same frames: type, flags, stream, length and header fields, packet by packet. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, run, start } from "../support/processes.js";

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

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-frames-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What they see, by the number of the packet that ends the frame. */
async function readWithTshark(file: string, ports: string): Promise<Map<number, PacketFacts>> {
  const { stdout } = await run("tshark", [
    ...["-n", "-r", file, "-d", `tcp.port==${ports},http2`, "-Y", "http2", "-o", "tcp.reassemble_out_of_order:TRUE"],
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

async function expectAgreement(file: string, ports: string): Promise<Map<number, PacketFacts>> {
  const theirs = await readWithTshark(file, ports);
  const ours = await readWithCalInspect(file);
  const sorted = (packets: Map<number, PacketFacts>) => [...packets].sort(([a], [b]) => a - b);
  expect(theirs.size).toBeGreaterThan(0);
  expect(sorted(ours)).toEqual(sorted(theirs));
  return ours;
}

describeWithPeers(["tshark"], "frames of recorded captures, against tshark", () => {
  test.each(["add", "multiply", "calculator", "python", "nginx"])("captures/%s.pcap", async (name) => {
    await expectAgreement(`captures/${name}.pcap`, "50050-50052");
  });
});

/** Records loopback while `traffic` runs. */
async function record(name: string, port: number, traffic: () => Promise<unknown>): Promise<string> {
  const file = join(folder, `${name}.pcap`);
  const tcpdump = start("tcpdump", [
    "-i",
    "lo",
    "-n",
    "-s",
    "0",
    "-U",
    "--immediate-mode",
    "-w",
    file,
    `tcp port ${port}`,
  ]);
  await tcpdump.waitFor(/listening on lo/);
  await traffic();
  await sleep(300);
  await tcpdump.stop("SIGINT");
  return file;
}

describeWithPeers(["tshark", "tcpdump", "nghttp2"], "frames of live traffic, against tshark", () => {
  test("nghttp: padding, priorities, uploads over several streams", async () => {
    writeFileSync(join(folder, "upload.txt"), "a".repeat(40_000));
    const { port, stop } = await startServer();
    const urls = ["one", "two", "three"].map((path) => `http://127.0.0.1:${port}/${path}`);
    const upload = ["-d", join(folder, "upload.txt"), "-b", "16", "-H", "x-very: secret"];
    const file = await record("nghttp", port, () => run("nghttp", ["-n", ...upload, ...urls]));
    await stop();
    const packets = await expectAgreement(file, String(port));
    const frames = [...packets.values()].flatMap((packet) => packet.frames);
    expect(frames.some(({ type, flags }) => type === "DATA" && (flags & 8) !== 0)).toBe(true);
    expect(frames.filter(({ type }) => type === "HEADERS").length).toBeGreaterThanOrEqual(6);
  }, 20_000);

  test("curl with prior knowledge: two requests on a connection, trailers", async () => {
    const { port, stop } = await startServer();
    const url = `http://127.0.0.1:${port}/`;
    const curl = ["-s", "--http2-prior-knowledge", url, `${url}two`, "-d", "x=1"];
    const file = await record("curl", port, () => run("curl", curl));
    await stop();
    const packets = await expectAgreement(file, String(port));
    expect([...packets.values()].flatMap((packet) => packet.headers)).toContainEqual(["x-sum", "1"]);
  }, 20_000);
});

/** node:http2, which answers everything with a body and trailers. */
async function startServer(): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.resume();
    stream.respond({ ":status": 200, "x-served-by": "node" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "1" }));
    stream.end("hello");
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return { port, stop: () => new Promise((done) => server.close(() => done())) };
}
