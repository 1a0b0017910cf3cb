import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { COMMAND } from "../support/cli.js";
import { start } from "../support/processes.js";

/** Longer by hand: SOAK_SECONDS=600. */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 20);
const CONNECTIONS = 200;
const MAX_RSS_MB = 300;
const PIECE = 64 * 1024;
/** Longer than anything that is waited for on purpose. */
const PATIENCE_MS = 20_000;

/** What one end sent or heard: both must be the same in the end, or after a reset, what was heard a beginning of what was sent. */
interface Stream {
  readonly hash: Hash;
  bytes: number;
}

interface Talk {
  readonly sent: [Stream, Stream];
  readonly heard: [Stream, Stream];
  wasReset: boolean;
}

const newStream = (): Stream => ({ hash: createHash("sha256"), bytes: 0 });

function add(stream: Stream, bytes: Uint8Array): void {
  stream.hash.update(bytes);
  stream.bytes += bytes.length;
}

/** Numbers that are the same on each run (a linear congruential generator, as in C's `rand`). */
let state = 7;
function random(bound: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
}

test(
  `${CONNECTIONS} connections that open, reset and stall for ${SECONDS} seconds lose no byte`,
  async () => {
    const talks = new Map<number, Talk>();
    // The first four bytes name the connection; the server sends back as many as it gets, in other words.
    const server = createServer({ allowHalfOpen: true }, (socket) => void serve(socket, talks));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = start(process.execPath, [COMMAND, "proxy", "--json", "--listen", "0", "--target", target]);
    const [, port] = await proxy.waitFor(/cal-inspect: 127\.0\.0\.1:(\d+) → /);
    const filesBefore = filesOf(proxy.pid);
    const until = performance.now() + SECONDS * 1_000;
    let opened = 0;
    let worst = 0;
    const talking = new Set<number>();
    const one = async () => {
      while (performance.now() < until) {
        const id = ++opened;
        talking.add(id);
        await talk(Number(port), id, talks);
        talking.delete(id);
      }
    };
    const watching = (async () => {
      while (performance.now() < until) {
        worst = Math.max(worst, rssOf(proxy.pid));
        await sleep(250);
      }
    })();
    const all = Promise.all(Array.from({ length: CONNECTIONS }, one));
    await watching;
    const late = new AbortController();
    await Promise.race([all, sleep(PATIENCE_MS, null, { signal: late.signal })]);
    late.abort();
    expect([...talking]).toEqual([]);
    // Nothing stays open behind them.
    const patient = performance.now() + PATIENCE_MS;
    while (filesOf(proxy.pid) > filesBefore && performance.now() < patient) await sleep(50);
    expect(filesOf(proxy.pid)).toBeLessThanOrEqual(filesBefore);
    const { status, stderr } = await proxy.stop("SIGINT");
    server.close();
    let whole = 0;
    for (const { sent, heard, wasReset } of talks.values()) {
      if (!wasReset) whole++;
      for (const side of [0, 1] as const) {
        if (wasReset) expect(heard[side].bytes).toBeLessThanOrEqual(sent[side].bytes);
        else expect(heard[side].hash.digest("hex")).toBe(sent[side].hash.digest("hex"));
      }
    }
    process.stderr.write(
      `soak: ${opened} connections, ${whole} of them whole; at most ${(worst / 1e6).toFixed(0)} MB\n`,
    );
    expect(whole).toBeGreaterThan(CONNECTIONS);
    expect({ status, failed: /decoder/.test(stderr) }).toEqual({ status: 0, failed: false });
    expect(worst / 1e6).toBeLessThan(MAX_RSS_MB);
  },
  (SECONDS + 90) * 1_000,
);

/** One connection: some data, some of it to a reader that sleeps; then an end of each side, or a reset by either. */
async function talk(port: number, id: number, talks: Map<number, Talk>): Promise<void> {
  const its: Talk = { sent: [newStream(), newStream()], heard: [newStream(), newStream()], wasReset: random(3) === 0 };
  talks.set(id, its);
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => {
    its.wasReset = true;
  });
  socket.on("data", (bytes: Buffer) => add(its.heard[1], bytes));
  const name = Buffer.alloc(4);
  name.writeUInt32BE(id);
  send(socket, its.sent[0], name);
  for (let i = random(12); i > 0; i--) {
    send(socket, its.sent[0], Buffer.alloc(1 + random(PIECE), id + i));
    if (random(4) === 0) socket.pause();
    await sleep(random(60));
    socket.resume();
  }
  if (its.wasReset && random(2) === 0) abort(socket);
  else socket.end();
  await closed;
}

async function serve(socket: Socket, talks: Map<number, Talk>): Promise<void> {
  let its: Talk | null = null;
  let head = Buffer.alloc(0);
  socket.on("error", () => {
    if (its !== null) its.wasReset = true;
  });
  socket.on("data", (bytes: Buffer) => {
    if (its === null) {
      head = Buffer.concat([head, bytes]);
      if (head.length < 4) return;
      its = talks.get(head.readUInt32BE())!;
      add(its.heard[0], head);
    } else add(its.heard[0], bytes);
    send(socket, its.sent[1], Buffer.alloc(bytes.length, bytes.length));
    if (random(30) === 0) {
      socket.pause();
      setTimeout(() => socket.resume(), random(300));
    }
  });
  await once(socket, "end").catch(() => {});
  if (its !== null && (its as Talk).wasReset) abort(socket);
  else socket.end();
}

/** A reset at once. Left to wait for its own writes, a socket that is reset by its peer meanwhile never closes (node 20). */
function abort(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy().destroy();
}

function send(socket: Socket, stream: Stream, bytes: Buffer): void {
  if (socket.destroyed || socket.writableEnded) return;
  add(stream, bytes);
  socket.write(bytes);
}

/** How many files and sockets a process has open. */
function filesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function rssOf(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return Number(kilobytes) * 1024;
}
