/**
 * A program that shows its own gRPC calls: a @grpc/grpc-js server and a client of it, neither of which knows that it is looked at.
 *
 *     node docs/examples/inspect-grpc-js.mjs
 */
import { Client, credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { inspectProcess, loadSchema } from "cal-inspect/node";

// Before anything listens or connects.
const inspection = inspectProcess({
  schema: loadSchema({ proto: ["proto"] }).schema,
  onCall({ path, client, status, durationMs, request, response }) {
    const [question, answer] = [request.messages[0]?.value, response.messages[0]?.value];
    console.log(path, status.name, JSON.stringify(question), "→", JSON.stringify(answer));
    if (durationMs > 1000) console.warn(`${client} waited ${durationMs} ms`);
  },
  diagnostic: ({ text }) => console.warn(text),
});

// Messages as bytes, to keep the example small: field 1 and 2 of AddRequest, as proto/SimpleCal.proto has them.
const bytes = (value) => value;
const add = {
  path: "/Cal/Add",
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
};

const server = new Server();
server.addService(
  { Add: add },
  {
    Add(call, callback) {
      if (call.request.length === 0) callback({ code: status.INVALID_ARGUMENT, details: "two numbers are needed" });
      else callback(null, Buffer.from([0x08, call.request[1] + call.request[3]]));
    },
  },
);
const port = await new Promise((resolve, reject) =>
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
    error ? reject(error) : resolve(bound),
  ),
);

const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
const call = (request) =>
  new Promise((resolve) => client.makeUnaryRequest(add.path, bytes, bytes, Buffer.from(request), resolve));
await call([0x08, 7, 0x10, 5]);
await call([]);

client.close();
server.tryShutdown(() => inspection.stop());
