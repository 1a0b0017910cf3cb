/** What is measured: the command for a capture, and a check that its output has every call with every value. */

import { createReadStream } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Recording } from "./recording.js";
import type { Workload } from "./workloads.js";

export interface Contender {
  readonly name: string;
  command(workload: Workload, recording: Recording): string[];
  /** What the output holds. */
  count(workload: Workload, outputFile: string): Promise<Counts>;
}

export interface Counts {
  calls: number;
  /** Bytes of all messages, without their prefixes. */
  messageBytes: number;
  /** How often the workload's witness field is there by name. */
  witnesses: number;
}

export const TSHARK = "tshark -T fields";

export const CONTENDERS: readonly Contender[] = [
  { name: "cal-inspect --json", command: (...of) => calInspect(...of), count: countRecords },
  {
    name: "… --reader pcap-parser",
    command: (...of) => [...calInspect(...of), "--reader", "pcap-parser"],
    count: countRecords,
  },
  { name: TSHARK, command: (...of) => tshark(VALUES, ...of), count: countTsharkLines },
];

/** What --quick leaves out. */
export const MORE_CONTENDERS: readonly Contender[] = [
  { name: "… values by type", command: (...of) => tshark(VALUES_BY_TYPE, ...of), count: countTsharkLines },
];

export async function checkCounts(
  contender: Contender,
  workload: Workload,
  recording: Recording,
  outputFile: string,
): Promise<void> {
  const counts = await contender.count(workload, outputFile);
  const { calls, messageBytes } = recording;
  const wanted: Counts = { calls, messageBytes, witnesses: calls };
  for (const key of ["calls", "messageBytes", "witnesses"] as const) {
    if (counts[key] !== wanted[key]) {
      throw new Error(`${contender.name}: ${counts[key]} ${key}, but the peers had ${wanted[key]}`);
    }
  }
}

function calInspect(workload: Workload, { file }: Recording): string[] {
  return ["node", "dist/cli/main.js", file, "--json", "--proto", workload.protoFile];
}

interface RecordLine {
  outcome: string;
  request: HalfLine;
  response: HalfLine;
}

interface HalfLine {
  bytes: number;
  messages: { complete: boolean; value: Record<string, unknown> | null }[];
}

async function countRecords({ witness }: Workload, outputFile: string): Promise<Counts> {
  const witnessJson = toJsonName(witness);
  const counts: Counts = { calls: 0, messageBytes: 0, witnesses: 0 };
  for await (const line of readLines(outputFile)) {
    const { outcome, request, response } = JSON.parse(line) as RecordLine;
    const messages = [...request.messages, ...response.messages];
    const isWhole = messages.every(({ complete, value }) => complete && value !== null);
    counts.calls += outcome === "ok" && isWhole ? 1 : 0;
    counts.messageBytes += request.bytes + response.bytes;
    counts.witnesses += messages.filter(({ value }) => value?.[witnessJson] !== undefined).length;
  }
  return counts;
}

const TSHARK_FIELDS = [
  "tcp.stream",
  "http2.streamid",
  "http2.headers.path",
  "grpc.message_length",
  "protobuf.field.name",
];
/** Each value, and each nested message once more, as the bytes on the wire. */
const VALUES = ["protobuf.field.value"];
/** What a reader would rather have, and what costs tshark less where messages are nested. */
const VALUES_BY_TYPE = ["double", "float", "int64", "uint64", "int32", "uint32", "bool", "string"].map(
  (type) => `protobuf.field.value.${type}`,
);
const PATH = TSHARK_FIELDS.indexOf("http2.headers.path");
const LENGTH = TSHARK_FIELDS.indexOf("grpc.message_length");
const NAME = TSHARK_FIELDS.indexOf("protobuf.field.name");

function tshark(values: readonly string[], { protoFile }: Workload, { file, port }: Recording): string[] {
  const schema = `uat:protobuf_search_paths:"${dirname(protoFile)}","TRUE"`;
  const fields = [...TSHARK_FIELDS, ...values].flatMap((field) => ["-e", field]);
  return ["tshark", "-n", "-r", file, "-d", `tcp.port==${port},http2`, "-o", schema, "-T", "fields", ...fields];
}

async function countTsharkLines({ service, method, witness }: Workload, outputFile: string): Promise<Counts> {
  const path = `/${service}/${method}`;
  const counts: Counts = { calls: 0, messageBytes: 0, witnesses: 0 };
  for await (const line of readLines(outputFile)) {
    const columns = line.split("\t").map((column) => (column === "" ? [] : column.split(",")));
    counts.calls += columns[PATH]!.filter((one) => one === path).length;
    counts.messageBytes += columns[LENGTH]!.reduce((sum, length) => sum + Number(length), 0);
    counts.witnesses += columns[NAME]!.filter((name) => name === witness).length;
  }
  return counts;
}

/** "created_micros" → "createdMicros", as ProtoJSON does. */
function toJsonName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function readLines(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file) });
}
