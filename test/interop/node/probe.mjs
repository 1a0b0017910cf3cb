/**
 * Peers of /peers.Probe on grpc-js: probe.mjs serve PORT | probe.mjs call PORT CASES.json. See peers/cases.ts for what they do.
 *
 * Both print a JSON object per call: the SHA-256 of each message, and what the client was told of the call's end.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";

const MAX_BYTES = { "grpc.max_receive_message_length": 64 << 20, "grpc.max_send_message_length": 64 << 20 };
const COMPRESSION = { deflate: 1, gzip: 2 };

const digest = (message) => createHash("sha256").update(message).digest("hex");
const body = (size, seed) => Buffer.alloc(size).map((_, i) => (seed + i / 7) & 255);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const asIs = (bytes) => bytes;
const method = (name, requestStream, responseStream) => ({
  path: `/peers.Probe/${name}`,
  requestStream,
  responseStream,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});
const SERVICE = {
  Unary: method("Unary", false, false),
  ClientStream: method("ClientStream", true, false),
  ServerStream: method("ServerStream", false, true),
  Bidi: method("Bidi", true, true),
};

const gathered = [];

/** Resolves once so many calls are here. */
function gather(count) {
  return new Promise((resolve) => {
    gathered.push(resolve);
    if (gathered.length >= count) for (const go of gathered) go();
  });
}

/** Answers calls of all four kinds; gives the end of the call to `end(error, reply, trailers)`. */
async function serveCall(call, requests, stop, send, end) {
  const wish = (name) => call.metadata.get(name)[0];
  const number = (name) => Number(wish(name) ?? 0);
  say({ peer: "server", call: wish("x-call-id"), timeLeftMs: call.getDeadline() - Date.now() });
  const trailers = new grpc.Metadata();
  for (const value of call.metadata.get("x-echo-bin")) trailers.add("x-echo-bin", value);
  call.sendMetadata(trailers.clone());
  if (wish("x-stop") !== undefined) stop();
  if (wish("x-gather") !== undefined) await gather(number("x-gather"));
  const code = number("x-status");
  const received = [];
  const sent = [];
  const reply = async (message) => {
    await sleep(number("x-sleep-ms"));
    sent.push(digest(message));
    send?.(message);
  };
  let last = Buffer.alloc(0);
  // A stream that is iterated to its end, or left, is destroyed, which would cancel the call.
  for await (const request of requests.iterator?.({ destroyOnReturn: false }) ?? requests) {
    received.push(digest(request));
    if (wish("x-cancel") !== undefined) {
      end({ code: grpc.status.CANCELLED, details: "by the server", metadata: trailers }, null, trailers);
      return;
    }
    last = Buffer.from(request).reverse();
    if (wish("x-replies") !== undefined)
      for (let i = 0; i < number("x-replies"); i++) {
        if (call.cancelled) return;
        await reply(body(number("x-reply-size"), i));
      }
    else if (code === 0 && send !== null) await reply(last);
    if (wish("x-early") !== undefined) break;
  }
  if (send === null && code === 0) await reply(last);
  say({ peer: "server", call: wish("x-call-id"), received, sent });
  if (wish("x-details-bin") !== undefined) trailers.set("grpc-status-details-bin", wish("x-details-bin"));
  const error = { code, details: (wish("x-message-bin") ?? "").toString(), metadata: trailers };
  end(code === 0 ? null : error, last, trailers);
}

function serve(port) {
  const server = new grpc.Server({ ...MAX_BYTES, "grpc.default_compression_algorithm": COMPRESSION.gzip });
  const stop = () => server.tryShutdown(() => {});
  const oneReply = (requests) => (call, callback) => serveCall(call, requests(call), stop, null, callback);
  const manyReplies = (requests) => (call) =>
    serveCall(
      call,
      requests(call),
      stop,
      (reply) => call.write(reply),
      (error, _, trailers) => (error === null ? call.end(trailers) : call.emit("error", error)),
    );
  const single = (call) => [call.request];
  server.addService(SERVICE, {
    Unary: oneReply(single),
    ClientStream: oneReply(asIs),
    ServerStream: manyReplies(single),
    Bidi: manyReplies(asIs),
  });
  server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
    process.stdout.write("serving\n");
  });
}

function callOne(client, probe) {
  const metadata = new grpc.Metadata();
  metadata.set("x-call-id", probe.id);
  for (const [name, value] of probe.metadata)
    metadata.add(name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value);
  const requests = probe.sizes.map(body);
  const received = [];
  return new Promise((resolve) => {
    const options = { deadline: Date.now() + (probe.timeoutMs ?? 30_000) };
    const answered = (error, reply) => {
      if (!error) received.push(digest(reply));
    };
    let call;
    if (probe.kind === "Unary") call = client.Unary(requests[0], metadata, options, answered);
    else if (probe.kind === "ServerStream") call = client.ServerStream(requests[0], metadata, options);
    else if (probe.kind === "ClientStream") call = client.ClientStream(metadata, options, answered);
    else call = client.Bidi(metadata, options);
    call.on("error", () => {});
    if (probe.kind !== "Unary" && probe.kind !== "ClientStream")
      call.on("data", (reply) => {
        received.push(digest(reply));
        if (received.length === probe.cancelAfter) call.cancel();
      });
    call.on("status", ({ code, details, metadata: trailers }) => {
      const values = (name) => trailers.get(name).map((value) => value.toString("base64"));
      // The last reply may come to the callback behind the status.
      setImmediate(() => {
        const sent = requests.map(digest);
        const [statusDetails = null] = values("grpc-status-details-bin");
        say({
          peer: "client",
          call: probe.id,
          sent,
          received,
          code,
          message: details,
          details: statusDetails,
          echoed: values("x-echo-bin"),
        });
        resolve();
      });
    });
    if (probe.kind === "ClientStream" || probe.kind === "Bidi") {
      for (const request of requests) call.write(request);
      call.end();
    }
  });
}

async function call(port, path) {
  const cases = JSON.parse(readFileSync(path, "utf8"));
  const Probe = grpc.makeGenericClientConstructor(SERVICE, "Probe");
  const clients = new Map();
  /** A channel has one compression for all its calls. */
  const clientFor = (encoding) => {
    let client = clients.get(encoding);
    if (client === undefined) {
      const options = {
        ...MAX_BYTES,
        "grpc.default_compression_algorithm": COMPRESSION[encoding] ?? 0,
        "grpc.use_local_subchannel_pool": 1,
      };
      client = new Probe(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
      clients.set(encoding, client);
    }
    return client;
  };
  const group = [];
  for (const probe of cases) {
    const running = () => callOne(clientFor(probe.encoding), probe);
    if (probe.group !== undefined) group.push(running());
    else {
      await Promise.all(group.splice(0));
      await running();
    }
  }
  for (const client of clients.values()) client.close();
}

const [command, port, path] = process.argv.slice(2);
if (command === "serve") serve(port);
else await call(port, path);
