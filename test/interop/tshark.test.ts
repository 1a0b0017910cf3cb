/** For the same capture, tshark and cal-inspect name the same streams, paths, message lengths and statuses. */

import { expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { describeWithPeers } from "../support/peers.js";
import { run } from "../support/processes.js";

/** One HTTP/2 stream, keyed by "client server stream". */
interface StreamFacts {
  path: string | null;
  requestLengths: number[];
  responseLengths: number[];
  status: string | null;
  message: string | null;
}

/** The servers of captures/: nginx, and the calculators. */
const FIRST_PORT = 50050;
const LAST_PORT = 50052;

describeWithPeers(["tshark"], "tshark and cal-inspect agree on", () => {
  test.each(["add", "multiply", "calculator", "python", "nginx"])("captures/%s.pcap", async (name) => {
    const file = `captures/${name}.pcap`;
    const theirs = await readWithTshark(file);
    expect(theirs.size).toBeGreaterThan(0);
    expect(sortByKey(await readWithCalInspect(file))).toEqual(sortByKey(theirs));
  });
});

async function readWithCalInspect(file: string): Promise<Map<string, StreamFacts>> {
  const { status, stdout } = await run("node", ["dist/cli/main.js", file, "--json"]);
  expect(status).toBe(0);
  const streams = new Map<string, StreamFacts>();
  for (const line of stdout.trimEnd().split("\n")) {
    const record = JSON.parse(line) as CallRecord;
    streams.set(`${record.client} ${record.server} ${record.stream}`, {
      path: record.path,
      requestLengths: record.request.messages.map(({ wireSize }) => wireSize),
      responseLengths: record.response.messages.map(({ wireSize }) => wireSize),
      status: record.status === null ? null : String(record.status.code),
      message: record.status?.message ?? null,
    });
  }
  return streams;
}

const FIELDS = [
  "ip.src",
  "ipv6.src",
  "tcp.srcport",
  "ip.dst",
  "ipv6.dst",
  "tcp.dstport",
  "http2.streamid",
  "http2.type",
  "http2.length",
  "http2.header.count",
  "http2.header.name",
  "http2.header.value",
  "grpc.message_length",
] as const;

type Row = Record<(typeof FIELDS)[number], string[]>;

const DATA = "0";
const HEADERS = "1";

/**
 * A line is a packet, each column a list over its frames: one stream, type and length per frame, one count per HEADERS frame, as many names
 * and values as the counts say, one message length per message. In these captures a DATA frame that is not empty is one message.
 */
async function readWithTshark(file: string): Promise<Map<string, StreamFacts>> {
  const { status, stdout } = await run("tshark", [
    ...["-n", "-r", file, "-d", `tcp.port==${FIRST_PORT}-${LAST_PORT},http2`, "-Y", "http2"],
    ...["-T", "fields", "-E", "aggregator=|", ...FIELDS.flatMap((field) => ["-e", field])],
  ]);
  expect(status).toBe(0);
  const streams = new Map<string, StreamFacts>();
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const columns = line.split("\t").map((column) => (column === "" ? [] : column.split("|")));
    addFrames(streams, Object.fromEntries(FIELDS.map((field, index) => [field, columns[index]!])) as Row);
  }
  return streams;
}

function addFrames(streams: Map<string, StreamFacts>, row: Row): void {
  const fromServer = Number(row["tcp.srcport"][0]) <= LAST_PORT && Number(row["tcp.srcport"][0]) >= FIRST_PORT;
  const source = endpoint(row["ip.src"], row["ipv6.src"], row["tcp.srcport"]);
  const destination = endpoint(row["ip.dst"], row["ipv6.dst"], row["tcp.dstport"]);
  const ends = fromServer ? `${destination} ${source}` : `${source} ${destination}`;
  for (const [index, type] of row["http2.type"].entries()) {
    if (type !== HEADERS && type !== DATA) {
      continue;
    }
    const key = `${ends} ${row["http2.streamid"][index]}`;
    const facts = streams.get(key) ?? {
      path: null,
      requestLengths: [],
      responseLengths: [],
      status: null,
      message: null,
    };
    streams.set(key, facts);
    if (type === HEADERS) {
      addHeaders(facts, row);
    } else if (row["http2.length"][index] !== "0") {
      (fromServer ? facts.responseLengths : facts.requestLengths).push(Number(row["grpc.message_length"].shift()));
    }
  }
}

function addHeaders(facts: StreamFacts, row: Row): void {
  const count = Number(row["http2.header.count"].shift());
  const names = row["http2.header.name"].splice(0, count);
  const values = row["http2.header.value"].splice(0, count);
  const headerValue = (name: string): string | null => values[names.indexOf(name)] ?? null;
  facts.path ??= headerValue(":path");
  facts.status ??= headerValue("grpc-status");
  const message = headerValue("grpc-message");
  facts.message = message === null ? facts.message : decodeURIComponent(message);
}

function endpoint(ipv4: string[], ipv6: string[], port: string[]): string {
  return ipv4.length > 0 ? `${ipv4[0]}:${port[0]}` : `[${ipv6[0]}]:${port[0]}`;
}

function sortByKey<Value>(map: Map<string, Value>): [string, Value][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
