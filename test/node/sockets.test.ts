/** Sockets of this process: what they carry is seen, and the program that uses them notices nothing. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http2 from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Call } from "../../src/call/call.js";
import type { CallRecord } from "../../src/call/record.js";
import { inspectProcess, inspectServer, inspectSocket, type SocketInspection } from "../../src/node/index.js";
import { run } from "../support/processes.js";

const bytes = (value: Buffer) => value;
const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});
const METHODS = {
  Echo: method("/t.T/Echo", false, false),
  Many: method("/t.T/Many", false, true),
  Collect: method("/t.T/Collect", true, false),
  Chat: method("/t.T/Chat", true, true),
  Hang: method("/t.T/Hang", false, false),
};
const MESSAGE = Buffer.from([0x08, 7]);
const BIG = Buffer.alloc(8 * 1024 * 1024, 0xff);
const NO_LIMIT = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-sockets-"));
let tls: { key: Buffer; cert: Buffer };

beforeAll(() => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", [...args, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
  tls = { key: readFileSync(key), cert: readFileSync(cert) };
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What the server saw of its peers, and the clients of the answers. */
interface Traffic {
  readonly peers: string[];
  readonly answers: unknown[];
}

/** All four kinds of call, an error, a big message and a cancelled call, by grpc-js on both sides. */
async function talk(secure: boolean, whileServing: (port: number) => void = () => {}): Promise<Traffic> {
  const peers: string[] = [];
  const server = new Server(NO_LIMIT);
  server.addService(METHODS, {
    Echo(call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
      peers.push(call.getPeer().replace(/:[0-9]+$/, ""));
      if (call.request.length === 0) done({ code: 3, details: "nothing to say" });
      else done(null, call.request);
    },
    Many(call: ServerWritableStream<Buffer, Buffer>) {
      for (let i = 0; i < 3; i++) call.write(MESSAGE);
      call.end();
    },
    Collect(call: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) {
      let length = 0;
      call.on("data", (message: Buffer) => (length += message.length));
      call.on("end", () => done(null, Buffer.from([0x08, length])));
    },
    Chat(call: ServerDuplexStream<Buffer, Buffer>) {
      call.on("data", (message: Buffer) => call.write(message));
      call.on("end", () => call.end());
    },
    Hang() {},
  });
  const serverCredentials = secure
    ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.cert }])
    : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", serverCredentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  whileServing(port);
  const client = new Client(
    `127.0.0.1:${port}`,
    secure ? credentials.createSsl(tls.cert) : credentials.createInsecure(),
    NO_LIMIT,
  );
  const unary = (path: string, request: Buffer, cancelAfterMs: number | null = null) =>
    new Promise((resolve) => {
      const call = client.makeUnaryRequest(path, bytes, bytes, request, (error: ServiceError | null, reply) =>
        resolve(error === null ? reply!.length : error.code),
      );
      if (cancelAfterMs !== null) setTimeout(() => call.cancel(), cancelAfterMs);
    });
  const drained = (stream: ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>) =>
    new Promise((resolve) => {
      let count = 0;
      stream.on("data", () => count++);
      stream.on("error", () => {});
      stream.on("status", ({ code }: { code: number }) => resolve([count, code]));
    });
  const answers: unknown[] = [];
  answers.push(await unary("/t.T/Echo", MESSAGE));
  answers.push(await unary("/t.T/Echo", Buffer.alloc(0)));
  answers.push(await drained(client.makeServerStreamRequest("/t.T/Many", bytes, bytes, MESSAGE)));
  answers.push(
    await new Promise((resolve) => {
      const call = client.makeClientStreamRequest("/t.T/Collect", bytes, bytes, (error, reply) =>
        resolve(error?.code ?? reply![1]),
      );
      for (let i = 0; i < 4; i++) call.write(MESSAGE);
      call.end();
    }),
  );
  const chat = client.makeBidiStreamRequest("/t.T/Chat", bytes, bytes);
  for (let i = 0; i < 5; i++) chat.write(MESSAGE);
  chat.end();
  answers.push(await drained(chat));
  answers.push(await unary("/t.T/Echo", BIG));
  answers.push(await unary("/t.T/Hang", MESSAGE, 50));
  answers.push(await Promise.all(Array.from({ length: 100 }, () => unary("/t.T/Echo", MESSAGE))));
  client.close();
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  return { peers, answers };
}

/** Path, outcome, status, and per half messages and bytes. */
type Told = readonly [path: string | null, outcome: string, status: number | null, string, string];

const half = (messages: number, size: number) => `${messages} messages, ${size} bytes`;

const toldOf = ({ path, outcome, status, request, response }: Call): Told => [
  path,
  outcome,
  status?.code ?? null,
  half(request.messageCount, request.bytes),
  half(response.messageCount, response.bytes),
];

const EXPECTED: readonly Told[] = [
  ["/t.T/Echo", "ok", 0, half(1, 2), half(1, 2)],
  ["/t.T/Echo", "error", 3, half(1, 0), half(0, 0)],
  ["/t.T/Many", "ok", 0, half(1, 2), half(3, 6)],
  ["/t.T/Collect", "ok", 0, half(4, 8), half(1, 2)],
  ["/t.T/Chat", "ok", 0, half(5, 10), half(5, 10)],
  ["/t.T/Echo", "ok", 0, half(1, BIG.length), half(1, BIG.length)],
  ["/t.T/Hang", "cancelled", null, half(1, 2), half(0, 0)],
  ...Array.from({ length: 100 }, (): Told => ["/t.T/Echo", "ok", 0, half(1, 2), half(1, 2)]),
];

