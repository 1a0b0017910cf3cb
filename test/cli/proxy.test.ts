import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { makeCertificate } from "../support/certificates.js";
import { COMMAND, parseLines, runCli } from "../support/cli.js";
import { concat, grpcRequest, headers, preface, settings } from "../support/frames.js";
import { freePort, type Running, run, start } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "proxy-"));
const running: Running[] = [];
let server: Running;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = start(process.execPath, ["dist/calculator/server.js", "--port", String(port)]);
  await server.waitFor(/server start/);
});
afterEach(async () => {
  for (const process of running.splice(0)) await process.stop("SIGKILL");
});
afterAll(async () => {
  await server.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** A proxy, and where it listens. */
async function startProxy(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const proxy = start(process.execPath, [COMMAND, "proxy", ...args], { env: { NO_COLOR: "1", ...env } });
  running.push(proxy);
  const [, address] = await proxy.waitFor(/cal-inspect: (\S+) → /);
  return { proxy, address };
}

async function callCalculator(address: string, ...numbers: string[]) {
  return await run(process.execPath, ["dist/calculator/client.js", ...numbers, "--address", address]);
}

describe("the command line", () => {
  test.each([
    [[], "proxy needs --listen and --target"],
    [["--listen", "1"], "proxy needs --listen and --target"],
    [["--listen", "1", "--target", "a:1", "--listen", "2"], "each --listen needs its --target: 2 and 1 are given"],
    [
      ["--listen", "nowhere", "--target", "a:1"],
      '--listen takes [host:]port or unix:/path, as in 127.0.0.1:50050, not "nowhere"',
    ],
    [["--listen", "1", "--target", "http://a"], "--target takes host:port, unix:/path or tls://host:port"],
    [["--listen", "1", "--target", "a:1", "--listen-cert", "x"], "--listen-cert and --listen-key belong together"],
    [["--listen", "1", "--target", "a:1", "--targt", "x"], "did you mean --target?"],
    [["--listen", "1", "--target", "a:1", "--insecure"], "--insecure is for a target that is spoken to by TLS"],
    [
      ["--listen", "1", "--target", "tls://a:1", "--server-name", "::1"],
      "--server-name takes a name, not the address ::1",
    ],
    [["x.pcap", "--listen", "1", "--target", "a:1"], "proxy takes options alone, not x.pcap"],
  ])("%j", async (args, sentence) => {
    const { status, stdout, stderr } = await runCli(["proxy", ...args]);
    expect({ status, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 2, stdout: "", lines: 1 });
    expect(stderr).toContain(sentence);
  });

  test("a port in use", async () => {
    const { status, stderr } = await runCli(["proxy", "--listen", `[::]:${port}`, "--target", "a:1"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: `cal-inspect: cannot listen on [::]:${port}: another program does; stop it, or choose another port\n`,
    });
  });

  test("an address of another machine, a file that is no certificate, no such file", async () => {
    const target = ["--target", "a:1"];
    const tls = ["--listen-cert", "README.md", "--listen-key", "README.md"];
    const [elsewhere, noPem, noFile] = await Promise.all([
      runCli(["proxy", "--listen", "192.0.2.1:0", ...target]),
      runCli(["proxy", "--listen", "0", ...target, ...tls]),
      runCli(["proxy", "--listen", "0", "--target", "tls://a:1", "--ca", "nothing.pem"]),
    ]);
    expect(elsewhere).toMatchObject({
      status: 1,
      stderr: "cal-inspect: cannot listen on 192.0.2.1:0: this machine has no such address\n",
    });
    expect(noPem).toMatchObject({
      status: 1,
      stderr: "cal-inspect: there is no certificate in README.md: it takes PEM, as in -----BEGIN CERTIFICATE-----\n",
    });
    expect(noFile).toMatchObject({
      status: 1,
      stderr: "cal-inspect: cannot read nothing.pem: there is no such file or folder\n",
    });
  });
});

test("a key of another certificate, one with a passphrase, a file of -w that cannot be written: one sentence each", async () => {
  const [one, other] = await Promise.all([makeCertificate(folder, "one"), makeCertificate(folder, "other")]);
  const locked = join(folder, "locked.key");
  await run("openssl", ["pkey", "-in", one.key, "-aes256", "-passout", "pass:secret", "-out", locked]);
  const proxy = (...args: string[]) => runCli(["proxy", "--listen", "0", ...args]);
  const plain = ["--target", "a:1"];
  const [foreign, passphrase, unwritten] = await Promise.all([
    proxy(...plain, "--listen-cert", one.cert, "--listen-key", other.key),
    proxy("--target", "tls://a:1", "--cert", one.cert, "--key", locked),
    proxy(...plain, "-w", join(folder, "nowhere", "calls.pcapng")),
  ]);
  for (const [{ status, stderr }, sentence] of [
    [foreign, "the key belongs to another certificate"],
    [passphrase, `the key in ${locked} needs a passphrase: openssl pkey -in ${locked} writes it without one`],
    [unwritten, "there is no such file or folder"],
  ] as const) {
    expect({ status, lines: stderr.trimEnd().split("\n").length }).toEqual({ status: 1, lines: 1 });
    expect(stderr).toContain(sentence);
  }
});

describe("what is printed", () => {
  test("text: calls, then totals; -w and -o write files", async () => {
    const [capture, output] = [join(folder, "calls.pcapng"), join(folder, "calls.txt")];
    const { proxy, address } = await startProxy([
      "--listen",
      "0",
      "--target",
      `127.0.0.1:${port}`,
      "-w",
      capture,
      "-o",
      output,
    ]);
    const { status, stdout } = await callCalculator(address, "50000", "50000");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "50000 + 50000 = 100000\n" });
    expect(await proxy.stop("SIGINT")).toMatchObject({ status: 0, stdout: "" });
    const text = readFileSync(output, "utf8");
    expect(text).toMatch(/ 127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+ \/Cal\/Add OK /);
    expect(text).toMatch(/\n2 calls on 1 connection: 1 OK, 1 OUT_OF_RANGE; \d+ bytes, [\d.]+ ms\n$/);
    const read = await runCli([capture]);
    expect(read.stdout.split("\n").slice(0, -2)).toEqual(text.split("\n").slice(0, -2));
  });

  test("json: a record at each call's end; the totals on standard error", async () => {
    const { proxy, address } = await startProxy(["--listen", "0", "--target", `127.0.0.1:${port}`, "--json"]);
    await callCalculator(address);
    await proxy.waitFor(/"path":"\/Cal\/Multiply"/);
    const { stdout, stderr } = await proxy.stop("SIGTERM");
    expect(parseLines<CallRecord>(stdout)).toMatchObject([
      {
        capture: null,
        path: "/Cal/Add",
        outcome: "ok",
        response: { messages: [{ value: { number: 400 }, packets: [] }] },
      },
      { path: "/Cal/Multiply", outcome: "ok" },
    ]);
    expect(stderr).toMatch(/\ncal-inspect: 2 calls on 1 connection: 2 OK; /);
  });

  test("events as they happen, also of several pairs and over Unix sockets", async () => {
    const path = join(folder, "cal.sock");
    const { proxy, address } = await startProxy([
      ...["--format", "events", "--listen", "0", "--target", `unix:${path}`],
      ...["--listen", `unix:${path}`, "--target", `localhost:${port}`],
    ]);
    await callCalculator(address);
    const { status, stdout } = await proxy.stop("SIGINT");
    expect(status).toBe(0);
    const events = parseLines<{ record: string; path?: string; client?: string; server?: string }>(stdout);
    expect(events.filter(({ record }) => record === "end")).toHaveLength(4);
    const starts = events.filter(({ record }) => record === "start");
    expect(new Set(starts.map(({ server }) => server?.replace(/\d+$/, "")))).toEqual(
      new Set([`unix:${path}`, expect.stringMatching(/^(\[::1]|127\.0\.0\.1):$/)]),
    );
    expect(existsSync(path)).toBe(false);
  });

  test("a reader that is gone, or reads no more, hinders nobody", async () => {
    const { proxy, address } = await startProxy(["--listen", "0", "--target", `127.0.0.1:${port}`, "--json"]);
    proxy.closeOutput();
    for (let i = 0; i < 3; i++) expect((await callCalculator(address)).status).toBe(0);
    expect((await proxy.stop("SIGINT")).status).toBe(0);
  });
});

