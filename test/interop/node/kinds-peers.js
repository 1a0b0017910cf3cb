/** The peers of ../python/kinds_peers.py for @grpc/grpc-js: kinds-peers.js serve ADDRESS [CERT KEY] | call ADDRESS [CA]. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials, Metadata, Server, ServerCredentials, status } from "@grpc/grpc-js";

const MIB = 1024 * 1024;
const OPTIONS = { "grpc.max_receive_message_length": 16 * MIB, "grpc.max_send_message_length": 16 * MIB };
const MANY = 100;

const digest = (message) => createHash("sha256").update(message).digest("hex");
const reversed = (bytes) => Buffer.from(bytes).reverse();
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const asIs = (bytes) => bytes;

class Seen {
  received = [];
  sent = [];

  constructor({ metadata }) {
    this.call = metadata.get("x-call-id")[0];
  }

  take(message) {
    this.received.push(digest(message));
    return message;
  }

  give(message) {
    this.sent.push(digest(message));
    return message;
  }

  tell() {
    say({ peer: "server", call: this.call, received: this.received, sent: this.sent });
  }
}

const HANDLERS = {
  Unary: [
    false,
    false,
    (call, callback) => {
      const seen = new Seen(call);
      const reply = seen.give(reversed(seen.take(call.request)));
      seen.tell();
      callback(null, reply);
    },
  ],
  Fail: [
    false,
    false,
    (call, callback) => {
      const seen = new Seen(call);
      seen.take(call.request);
      seen.tell();
      callback({ code: status.INVALID_ARGUMENT, details: "refused: ünïcode 100 %" });
    },
  ],
  Slow: [
    false,
    false,
    async (call, callback) => {
      const seen = new Seen(call);
      seen.take(call.request);
      seen.tell();
      await sleep(1_000);
      callback(null, call.request);
    },
  ],
  Gather: [
    true,
    false,
    (call, callback) => {
      const seen = new Seen(call);
      let total = 0;
      call.on("data", (request) => {
        total += seen.take(request).length;
      });
      call.on("end", () => {
        const reply = seen.give(Buffer.from(String(total)));
        seen.tell();
        callback(null, reply);
      });
    },
  ],
  Spread: [
    false,
    true,
    (call) => {
      const seen = new Seen(call);
      const request = seen.take(call.request);
      for (let index = 0; index < 5; index++) call.write(seen.give(Buffer.concat([request, Buffer.of(index)])));
      seen.tell();
      call.end();
    },
  ],
  Chat: [
    true,
    true,
    (call) => {
      const seen = new Seen(call);
      call.on("data", (request) => call.write(seen.give(reversed(seen.take(request)))));
      call.on("end", () => {
        seen.tell();
        call.end();
      });
    },
  ],
  Endless: [
    false,
    true,
    (call) => {
      const seen = new Seen(call);
      const request = seen.take(call.request);
      const timer = setInterval(() => call.write(seen.give(request)), 20);
      call.on("cancelled", () => {
        clearInterval(timer);
        seen.tell();
      });
    },
  ],
  Leave: [
    false,
    true,
    (call) => {
      const seen = new Seen(call);
      const request = seen.take(call.request);
      call.write(seen.give(request));
      call.write(seen.give(request));
      seen.tell();
      call.emit("error", { code: status.CANCELLED, details: "I left" });
    },
  ],
};

function definition(name) {
  const [requestStream, responseStream] = HANDLERS[name];
  return {
    path: `/kinds.Kinds/${name}`,
    requestStream,
    responseStream,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
}

function serve(address, cert, key) {
  const server = new Server(OPTIONS);
  const names = Object.keys(HANDLERS);
  server.addService(
    Object.fromEntries(names.map((name) => [name, definition(name)])),
    Object.fromEntries(names.map((name) => [name, HANDLERS[name][2]])),
  );
  const tls =
    cert === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [{ cert_chain: readFileSync(cert), private_key: readFileSync(key) }]);
  server.bindAsync(address, tls, (error) => {
    if (error) throw error;
    process.stdout.write("serving\n");
  });
  process.on("SIGTERM", () => {
    server.tryShutdown(() => process.exit(0));
    setTimeout(() => process.exit(0), 500);
  });
}

class Caller {
  constructor(client) {
    this.client = client;
  }

  /** `requests`: an array, or an async generator. */
  run(call, method, requests, { waitMs = 20_000, cancelAfter = null } = {}) {
    const { path } = definition(method);
    const [manyIn, manyOut] = HANDLERS[method];
    const metadata = new Metadata();
    metadata.set("x-call-id", call);
    const options = { deadline: Date.now() + waitMs };
    const sent = [];
    const received = [];
    return new Promise((resolve) => {
      const done = ({ code, details }) => {
        say({ peer: "client", call, sent, received, code, message: details });
        resolve();
      };
      const onReply = (error, reply) => {
        if (reply) received.push(digest(reply));
        done(error ?? { code: 0, details: "" });
      };
      const send = (message) => {
        sent.push(digest(message));
        return message;
      };
      if (!manyIn && !manyOut) {
        this.client.makeUnaryRequest(path, asIs, asIs, send(requests[0]), metadata, options, onReply);
        return;
      }
      const stream = manyOut
        ? manyIn
          ? this.client.makeBidiStreamRequest(path, asIs, asIs, metadata, options)
          : this.client.makeServerStreamRequest(path, asIs, asIs, send(requests[0]), metadata, options)
        : this.client.makeClientStreamRequest(path, asIs, asIs, metadata, options, onReply);
      if (manyOut) {
        stream.on("data", (reply) => {
          received.push(digest(reply));
          if (received.length === cancelAfter) stream.cancel();
        });
        stream.on("error", () => {});
        stream.on("status", done);
      }
      if (manyIn) {
        (async () => {
          for await (const request of requests) stream.write(send(request));
          stream.end();
        })();
      }
    });
  }
}

function body(size) {
  return Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, index) => (index * 131 + size) % 251)));
}

async function runMany(caller) {
  let waiting = MANY;
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  async function* requests(number) {
    yield Buffer.from(`first of ${number}`);
    if (--waiting === 0) open();
    await opened;
    await sleep(50);
    yield Buffer.from(`second of ${number}`);
  }
  await Promise.all(
    Array.from({ length: MANY }, (_, number) => caller.run(`many-${number}`, "Chat", requests(number))),
  );
}

async function call(address, ca) {
  const tls = ca === undefined ? credentials.createInsecure() : credentials.createSsl(readFileSync(ca));
  const client = new Client(address, tls, { ...OPTIONS, "grpc.enable_http_proxy": 0 });
  const caller = new Caller(client);
  for (const size of [0, 1, 100, 20_000]) await caller.run(`unary-${size}`, "Unary", [body(size)]);
  await caller.run("fail", "Fail", [Buffer.from("please")]);
  await caller.run("gather", "Gather", [0, 5, 3_000, 70_000, 9].map(body));
  await caller.run("spread", "Spread", [Buffer.from("spread")]);
  await caller.run("chat", "Chat", [3, 0, 40_000, 7, 700, 1, 2, 3, 4, 5].map(body));
  await caller.run("large", "Unary", [body(8 * MIB)]);
  await caller.run("cancel", "Endless", [Buffer.from("until you leave")], { cancelAfter: 2 });
  await caller.run("leave", "Leave", [Buffer.from("until I leave")]);
  await caller.run("deadline", "Slow", [Buffer.from("hurry")], { waitMs: 150 });
  await runMany(caller);
  client.close();
}

const [mode, ...args] = process.argv.slice(2);
if (mode === "serve") serve(...args);
else await call(...args);
