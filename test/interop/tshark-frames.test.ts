/** `frames` and tshark name the same frames: type, flags, stream, length and header fields, packet by packet. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test } from "@jest/globals";
import { recordLoopback } from "../support/loopback-capture.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, run, start } from "../support/processes.js";
import { expectAgreement } from "../support/tshark-frames.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-frames-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithPeers(["tshark"], "frames of recorded captures, against tshark", () => {
  test.each(["add", "multiply", "calculator", "python", "nginx"])("captures/%s.pcap", async (name) => {
    await expectAgreement(`captures/${name}.pcap`, ["50050-50052"]);
  });
});

async function record(name: string, port: number, traffic: () => Promise<unknown>): Promise<string> {
  const file = join(folder, `${name}.pcap`);
  await recordLoopback(file, [port], async () => void (await traffic()));
  return file;
}

describeWithPeers(["tshark", "tcpdump", "nghttp2"], "frames of live traffic, against tshark", () => {
  test("nghttp: padding, priorities, uploads over several streams", async () => {
    writeFileSync(join(folder, "upload.txt"), "a".repeat(40_000));
    const { port, stop } = await startServer();
    const urls = ["one", "two", "three"].map((path) => `http://127.0.0.1:${port}/${path}`);
    const upload = ["-d", join(folder, "upload.txt"), "-b", "16", "-H", "x-very: secret"];
    const file = await record("nghttp", port, () => run("nghttp", ["-n", ...upload, ...urls]));
    await stop();
    const packets = await expectAgreement(file, [port]);
    const frames = [...packets.values()].flatMap((packet) => packet.frames);
    expect(frames.some(({ type, flags }) => type === "DATA" && (flags & 8) !== 0)).toBe(true);
    expect(frames.filter(({ type }) => type === "HEADERS").length).toBeGreaterThanOrEqual(6);
  }, 20_000);

  test("curl with prior knowledge: two requests on a connection, trailers", async () => {
    const { port, stop } = await startServer();
    const url = `http://127.0.0.1:${port}/`;
    const curl = ["-s", "--http2-prior-knowledge", url, `${url}two`, "-d", "x=1"];
    const file = await record("curl", port, () => run("curl", curl));
    await stop();
    const packets = await expectAgreement(file, [port]);
    expect([...packets.values()].flatMap((packet) => packet.headers)).toContainEqual(["x-sum", "1"]);
  }, 20_000);
});

describeWithPeers(["tshark", "tcpdump", "nghttp2", "nghttpd"], "frames of nghttp2's own server, against tshark", () => {
  test("nghttpd and h2load: several clients, streams at once, trailers", async () => {
    writeFileSync(join(folder, "index.html"), "b".repeat(3000));
    const port = await freePort();
    const nghttpd = start("nghttpd", [
      "--no-tls",
      "-d",
      folder,
      "-a",
      "127.0.0.1",
      "--trailer",
      "x-sum: 1",
      String(port),
    ]);
    await untilItListens(port);
    const url = `http://127.0.0.1:${port}/index.html`;
    const file = await record("h2load", port, () => run("h2load", ["-n", "40", "-c", "2", "-m", "5", url]));
    await nghttpd.stop();
    const packets = await expectAgreement(file, [port]);
    const facts = [...packets.values()];
    expect(facts.flatMap(({ headers }) => headers)).toContainEqual(["x-sum", "1"]);
    // whether the clients say GOAWAY before they go is a matter of luck
    const types = new Set(facts.flatMap(({ frames }) => frames.map(({ type }) => type)));
    for (const type of ["SETTINGS", "WINDOW_UPDATE", "HEADERS", "DATA"]) expect(types).toContain(type);
  }, 20_000);
});

async function untilItListens(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { status } = await run("curl", [
      "-s",
      "-o",
      "/dev/null",
      "--http2-prior-knowledge",
      `http://127.0.0.1:${port}/`,
    ]);
    if (status === 0) return;
    await sleep(20);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** node:http2, which answers everything with a body and trailers, once it has read it: curl waits for ever to send the rest. */
async function startServer(): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-sum": "1" }));
    stream.resume().on("end", () => {
      stream.respond({ ":status": 200, "x-served-by": "node" }, { waitForTrailers: true });
      stream.end("hello");
    });
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return { port, stop: () => new Promise((done) => server.close(() => done())) };
}