describe("faults", () => {
  test("a target that is not there: told a few times, each client is reset", async () => {
    const nowhere = await freePort();
    const { proxy, address } = await startProxy(["--listen", "0", "--target", `127.0.0.1:${nowhere}`]);
    const [host, listening] = address.split(":");
    for (let i = 0; i < 8; i++) {
      const client = connect({ host, port: Number(listening) });
      const [error] = (await once(client, "error")) as [NodeJS.ErrnoException];
      expect(error.code).toBe("ECONNRESET");
    }
    const { status, stderr } = await proxy.stop("SIGINT");
    expect(status).toBe(0);
    expect(
      stderr.split("\n").filter((line) => line.includes("refuses connections: does its server run?")),
    ).toHaveLength(5);
    expect(stderr).toContain(`3 more about target 127.0.0.1:${nowhere}`);
  });

  test("TLS that does not come about says what to do", async () => {
    const { cert, key } = await makeCertificate(folder, "picky");
    const options = { cert: readFileSync(cert), key: readFileSync(key), requestCert: true, ALPNProtocols: ["h2"] };
    const picky = tls.createServer(options).on("tlsClientError", () => {});
    picky.listen(0, "127.0.0.1");
    await once(picky, "listening");
    const target = `tls://127.0.0.1:${(picky.address() as AddressInfo).port}`;
    const ways = ["--listen", "0", "--target"];
    const [out, plain, ended] = await Promise.all([
      startProxy([...ways, target, "--ca", cert]),
      startProxy([...ways, `tls://127.0.0.1:${port}`]),
      startProxy([...ways, `127.0.0.1:${port}`, "--listen-cert", cert, "--listen-key", key]),
    ]);
    for (const { address } of [out, plain, ended]) expect((await callCalculator(address)).status).toBe(1);
    await out.proxy.waitFor(/: it may want a client certificate: name one by --cert and --key/);
    await plain.proxy.waitFor(/cannot be spoken to by TLS: what came is no TLS/);
    await ended.proxy.waitFor(/TLS with 127.0.0.1 failed: what came is no TLS/);
    picky.close();
  });

  test("a decoder that throws: calls go on, what was seen before is printed", async () => {
    const env = { CAL_INSPECT_FAIL_AFTER_BYTES: "500" };
    const { proxy, address } = await startProxy(["--listen", "0", "--target", `127.0.0.1:${port}`, "--json"], env);
    for (let i = 0; i < 3; i++)
      expect((await callCalculator(address)).stdout).toBe("100 + 300 = 400\n100 * 300 = 30000\n");
    const { status, stdout, stderr } = await proxy.stop("SIGINT");
    expect(status).toBe(0);
    expect(stderr.match(/the decoder failed, and shows nothing more of this connection: made to fail/g)).toHaveLength(
      3,
    );
    const records = parseLines<CallRecord>(stdout);
    expect(records.filter(({ path, outcome }) => path === "/Cal/Add" && outcome === "ok")).toHaveLength(3);
    expect(records).toHaveLength(6);
  });

  test("a decoding thread that dies: calls go on", async () => {
    const env = { CAL_INSPECT_FAIL_THREAD: "1" };
    const { proxy, address } = await startProxy(["--listen", "0", "--target", `127.0.0.1:${port}`, "--json"], env);
    await callCalculator(address);
    await proxy.waitFor(/the decoder ended: .*; connections go on, and nothing more is shown/);
    expect((await callCalculator(address)).stdout).toBe("100 + 300 = 400\n100 * 300 = 30000\n");
    expect((await proxy.stop("SIGINT")).status).toBe(0);
  });

  test("the target is killed in the middle of calls, and comes back", async () => {
    const another = String(await freePort());
    const serve = async () => {
      const process = start(globalThis.process.execPath, ["dist/calculator/server.js", "--port", another]);
      await process.waitFor(/server start/);
      return process;
    };
    const first = await serve();
    const { proxy, address } = await startProxy(["--listen", "0", "--target", `127.0.0.1:${another}`, "--json"]);
    await callCalculator(address);
    await first.stop("SIGKILL");
    expect((await callCalculator(address)).status).toBe(1);
    const second = await serve();
    expect((await callCalculator(address)).status).toBe(0);
    await second.stop("SIGKILL");
    const { status, stdout } = await proxy.stop("SIGINT");
    expect(status).toBe(0);
    expect(parseLines<CallRecord>(stdout).filter(({ outcome }) => outcome === "ok")).toHaveLength(4);
  });

  test("a client is killed in the middle of a call: the target learns it, and the call is told", async () => {
    let closed: () => void;
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const silent = createServer((socket) =>
      socket
        .on("error", () => {})
        .on("close", closed)
        .resume(),
    );
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const target = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { proxy, address } = await startProxy(["--listen", "0", "--target", target, "--json"]);
    const request = Buffer.from(concat(preface, settings(), headers(1, grpcRequest("/Cal/Add")))).toString("base64");
    const [host, listening] = address.split(":");
    const code = `require("net").connect(${listening}, "${host}").write(Buffer.from("${request}", "base64"))`;
    const client = start(process.execPath, ["-e", code]);
    await once(silent, "connection");
    await sleep(200);
    await client.stop("SIGKILL");
    await isClosed;
    silent.close();
    await proxy.waitFor(/"path":"\/Cal\/Add"/);
    expect(parseLines<CallRecord>((await proxy.stop("SIGINT")).stdout)).toMatchObject([{ outcome: "incomplete" }]);
  });

  test("killed itself: what was seen is printed", async () => {
    const { proxy, address } = await startProxy(["--listen", "0", "--target", `127.0.0.1:${port}`, "--json"]);
    await callCalculator(address);
    await proxy.waitFor(/Multiply/);
    const { stdout } = await proxy.stop("SIGKILL");
    expect(parseLines<CallRecord>(stdout).map(({ path }) => path)).toEqual(["/Cal/Add", "/Cal/Multiply"]);
  });

  test("a Unix socket that a killed proxy left behind is taken over, one in use is not", async () => {
    const path = join(folder, "left.sock");
    const args = ["--listen", `unix:${path}`, "--target", `127.0.0.1:${port}`];
    await (await startProxy(args)).proxy.stop("SIGKILL");
    expect(existsSync(path)).toBe(true);
    await startProxy(args);
    expect(await runCli(["proxy", ...args])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("another program does"),
    });
  });
});

