/**
 * Servers and clients of @connectrpc: every kind of call over each transport, protocol and codec. Arguments: a port for HTTP/1.1, a port for
 * HTTP/2, the descriptor set of talk.proto. Prints, as JSON lines, what both ends of each call saw; the header x-call joins the two.
 */
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import { fromJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, encodeBinaryHeader } from "@connectrpc/connect";
import * as node from "@connectrpc/connect-node";
import * as web from "@connectrpc/connect-web";
import { json, log, routes, Say, Talk } from "./talk-service.mjs";

const [http1Port, http2Port] = process.argv.slice(2, 4).map(Number);

// --- server ---------------------------------------------------------------------------------------------------------------------

const adapter = () => node.connectNodeAdapter({ routes, compressMinBytes: 200 });
const server1 = http.createServer(adapter()).listen(http1Port, "127.0.0.1");
const server2 = http2.createServer(adapter()).listen(http2Port, "127.0.0.1");
await Promise.all([once(server1, "listening"), once(server2, "listening")]);

// --- clients --------------------------------------------------------------------------------------------------------------------

const long = { words: Array.from({ length: 100 }, (_, i) => `word ${i % 7}`), number: "-9007199254740993" };
const REQUESTS = {
  plain: [{ words: ["añb", "c"], number: "12345678901234567", data: "AAECAw==", weights: { x: 0.5 } }],
  empty: [{}],
  long: [long],
  fails: [{ words: ["a", "b"], fail: Code.OutOfRange }],
  many: [{ words: ["a"] }, {}, { words: ["b", "c"] }],
  manyFail: [{ words: ["a"] }, { fail: Code.DataLoss }],
};

/** The calls: name, method, requests. */
const CALLS = [
  ["echo", "plain"],
  ["echo", "empty"],
  ["echo", "long"],
  ["echo", "fails"],
  ["repeat", "plain"],
  ["repeat", "long"],
  ["repeat", "fails"],
  ["collect", "many"],
  ["collect", "manyFail"],
  ["chat", "many"],
  ["chat", "manyFail"],
];

async function runCall(client, call, method, requests) {
  const entry = { method, responses: [], error: null, headers: null, trailers: null };
  const messages = requests.map((request) => fromJson(Say, request));
  const options = {
    timeoutMs: 60_000,
    headers: { "x-call": call, "x-many": "1, 2", "x-id-bin": encodeBinaryHeader(Uint8Array.of(1, 2, 3, 250)) },
    onHeader: (fields) => {
      entry.headers = Object.fromEntries(fields);
    },
    onTrailer: (fields) => {
      entry.trailers = Object.fromEntries(fields);
    },
  };
  const stream = async function* () {
    yield* messages;
  };
  try {
    if (method === "echo") entry.responses.push(json(await client.echo(messages[0], options)));
    if (method === "collect") entry.responses.push(json(await client.collect(stream(), options)));
    if (method === "repeat")
      for await (const response of client.repeat(messages[0], options)) entry.responses.push(json(response));
    if (method === "chat")
      for await (const response of client.chat(stream(), options)) entry.responses.push(json(response));
  } catch (error) {
    const { code, rawMessage, details } = ConnectError.from(error);
    entry.error = { code, message: rawMessage, details: details.map(({ type, debug }) => ({ type, debug })) };
  }
  log("client", call, entry);
}

const compression = {
  none: { acceptCompression: [] },
  gzip: { acceptCompression: [node.compressionGzip], sendCompression: node.compressionGzip, compressMinBytes: 200 },
  br: { acceptCompression: [node.compressionBrotli], sendCompression: node.compressionBrotli, compressMinBytes: 200 },
};

/** Name → transport, the calls that it can make, and headers to add. */
const TRANSPORTS = [];
for (const httpVersion of ["1.1", "2"]) {
  const baseUrl = `http://127.0.0.1:${httpVersion === "2" ? http2Port : http1Port}`;
  const protocols = { connect: node.createConnectTransport, web: node.createGrpcWebTransport };
  if (httpVersion === "2") protocols.grpc = node.createGrpcTransport;
  for (const [protocol, createTransport] of Object.entries(protocols)) {
    for (const useBinaryFormat of [true, false]) {
      for (const encoding of useBinaryFormat ? ["none", "gzip", "br"] : ["none", "gzip"]) {
        const name = `${protocol} http${httpVersion} ${useBinaryFormat ? "proto" : "json"} ${encoding}`;
        const transport = createTransport({ baseUrl, httpVersion, useBinaryFormat, ...compression[encoding] });
        TRANSPORTS.push([name, transport, CALLS]);
      }
    }
  }
  for (const useBinaryFormat of [true, false]) {
    const name = `connect http${httpVersion} ${useBinaryFormat ? "proto" : "json"} get`;
    const options = { baseUrl, httpVersion, useBinaryFormat, useHttpGet: true, ...compression.gzip };
    TRANSPORTS.push([name, node.createConnectTransport(options), CALLS.filter(([method]) => method === "echo")]);
  }
}
// fetch streams responses only
const fetchable = CALLS.filter(([method]) => method === "echo" || method === "repeat");
for (const useBinaryFormat of [true, false]) {
  const codec = useBinaryFormat ? "proto" : "json";
  const baseUrl = `http://127.0.0.1:${http1Port}`;
  TRANSPORTS.push(
    [`connect fetch ${codec}`, web.createConnectTransport({ baseUrl, useBinaryFormat }), fetchable],
    [
      `connect fetch ${codec} get`,
      web.createConnectTransport({ baseUrl, useBinaryFormat, useHttpGet: true }),
      fetchable,
    ],
    [`web fetch ${codec}`, web.createGrpcWebTransport({ baseUrl, useBinaryFormat }), fetchable],
  );
}

for (const [name, transport, calls] of TRANSPORTS) {
  const client = createClient(Talk, transport);
  for (const [method, requests] of calls)
    await runCall(client, `${name}: ${method} ${requests}`, method, REQUESTS[requests]);
}
process.exit(0);
