/**
 * A grpc-js server and client in one: attempts.mjs PORT. The client has a policy of retries or of hedging, calls methods that fail at
 * first, and asks the server's channelz about itself. Prints a JSON object per attempt that the server saw, and per call of the client.
 */
import * as grpc from "@grpc/grpc-js";

const port = process.argv[2];
const asIs = (bytes) => bytes;
const method = (name) => ({
  path: `/peers.Attempts/${name}`,
  requestStream: false,
  responseStream: false,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
});
const SERVICE = { Retried: method("Retried"), Hedged: method("Hedged") };

const HEDGES = 3;

const POLICIES = {
  methodConfig: [
    {
      name: [{ service: "peers.Attempts", method: "Retried" }],
      retryPolicy: {
        maxAttempts: 4,
        initialBackoff: "0.02s",
        maxBackoff: "0.1s",
        backoffMultiplier: 1.5,
        retryableStatusCodes: ["UNAVAILABLE"],
      },
    },
    {
      name: [{ service: "peers.Attempts", method: "Hedged" }],
      hedgingPolicy: { maxAttempts: HEDGES, hedgingDelay: "0.05s", nonFatalStatusCodes: [] },
    },
  ],
};

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const attemptsOf = (metadata) => Number(metadata.get("grpc-previous-rpc-attempts")[0] ?? 0);

let retries = 0;
const hedges = [];
const server = new grpc.Server();
server.addService(SERVICE, {
  Retried: ({ metadata }, callback) => {
    say({ peer: "server", method: "Retried", previousAttempts: attemptsOf(metadata) });
    if (++retries < 3) callback({ code: grpc.status.UNAVAILABLE, details: `try ${retries}` });
    else callback(null, Buffer.from("done"));
  },
  // The first attempt is answered when the last is there.
  Hedged: ({ metadata }, callback) => {
    say({ peer: "server", method: "Hedged", previousAttempts: attemptsOf(metadata) });
    hedges.push(callback);
    if (hedges.length === HEDGES) hedges[0](null, Buffer.from("done"));
  },
});
const channelz = grpc.getChannelzServiceDefinition();
server.addService(channelz, grpc.getChannelzHandlers());
await new Promise((resolve, reject) => {
  const bound = (error) => (error ? reject(error) : resolve());
  server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), bound);
});

const credentials = grpc.credentials.createInsecure();
const Attempts = grpc.makeGenericClientConstructor(SERVICE, "Attempts");
const client = new Attempts(`127.0.0.1:${port}`, credentials, { "grpc.service_config": JSON.stringify(POLICIES) });
for (const name of ["Retried", "Hedged"]) {
  await new Promise((resolve) => {
    client[name](Buffer.from("go"), (error) => {
      say({ peer: "client", method: name, code: error?.code ?? 0 });
      resolve();
    });
  });
}
const Channelz = grpc.makeGenericClientConstructor(channelz, "Channelz");
const asking = new Channelz(`127.0.0.1:${port}`, credentials);
await new Promise((resolve) => {
  asking.GetServers({ start_server_id: 0, max_results: 10 }, (error, { server: [first] }) => {
    say({
      peer: "client",
      method: "GetServers",
      code: error?.code ?? 0,
      callsStarted: String(first.data.calls_started),
    });
    resolve();
  });
});
client.close();
asking.close();
server.forceShutdown();
