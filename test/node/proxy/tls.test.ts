import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { LiveClock } from "../../../src/node/live-clock.js";
import { PassThrough } from "../../../src/node/proxy/listen.js";
import { Recorder } from "../../../src/node/proxy/recorder.js";
import { Relay } from "../../../src/node/proxy/relay.js";
import { type Certificate, makeCertificate } from "../../support/certificates.js";

const folder = mkdtempSync(join(tmpdir(), "proxy-tls-"));
let certificate: Certificate;
let target: Server;

beforeAll(async () => {
  certificate = await makeCertificate(folder);
  // More than what fits between the two, to a client that may be gone.
  target = createServer((socket) => socket.on("error", () => {}).write(Buffer.alloc(16 * 1024 * 1024)));
  target.listen(0, "127.0.0.1");
  await once(target, "listening");
});
afterAll(() => {
  target.close();
  rmSync(folder, { recursive: true });
});

/** A proxy of this process that ends the clients' TLS. */
async function startPassing() {
  const complaints: string[] = [];
  const files = { listen: certificate, ca: null, insecure: false, serverName: null, client: null };
  const recorder = new Recorder(new LiveClock(), () => {});
  const passing = new PassThrough(files, recorder, (sentence) => complaints.push(sentence));
  const name = await passing.listen({
    listen: { kind: "tcp", host: "127.0.0.1", port: 0 },
    target: { address: { kind: "tcp", host: "127.0.0.1", port: (target.address() as AddressInfo).port }, tls: false },
  });
  return { passing, complaints, port: Number(name.split(":").at(-1)) };
}

/** The client's last word of the handshake and its reset are there before anybody has read the first of them. */
async function shakeAndReset(port: number): Promise<void> {
  const raw = connect(port, "127.0.0.1");
  const client = tls.connect({ socket: raw, rejectUnauthorized: false });
  await once(client, "secureConnect");
  await new Promise(setImmediate);
  raw.resetAndDestroy().destroy();
}

test("a client that resets right behind its handshake leaves nothing open", async () => {
  const { passing, complaints, port } = await startPassing();
  for (let i = 0; i < 20; i++) {
    await shakeAndReset(port);
    await sleep(5);
  }
  for (let i = 0; i < 200 && passing.connections > 0; i++) await sleep(10);
  expect({ open: passing.connections, complaints }).toEqual({ open: 0, complaints: [] });
  passing.stopListening();
});

test("what is written to a client whose reset was taken for an end is given up", async () => {
  const { cert, key } = certificate;
  const below: Socket[] = [];
  const secure = tls.createServer({ cert: readFileSync(cert), key: readFileSync(key) });
  const front = createServer({ allowHalfOpen: true }, (raw) => {
    below.push(raw);
    secure.emit("connection", raw);
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  let onward: Socket | null = null;
  const closed = new Promise<void>((resolve) => {
    secure.once("secureConnection", (socket) => {
      onward = connect({ port: (target.address() as AddressInfo).port, host: "127.0.0.1", allowHalfOpen: true });
      const ends = [
        { socket, raw: below[0] },
        { socket: onward, raw: onward },
      ] as const;
      const onlooker = { data: () => {}, close: () => {} };
      onward.once("connect", () => new Relay(ends, onlooker, resolve, 50));
    });
  });
  await shakeAndReset((front.address() as AddressInfo).port);
  await closed;
  expect({ client: below[0].closed, target: onward!.closed }).toEqual({ client: true, target: true });
  front.close();
});

test("a client that does not begin its handshake keeps nobody from ending", async () => {
  const { passing, port } = await startPassing();
  const client = connect(port, "127.0.0.1");
  const closed = once(
    client.on("error", () => {}),
    "close",
  );
  await once(client, "connect");
  await sleep(50);
  expect(passing.connections).toBe(0);
  passing.stopListening();
  passing.destroy();
  await closed;
});