describe("a path that cannot be listened on", () => {
  const listenOn = async (path: string) =>
    (await runCli(["proxy", "--listen", `unix:${path}`, "--target", "a:1"])) as { status: number; stderr: string };

  test("a file or a folder is left alone", async () => {
    const path = join(folder, "precious.txt");
    writeFileSync(path, "precious");
    for (const taken of [path, folder]) {
      expect(await listenOn(taken)).toMatchObject({
        status: 1,
        stderr: `cal-inspect: cannot listen on unix:${taken}: something else than a socket is there; choose another path\n`,
      });
    }
    expect(readFileSync(path, "utf8")).toBe("precious");
  });

  test("a link to a file, too", async () => {
    const [path, link] = [join(folder, "linked.txt"), join(folder, "link")];
    writeFileSync(path, "precious");
    symlinkSync(path, link);
    expect(await listenOn(link)).toMatchObject({ status: 1 });
    expect([lstatSync(link).isSymbolicLink(), readFileSync(path, "utf8")]).toEqual([true, "precious"]);
  });

  test("a folder that is not there", async () => {
    const path = join(folder, "nowhere", "cal.sock");
    expect(await listenOn(path)).toMatchObject({
      status: 1,
      stderr: `cal-inspect: cannot listen on unix:${path}: there is no such folder\n`,
    });
  });
});