const sorted = (told: readonly Told[]) => told.map((each) => each.join(", ")).sort();

describe("@grpc/grpc-js, which keeps its sockets to itself", () => {
  test("servers and clients: every call at both ends, and the peers notice nothing", async () => {
    const unseen = await talk(false);
    const calls: Call[] = [];
    const diagnostics: string[] = [];
    const inspection = inspectProcess({
      listMessages: false,
      callEnd: (call) => calls.push(call),
      diagnostic: ({ text }) => diagnostics.push(text),
    });
    let listened = 0;
    const seen = await talk(false, (port) => (listened = port));
    inspection.stop();
    expect(seen).toEqual(unseen);
    expect(diagnostics).toEqual([]);
    expect(sorted(calls.map(toldOf))).toEqual(sorted([...EXPECTED, ...EXPECTED]));
    const connections = calls.map(({ connection }) => connection);
    expect(new Set(connections.map(({ server }) => server))).toEqual(new Set([`127.0.0.1:${listened}`]));
    expect(new Set(connections.map(({ client }) => client)).size).toBe(1);
    expect(new Set(connections).size).toBe(2);
  });

  test("a server with TLS: its calls in plain text", async () => {
    const unseen = await talk(true);
    const calls: Call[] = [];
    const inspection = inspectProcess({ clients: false, listMessages: false, callEnd: (call) => calls.push(call) });
    const seen = await talk(true);
    inspection.stop();
    expect(seen).toEqual(unseen);
    expect(sorted(calls.map(toldOf))).toEqual(sorted(EXPECTED));
    expect(calls[0].connection.tls).toMatchObject({ version: "TLSv1.3", alpn: "h2" });
  });

  test("after stop nothing is seen", async () => {
    let calls = 0;
    const inspection = inspectProcess({ onCall: () => calls++ });
    inspection.stop();
    await talk(false);
    expect(calls).toBe(0);
  });
});

describe("one socket", () => {
  async function pair(): Promise<{ client: Socket; server: Socket; close(): void }> {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const client = connect((listener.address() as AddressInfo).port, "127.0.0.1");
    const [server] = (await once(listener, "connection")) as [Socket];
    if (client.connecting) await once(client, "connect");
    return { client, server, close: () => listener.close() };
  }

  test("no reads are stolen, it does not begin to flow, and no handler is added for data or errors", async () => {
    const { client, server, close } = await pair();
    const seen: string[] = [];
    const inspection = inspectSocket(server, 1, { diagnostic: ({ text }) => seen.push(text) });
    expect(server.readableFlowing).toBeNull();
    expect([server.listenerCount("data"), server.listenerCount("readable"), server.listenerCount("error")]).toEqual([
      0, 0, 0,
    ]);
    client.write("hello, ");
    client.end(Buffer.from("world"));
    while (server.bytesRead < 12) await new Promise(setImmediate);
    expect(server.readableFlowing).toBeNull();
    server.setEncoding("latin1");
    let text = "";
    for await (const piece of server) text += piece;
    expect(text).toBe("hello, world");
    expect(inspection.inspector.summary.liveBytes).toBe(12);
    close();
    inspection.stop();
  });

  test("a session of node:http2 on it", async () => {
    const records: CallRecord[] = [];
    const server = http2.createServer();
    const inspection: SocketInspection = inspectServer(server, { onCall: (record) => records.push(record) });
    const addresses: unknown[] = [];
    server.on("stream", (stream) => {
      const { remoteAddress, remotePort, localPort } = stream.session!.socket;
      addresses.push([remoteAddress, typeof remotePort, localPort]);
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 9]));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const request = session.request({ ":method": "POST", ":path": "/t.T/Echo", "content-type": "application/grpc" });
    request.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 7]));
    request.resume();
    await once(request, "close");
    session.close();
    server.close();
    await once(server, "close");
    inspection.stop();
    expect(addresses).toEqual([["127.0.0.1", "number", port]]);
    expect(records.map(({ path, outcome }) => [path, outcome])).toEqual([["/t.T/Echo", "ok"]]);
  });
});

describe("docs/examples/inspect-grpc-js.mjs", () => {
  test("runs as it says, and ends", async () => {
    const { status, stdout, stderr } = await run(process.execPath, ["docs/examples/inspect-grpc-js.mjs"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const lines = ['/Cal/Add OK {"number1":7,"number2":5} → {"number":12}', "/Cal/Add INVALID_ARGUMENT {} → undefined"];
    expect(stdout.split("\n").slice(0, -1).sort()).toEqual([...lines, ...lines].sort());
  });

  test("a client that is not closed does not keep the process: its idle sockets hold nothing", async () => {
    const script = `
      import { Client, credentials } from "@grpc/grpc-js";
      import { createServer } from "node:http2";
      import { inspectProcess } from "cal-inspect/node";
      const calls = [];
      inspectProcess({ onCall: (record) => console.log(record.outcome) });
      const server = createServer((request, response) => response.stream.respond(
        { ":status": 200, "content-type": "application/grpc", "grpc-status": "0" }, { endStream: true }));
      server.listen(0, "127.0.0.1", () => {
        const client = new Client("127.0.0.1:" + server.address().port, credentials.createInsecure());
        const id = (x) => x;
        client.makeUnaryRequest("/t.T/Echo", id, id, Buffer.alloc(2), () => server.close());
        server.unref();
      });
      server.on("session", (session) => session.unref());`;
    const { status, stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
    expect(status).toBe(0);
    expect(stdout.split("\n").length).toBeGreaterThan(1);
  });
});
