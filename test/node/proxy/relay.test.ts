import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import { type Onlooker, Relay } from "../../../src/node/proxy/relay.js";

const HALF_OPEN = { allowHalfOpen: true, noDelay: true };
const cleanUp: (() => void)[] = [];

afterEach(() => {
  for (const close of cleanUp.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/**
 * A client and a server with a relay between them, all of them this process. `prepare` gets the client before the target is connected
 * to, as the proxy has it.
 */
async function join(prepare: (raw: Socket) => Promise<unknown> = async () => {}, waitMs?: number) {
  const told: string[] = [];
  const seen = [0, 0];
  const onlooker: Onlooker = {
    data(side, bytes) {
      seen[side] += bytes.length;
    },
    close: (side, reason) => told.push(`${side} ${reason}`),
  };
  const behind = createServer(HALF_OPEN);
  const port = await listen(behind);
  const served = once(behind, "connection") as Promise<[Socket]>;
  let gone = false;
  let meet: (made: { relay: Relay; toClient: Socket; toServer: Socket }) => void;
  const met = new Promise<{ relay: Relay; toClient: Socket; toServer: Socket }>((resolve) => {
    meet = resolve;
  });
  const front = createServer(HALF_OPEN, async (toClient) => {
    await prepare(toClient);
    const toServer = connect({ port, host: "127.0.0.1", ...HALF_OPEN }, () => {
      const ends = [toClient, toServer].map((socket) => ({ socket, raw: socket }));
      const closed = () => {
        gone = true;
      };
      meet({ relay: new Relay([ends[0], ends[1]], onlooker, closed, waitMs), toClient, toServer });
    });
  });
  const client = connect({ port: await listen(front), host: "127.0.0.1", ...HALF_OPEN });
  if (prepare.length > 0) client.end();
  const [server] = await served;
  cleanUp.push(
    () => client.destroy(),
    () => server.destroy(),
  );
  const isGone = async () => {
    for (let i = 0; i < 400 && !gone; i++) await sleep(5);
    return gone;
  };
  return { client, server, told, seen, isGone, ...(await met) };
}

/** Writes until some of it waits at the other end of the relay, whose reader sleeps; `seen`: how much the relay has read. */
async function fill(from: Socket, seen: () => number, waits: Socket): Promise<void> {
  // Less than what has a socket say that it is full, so that the relay reads on.
  const piece = Buffer.alloc(8 * 1024);
  for (let written = piece.length; waits.writableLength === 0; written += piece.length) {
    from.write(piece);
    while (seen() < written) await new Promise(setImmediate);
  }
}

async function readAll(socket: Socket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => pieces.push(bytes));
  await once(socket, "end");
  return Buffer.concat(pieces);
}

const errorOf = async (socket: Socket): Promise<string | undefined> => {
  socket.resume();
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  return error.code;
};

/** Of a socket that does not read: writing tells it. */
const errorWhileWriting = async (socket: Socket): Promise<string | undefined> => {
  const timer = setInterval(() => socket.write("more"), 10);
  cleanUp.push(() => clearInterval(timer));
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  clearInterval(timer);
  return error.code;
};

test("bytes pass unchanged both ways, and each side may end before the other", async () => {
  const { client, server, told, seen, isGone } = await join();
  const [request, response] = [randomBytes(3_000_000), randomBytes(2_000_000)];
  const heard = readAll(server);
  client.end(request);
  expect((await heard).equals(request)).toBe(true);
  expect(told).toEqual(["0 fin"]);
  const answer = readAll(client);
  server.end(response);
  expect((await answer).equals(response)).toBe(true);
  expect(await isGone()).toBe(true);
  expect(told).toEqual(["0 fin", "1 fin"]);
  expect(seen).toEqual([request.length, response.length]);
});

test.each(["client", "server"] as const)("a reset of the %s is one of the other side", async (who) => {
  const { client, server, told, isGone } = await join();
  client.write("hello");
  await once(server, "data");
  const [resetting, other] = who === "client" ? [client, server] : [server, client];
  const error = errorOf(other);
  resetting.resetAndDestroy();
  expect(await error).toBe("ECONNRESET");
  expect(await isGone()).toBe(true);
  expect(told.sort()).toEqual(["0 rst", "1 rst"]);
});

test("what was sent before a reset comes before it", async () => {
  const { client, server } = await join();
  const bytes = randomBytes(200_000);
  let heard = 0;
  client.on("data", (piece) => {
    heard += piece.length;
  });
  const error = errorOf(client);
  server.write(bytes, () => setTimeout(() => server.resetAndDestroy(), 100));
  expect(await error).toBe("ECONNRESET");
  expect(heard).toBe(bytes.length);
});

test("a reset after an end reaches the side that still sends", async () => {
  const { client, server, isGone } = await join();
  server.on("end", () => {
    const timer = setInterval(() => server.write("more"), 10);
    cleanUp.push(() => clearInterval(timer));
  });
  server.resume();
  client.end("bye");
  await once(client, "data");
  const error = errorOf(server);
  client.resetAndDestroy();
  expect(["ECONNRESET", "EPIPE"]).toContain(await error);
  expect(await isGone()).toBe(true);
});

test("nobody sends faster than the other side reads", async () => {
  const { client, server, seen } = await join();
  server.pause();
  const chunk = Buffer.alloc(1024 * 1024);
  let written = 0;
  client.on("error", () => {});
  const TRIED = 64;
  for (let i = 0; i < TRIED; i++)
    client.write(chunk, () => {
      written++;
    });
  await sleep(300);
  const before = seen[0];
  await sleep(200);
  // Kernel buffers take some MiB; what is held by the relay itself is no more than a few reads.
  expect(seen[0]).toBe(before);
  expect(seen[0]).toBeLessThan((TRIED / 2) * chunk.length);
  expect(written).toBeLessThan(TRIED / 2);
  let heard = 0;
  server.on("data", (bytes: Buffer) => {
    heard += bytes.length;
  });
  client.end();
  server.resume();
  await once(server, "end");
  expect(heard).toBe(TRIED * chunk.length);
});

test("a reset in the moment in which an end is passed on", async () => {
  const { client, server, isGone, toServer } = await join();
  server.on("error", () => {}).resume();
  client.write("hello");
  await once(server, "data");
  // Behind an end only one who writes learns of a reset: all three wait for the relay when it looks the next time.
  client.end().once("finish", () => {
    client.resetAndDestroy().destroy();
    server.write("more");
  });
  expect(await isGone()).toBe(true);
  expect(toServer.closed).toBe(true);
});

test("a client that sent nothing but its end, before the target was connected to", async () => {
  const { client, server, told, isGone } = await join((raw) => once(raw, "end"));
  server.on("end", () => server.end("so long"));
  server.resume();
  expect((await readAll(client)).toString()).toBe("so long");
  expect(await isGone()).toBe(true);
  expect(told).toEqual(["0 fin", "1 fin"]);
});

test("a reset reaches a side that waits to be read before it reads on", async () => {
  const { client, server, seen, isGone, toClient, toServer } = await join(undefined, 100);
  client.pause();
  server.pause();
  await fill(client, () => seen[0], toServer);
  await fill(server, () => seen[1], toClient);
  const error = errorWhileWriting(server);
  client.resetAndDestroy().destroy();
  expect(["ECONNRESET", "EPIPE"]).toContain(await error);
  expect(await isGone()).toBe(true);
});

test("an end of all writes what was read, and takes no more", async () => {
  const { client, server, seen, told, isGone, relay, toClient } = await join();
  client.pause();
  await fill(server, () => seen[1], toClient);
  const before = seen[1];
  relay.end();
  server.on("error", () => {}).write("too late");
  let heard = 0;
  client
    .on("error", () => {})
    .on("data", (bytes: Buffer) => {
      heard += bytes.length;
    });
  client.resume().end();
  expect(await isGone()).toBe(true);
  if (!client.closed) await once(client, "close");
  expect({ heard, told }).toEqual({ heard: before, told: ["0 eof", "1 eof"] });
});