describe("the end", () => {
  /** A call to a server that never answers. */
  async function hangingCall() {
    const silent = createServer((socket) => socket.on("error", () => {}).resume());
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const target = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { proxy, address } = await startProxy(["--listen", "0", "--target", target, "--json"]);
    const [host, listening] = address.split(":");
    const client = connect({ host, port: Number(listening) });
    client.on("error", () => {});
    client.write(concat(preface, settings(), headers(1, grpcRequest("/Cal/Add"))));
    await sleep(300);
    const close = () => {
      client.destroy();
      silent.close();
    };
    return { proxy, close };
  }

  test("calls that run are waited for, then told as incomplete", async () => {
    const { proxy, close } = await hangingCall();
    const began = performance.now();
    const { status, stdout, stderr } = await proxy.stop("SIGINT");
    close();
    expect(status).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(2_500);
    expect(stderr).toContain("waiting up to 3 seconds for 1 call");
    expect(parseLines<CallRecord>(stdout)).toMatchObject([{ path: "/Cal/Add", outcome: "incomplete" }]);
  });

  test("a second signal ends at once", async () => {
    const { proxy, close } = await hangingCall();
    process.kill(proxy.pid, "SIGINT");
    await proxy.waitFor(/waiting up to/);
    // Ended by the signal, not by itself as it would have been after its three seconds.
    expect((await proxy.stop("SIGINT")).status).toBeNull();
    close();
  });
});
