/**
 * Clients of @connectrpc that give up: at their deadline, or once the server has the call. Arguments: a port for HTTP/1.1, a port for
 * HTTP/2, the descriptor set of talk.proto. Prints, as JSON lines, what the client of each call saw.
 */
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import { ConnectError, createClient } from "@connectrpc/connect";
import * as node from "@connectrpc/connect-node";
import { log, Talk } from "./talk-service.mjs";

const [http1Port, http2Port] = process.argv.slice(2, 4).map(Number);

/** Told when the server has a call, with what x-call says. */
const begun = new Map();

const gone = [];

/** Never answers. */
async function wait({ requestHeader, signal }) {
  gone.push(once(signal, "abort"));
  begun.get(requestHeader.get("x-call"))?.();
  await new Promise(() => {});
}

const routes = (router) =>
  router.service(Talk, {
    echo: async (request, context) => {
      await wait(context);
      return request;
    },
    repeat: async function* (request, context) {
      yield request;
      await wait(context);
    },
  });
const adapter = () => node.connectNodeAdapter({ routes });
const server1 = http.createServer(adapter()).listen(http1Port, "127.0.0.1");
const server2 = http2.createServer(adapter()).listen(http2Port, "127.0.0.1");
await Promise.all([once(server1, "listening"), once(server2, "listening")]);

async function giveUp(client, call, method, options) {
  const request = { words: ["a"] };
  const entry = { method, responses: 0, error: null };
  try {
    const all = { ...options, headers: { "x-call": call } };
    if (method === "echo") await client.echo(request, all);
    else for await (const _ of client.repeat(request, all)) entry.responses++;
  } catch (error) {
    entry.error = { code: ConnectError.from(error).code };
  }
  log("client", call, entry);
}

for (const [httpVersion, port] of [
  ["1.1", http1Port],
  ["2", http2Port],
])
  for (const [protocol, transport] of Object.entries({
    connect: node.createConnectTransport,
    web: node.createGrpcWebTransport,
  })) {
    const client = createClient(Talk, transport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion }));
    for (const method of ["echo", "repeat"]) {
      const name = `${protocol} http${httpVersion} ${method}`;
      await giveUp(client, `${name} deadline`, method, { timeoutMs: 600 });
      const controller = new AbortController();
      begun.set(`${name} cancel`, () => controller.abort());
      await giveUp(client, `${name} cancel`, method, { signal: controller.signal });
    }
  }
// What the clients sent last is at the servers.
await Promise.all(gone);
process.exit(0);
