/** A gRPC peer that follows a plan of calls as bytes: peer.js serve|call ADDRESS PLAN. ../plan.ts tells what a plan is. */
import { readFileSync } from "node:fs";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";

const [command, address, file] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(file, "utf8"));
const same = (bytes) => bytes;
const bytesOf = (texts) => texts.map((text) => Buffer.from(text, "base64"));
const keyOf = (path, messages) => [path, ...messages.map((bytes) => bytes.toString("base64"))].join(" ");

if (command === "serve") serve();
else await callAll();

function serve() {
  const known = new Map(plan.calls.map((call) => [keyOf(call.path, bytesOf(call.requests)), call]));
  const answer = (path) => (stream) => {
    const requests = [];
    stream.on("data", (bytes) => requests.push(bytes));
    stream.on("end", () => {
      const { replies, code, message } = known.get(keyOf(path, requests));
      for (const reply of bytesOf(replies)) stream.write(reply);
      if (code === 0) stream.end();
      else stream.emit("error", { code, details: message });
    });
  };
  const paths = [...new Set(plan.calls.map(({ path }) => path))];
  const server = new Server();
  const definition = (path) => ({
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  });
  server.addService(
    Object.fromEntries(paths.map((path) => [path, definition(path)])),
    Object.fromEntries(paths.map((path) => [path, answer(path)])),
  );
  server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
    console.log("serving");
  });
  process.on("SIGTERM", () => server.tryShutdown(() => process.exit(0)));
}

async function callAll() {
  const client = new Client(address, credentials.createInsecure());
  for (const batch of plan.batches) await Promise.all(batch.map((index) => makeCall(client, plan.calls[index])));
  client.close();
  console.log(`${plan.calls.length} calls`);
}

function makeCall(client, { path, requests, replies, code }) {
  return new Promise((resolve, reject) => {
    const got = [];
    const stream = client.makeBidiStreamRequest(path, same, same);
    stream.on("data", (bytes) => got.push(bytes));
    stream.on("error", () => {});
    stream.on("status", (status) => {
      const right = keyOf("", got) === keyOf("", bytesOf(replies)) && status.code === code;
      if (right) resolve();
      else reject(new Error(`${path}: ${status.code} ${status.details}`));
    });
    for (const request of bytesOf(requests)) stream.write(request);
    stream.end();
  });
}
