/** `npm run serve` and `npm run client` as their users meet them: the built programs, their lines and exit statuses. */

import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Finished, freePort, type Running, run, start } from "../support/processes.js";

const serve = (...args: string[]): Running => start("node", ["dist/calculator/server.js", ...args]);
const client = (...args: string[]): Promise<Finished> => run("node", ["dist/calculator/client.js", ...args]);

/** Whatever of a process group is left, which is nothing unless a test failed. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

test("serve --inspect: the server's own calls, as they are on its own sockets", async () => {
  const server = serve("--port", "0", "--host", "127.0.0.1", "--inspect");
  const [, port] = await server.waitFor(/^grpc server start\.\.\. 127\.0\.0\.1:([0-9]+)\n/);
  await client("--address", `127.0.0.1:${port}`, "50000", "50000");
  const { stdout } = await server.stop();
  const lines = stdout.split("\n").map((line) => line.replace(/^(.) [0-9:.]+ 127\.0\.0\.1:[0-9]+/, "$1 client"));
  expect(lines.map((line) => line.replace(/ [0-9.]+ ms$/, " … ms")).slice(1)).toEqual([
    "Add function called",
    `✓ client → 127.0.0.1:${port} /Cal/Add OK … ms`,
    "    → AddRequest  number1: 50000  number2: 50000",
    "    ← ResultReply  number: 100000",
    "Multiply service called",
    `✗ client → 127.0.0.1:${port} /Cal/Multiply OUT_OF_RANGE … ms`,
    "    → MultiplyRequest  number1: 50000  number2: 50000",
    "    OUT_OF_RANGE: 50000 * 50000 is outside the range of int32",
    expect.stringContaining("deadline"),
    "",
  ]);
});

describe("server and client", () => {
  let server: Running;
  let port: string;

  beforeAll(async () => {
    server = serve("--port", "0");
    port = (await server.waitFor(/^grpc server start\.\.\. \[::\]:([0-9]+)\n/))[1]!;
  });
  afterAll(async () => {
    await server.stop();
  });

  test("a reader that is gone ends the client quietly", async () => {
    const command = `node dist/calculator/client.js --address localhost:${port} | true`;
    expect(await run("bash", ["-o", "pipefail", "-c", command])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("100 and 300 without arguments, one line per call on each side", async () => {
    const before = server.stdout.length;
    expect(await client("--address", `localhost:${port}`)).toEqual({
      status: 0,
      stdout: "100 + 300 = 400\n100 * 300 = 30000\n",
      stderr: "",
    });
    expect(server.stdout.slice(before)).toBe("Add function called\nMultiply service called\n");
  });

  test.each([
    [["7", "-3"], "7 + -3 = 4\n7 * -3 = -21\n"],
    [["--", "-7", "-3"], "-7 + -3 = -10\n-7 * -3 = 21\n"],
    [["0", "-5"], "0 + -5 = -5\n0 * -5 = 0\n"],
    [["-2147483648", "0"], "-2147483648 + 0 = -2147483648\n-2147483648 * 0 = 0\n"],
    [["46341", "46340"], "46341 + 46340 = 92681\n46341 * 46340 = 2147441940\n"],
    [["65536", "-32768"], "65536 + -32768 = 32768\n65536 * -32768 = -2147483648\n"],
  ])("%j", async (numbers, stdout) => {
    expect(await client("--address", `127.0.0.1:${port}`, ...numbers)).toEqual({ status: 0, stdout, stderr: "" });
  });

  test("IPv6 clients reach it", async () => {
    expect(await client("--address", `[::1]:${port}`)).toMatchObject({ status: 0, stderr: "" });
  });

  test("a product outside int32 is OUT_OF_RANGE with both numbers, and the sum is still shown", async () => {
    expect(await client("--address", `127.0.0.1:${port}`, "65536", "32768")).toEqual({
      status: 1,
      stdout: "65536 + 32768 = 98304\n",
      stderr: "Multiply failed: OUT_OF_RANGE: 65536 * 32768 is outside the range of int32\n",
    });
  });

  test("a sum outside int32 is OUT_OF_RANGE too", async () => {
    expect(await client("--address", `127.0.0.1:${port}`, "-2147483648", "-1")).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "Add failed: OUT_OF_RANGE: -2147483648 + -1 is outside the range of int32\n" +
        "Multiply failed: OUT_OF_RANGE: -2147483648 * -1 is outside the range of int32\n",
    });
  });

  test("a taken port is one sentence and exit status 1", async () => {
    const { status, stdout, stderr } = await serve("--port", port).finished();
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toBe(
      `port ${port} is taken: another program listens there ([::]:${port}); ` +
        "stop it, or choose another port with --port\n",
    );
  });
});

describe("the server's end", () => {
  const groups: number[] = [];
  afterAll(() => {
    for (const group of groups) endGroup(group);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends it with status 0", async (signal) => {
    const server = serve("--port", "0", "--host", "127.0.0.1");
    const port = (await server.waitFor(/^grpc server start\.\.\. 127\.0\.0\.1:([0-9]+)\n/))[1]!;
    await client("--address", `127.0.0.1:${port}`);
    const { status, stderr } = await server.stop(signal);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("a SIGTERM to npm, which passes it on to its shell alone, ends it too", async () => {
    const npm = start("npm", ["run", "-s", "serve", "--", "--port", "0", "--host", "127.0.0.1"], { detached: true });
    groups.push(npm.pid);
    await npm.waitFor(/^grpc server start\.\.\. /);
    // The server holds npm's standard output: it is closed when both have ended.
    expect((await npm.stop()).stderr).toBe("");
  });

  test.each([
    [["--port"], "--port needs a value\n"],
    [["--host"], "--host needs a value\n"],
    [["--port", "65536"], '--port takes a number from 0 to 65535, not "65536"\n'],
    [["--port", "http"], '--port takes a number from 0 to 65535, not "http"\n'],
    [["--prot", "1"], "Unknown argument: prot\n"],
  ])("%j is exit status 2", async (args, stderr) => {
    expect(await serve(...args).finished()).toEqual({ status: 2, stdout: "", stderr });
  });

  test("an address that is not ours is exit status 1", async () => {
    const { status, stderr } = await serve("--host", "192.0.2.1", "--port", "0").finished();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL.*\n$/);
  });
});

describe("the client's errors", () => {
  test("no server", async () => {
    const port = await freePort();
    expect(await client("--address", `127.0.0.1:${port}`)).toEqual({
      status: 1,
      stdout: "",
      stderr: `no calculator server at 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    });
  });

  test("a host that does not exist", async () => {
    const { status, stderr } = await client("--address", "nowhere.invalid:50051");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^no calculator server at nowhere\.invalid:50051: .+\n$/);
  });

  test("a server that speaks something else", async () => {
    const other: Server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const { status, stdout, stderr } = await client("--address", `127.0.0.1:${port}`);
    other.close();
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^no calculator server at 127\.0\.0\.1:[0-9]+: [^\n]+\n$/);
  });

  const noInt32 = (text: string) => `"${text}" is no int32: a whole number from -2147483648 to 2147483647 is needed\n`;
  const noAddress = (text: string) => `--address takes host:port, as in localhost:50051, not "${text}"\n`;
  test.each([
    [["1"], "give two numbers or none, not 1\n"],
    [["1", "2", "3"], "give two numbers or none, not 3\n"],
    [["x", "2"], noInt32("x")],
    [["1", "2.5"], noInt32("2.5")],
    [["1", "-2.5"], noInt32("-2.5")],
    [["1", "-2x"], noInt32("-2x")],
    [["2147483648", "0"], noInt32("2147483648")],
    [["0", "-2147483649"], noInt32("-2147483649")],
    [["--address", "localhost"], noAddress("localhost")],
    [["--address", "http://localhost:50051"], noAddress("http://localhost:50051")],
    [["--address"], "--address needs a value\n"],
    [["--adress", "localhost:50051"], "Unknown argument: adress\n"],
  ])("%j is exit status 2", async (args, stderr) => {
    expect(await client(...args)).toEqual({ status: 2, stdout: "", stderr });
  });
});
