/** `explain` and tshark put the same things at the same bytes: frame headers, HPACK representations, prefixes, tags, values. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { explainJson } from "../../src/output/explain-json.js";
import { explainCapture } from "../support/explained.js";
import { describeWithPeers } from "../support/peers.js";
import { run } from "../support/processes.js";

/** "packet@offset+length what=value", of the streams that carry calls. */
type Facts = string[];

interface Line {
  readonly record: string;
  readonly packet: number;
  readonly offset: number;
  readonly length: number;
  readonly layer: string;
  readonly role: string;
  readonly name: string;
  readonly value: unknown;
  readonly index?: number;
  readonly sequence?: number;
}

const FRAME_FIELDS: Readonly<Record<string, string>> = {
  "http2.length": "Length",
  "http2.type": "Type",
  "http2.flags": "Flags",
  "http2.streamid": "Stream Identifier",
  "http2.rst_stream.error": "Error Code",
  "http2.window_update.window_size_increment": "Window Size Increment",
  "grpc.compressed_flag": "Compressed-Flag",
  "grpc.message_length": "Message-Length",
};
const TYPES = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
];
const FLAGS: Readonly<Record<string, number>> = { END_STREAM: 1, END_HEADERS: 4, PADDED: 8, PRIORITY: 32 };

async function readWithTshark(file: string): Promise<Facts> {
  const { stdout } = await run("tshark", [
    "-n",
    "-r",
    file,
    "-d",
    "tcp.port==50050-50052,http2",
    "-Y",
    "http2",
    "-T",
    "pdml",
  ]);
  const facts: Facts = [];
  for (const packet of stdout.split("<packet>").slice(1)) {
    const fields = [...packet.matchAll(/<field name="([^"]*)"[^>]*? size="(\d+)" pos="(\d+)"(?: show="([^"]*)")?/g)];
    const number = fields.find(([, name]) => name === "frame.number")![4];
    const sequence = fields.find(([, name]) => name === "tcp.seq")![4];
    let frame: string[] = [];
    for (const [i, [, name, size, pos, show]] of fields.entries()) {
      const place = `${number}@${pos}+${size}`;
      if (name === "http2.length") {
        // Whether the frame is a stream's is known three fields later.
        const stream = fields.slice(i).find(([, later]) => later === "http2.streamid")![4];
        frame = stream === "0" ? [] : facts;
        if (stream !== "0") facts.push(`${number} sequence=${sequence}`);
      }
      if (name in FRAME_FIELDS) frame.push(`${place} ${FRAME_FIELDS[name]}=${Number(show)}`);
      else if (name === "http2.header") {
        const own = fields.slice(i + 1, fields.findIndex(([, later], j) => j > i && later === "http2.header") >>> 0);
        const shown = (wanted: string) => own.find(([, later]) => later === wanted)?.[4] ?? "";
        const [header, value] = [shown("http2.header.name"), shown("http2.header.value")];
        frame.push(`${place} ${header}: ${value} index=${shown("http2.header.index") || "0"}`);
      } else if (name === "protobuf.field.number") frame.push(`${number}@${pos} tag=${show}`);
      else if (name === "protobuf.field.value") frame.push(`${place} value`);
    }
  }
  return [...new Set(facts)].sort();
}

function readWithCalInspect(file: string): Facts {
  const bytes = readFileSync(file);
  const facts: Facts = [];
  for (let id = 1, explained = explainCapture(bytes, id); explained !== null; explained = explainCapture(bytes, ++id)) {
    const lines = [...explainJson(explained.call, explained.items, true)].map((line) => JSON.parse(line) as Line);
    for (const [i, line] of lines.entries()) {
      const { record, packet, offset, length, layer, role, name, value } = line;
      const place = `${packet}@${offset}+${length}`;
      if (record === "segment") facts.push(`${packet} sequence=${line.sequence}`);
      else if (layer === "http2" || role === "prefix") facts.push(`${place} ${name}=${numberOf(name, value)}`);
      else if (layer === "hpack" && (role === "field" || role === "index")) facts.push(representation(lines, i));
      else if (role === "tag") facts.push(`${packet}@${offset} tag=${value}`);
      else if (layer === "protobuf" && role === "value") facts.push(`${place} value`);
    }
  }
  return [...new Set(facts)].sort();
}

function numberOf(name: string, value: unknown): number {
  if (name === "Type") return TYPES.indexOf(value as string);
  return Array.isArray(value) ? value.reduce((sum, flag) => sum + FLAGS[flag], 0) : Number(value);
}

/** All spans of the representation that begins with line `i`, as one. */
function representation(lines: readonly Line[], i: number): string {
  const { packet, offset, name, index = 0 } = lines[i];
  let { length, value } = lines[i];
  for (const next of lines.slice(i + 1)) {
    if (next.layer !== "hpack" || next.role === "field" || next.role === "index") break;
    length += next.length;
    if (next.role === "value") value = next.value;
  }
  return `${packet}@${offset}+${length} ${name}: ${value} index=${index}`;
}

describeWithPeers(["tshark"], "explain and tshark", () => {
  describe("name the same bytes", () => {
    test.each(["add", "multiply", "calculator", "python", "nginx"])(
      "captures/%s.pcap",
      async (name) => {
        const file = `captures/${name}.pcap`;
        const [ours, theirs] = [readWithCalInspect(file), await readWithTshark(file)];
        expect(theirs.length).toBeGreaterThan(40);
        expect(ours).toEqual(theirs);
      },
      60_000,
    );
  });
});
