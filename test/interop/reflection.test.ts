/** Server reflection: our calculator asked by buf, and `--reflect` asking servers of all kinds. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseProto } from "../../src/calculator/cal-service.js";
import { createReflection } from "../../src/calculator/reflection.js";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, type Running, run, start } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));
const BUF = resolve("node_modules/.bin/buf");

let calculator: Running;
let address: string;
beforeAll(async () => {
  calculator = start("node", ["dist/calculator/server.js", "--host", "127.0.0.1", "--port", "0"]);
  address = (await calculator.waitFor(/start\.\.\. (\S+)\n/))[1];
});
afterAll(async () => {
  await calculator.stop();
});

describe.each(["v1", "v1alpha"])("buf curl asks the calculator by reflection %s", (version) => {
  const curl = async (...words: string[]) => {
    const common = ["curl", "--http2-prior-knowledge", "--protocol", "grpc", "--reflect-protocol", `grpc-${version}`];
    const { status, stdout, stderr } = await run(BUF, [...common, ...words], { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  };

  test("which services and methods there are, the one without a package among them", async () => {
    expect((await curl("--list-services", `http://${address}`)).trim().split("\n")).toEqual([
      "Cal",
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ]);
    expect((await curl("--list-methods", `http://${address}`)).split("\n")).toContain("Cal/Add");
  });

  test("how to call it", async () => {
    const sum = await curl("-d", '{"number1": 7, "number2": -3}', `http://${address}/Cal/Add`);
    expect(JSON.parse(sum)).toEqual({ number: 4 });
    const health = await curl("-d", '{"service": "Cal"}', `http://${address}/grpc.health.v1.Health/Check`);
    expect(JSON.parse(health)).toEqual({ status: "SERVING" });
  });
});

test("a capture of a reflection session decodes with no schema given, also the call that ended before it", async () => {
  const { status, stdout, stderr } = await runCli([resolve("captures/reflection.pcap"), "--json"], { cwd: folder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const calls = parseLines<CallRecord>(stdout).filter(({ service }) => service === "Cal");
  expect(calls.map(({ method, kind, request }) => [method, kind, request.messages[0].value])).toEqual([
    ["Add", "unary", { number1: 7, number2: -3 }],
    ["Multiply", "unary", { number1: 65536, number2: 65536 }],
    ["Multiply", "unary", { number1: 6, number2: 7 }],
  ]);
  expect(calls.map(({ response }) => response.messages[0]?.value)).toEqual([{ number: 4 }, undefined, { number: 42 }]);
});

const CAPTURE = resolve("captures/calculator.pcap");
async function reflected(...words: string[]): Promise<{ stderr: string; type: string | null; value: unknown }> {
  const { status, stdout, stderr } = await runCli([CAPTURE, "--json", ...words], { cwd: folder });
  expect(status).toBe(0);
  const { type, value } = parseLines<CallRecord>(stdout)[0].request.messages[0];
  return { stderr, type, value };
}
const ADD = { stderr: "", type: "AddRequest", value: { number1: 100, number2: 300 } };

describe("--reflect", () => {
  test("the calculator", async () => {
    expect(await reflected("--reflect", address)).toEqual(ADD);
  });

  test.each<[string, (version: string) => string[], RegExp]>([
    [
      "nobody listens",
      (port) => ["--reflect", `127.0.0.1:${port}`],
      /127\.0\.0\.1:\d+: cannot be reached: .*ECONNREFUSED/,
    ],
    [
      "metadata that is none",
      (port) => ["--reflect", `127.0.0.1:${port}`, "--reflect-header", "x y"],
      /"x y" is no metadata/,
    ],
    ["no such file", (port) => ["--reflect", `127.0.0.1:${port}`, "--reflect-ca", "none.pem"], /cannot read none\.pem/],
    ["no address", () => ["--reflect", ""], /--reflect : is no address: give HOST:PORT/],
    ["no port", () => ["--reflect", "127.0.0.1"], /--reflect 127\.0\.0\.1: is no address: give HOST:PORT/],
    ["no such port", () => ["--reflect", "127.0.0.1:70000"], /127\.0\.0\.1:70000: is no address/],
    ["TLS to a server without", () => ["--reflect", `https://${address}`], /reached: .*: the server speaks no TLS$/m],
  ])("%s: one sentence, and the calls without a schema", async (_, words, sentence) => {
    const { stderr, type } = await reflected(...words(String(await freePort())));
    expect(type).toBeNull();
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});

/** A server with what `createReflection` makes, of some versions, that wants a token; `change`: what it answers instead. */
async function serve(
  versions: readonly number[],
  credentials: ServerCredentials,
  change: (request: object, answer: object) => object = (_, answer) => answer,
): Promise<{ port: number; server: Server }> {
  const root = parseProto(readFileSync("proto/SimpleCal.proto", "utf8"));
  const server = new Server();
  const services = createReflection([{ name: "SimpleCal.proto", root }]);
  for (const { definition, implementation } of versions.map((at) => services[at])) {
    const answer = implementation.ServerReflectionInfo as (stream: ServerDuplexStream<object, object>) => void;
    const guarded = (stream: ServerDuplexStream<object, object>): void => {
      const { write } = stream;
      stream.write = (message: { originalRequest: object }) =>
        write.call(stream, change(message.originalRequest, message));
      if (stream.metadata.get("token")[0] === "secret") answer(stream);
      else stream.emit("error", { code: status.UNAUTHENTICATED, details: "no token" });
    };
    server.addService(definition, { ServerReflectionInfo: guarded });
  }
  const port = await new Promise<number>((done, fail) =>
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => (error ? fail(error) : done(bound))),
  );
  return { port, server };
}

describe("--reflect, servers that are harder to ask", () => {
  test.each([
    ["v1alpha only, with a token", [1], ["--reflect-header", "token: secret"], ADD],
    ["v1 only, with a token", [0], ["--reflect-header", "token:secret"], ADD],
    ["no token", [0, 1], [], { type: null, stderr: /refuses reflection: UNAUTHENTICATED: no token/ }],
    ["no reflection", [], [], { type: null, stderr: /the server offers no reflection, neither v1 nor v1alpha/ }],
  ])("%s", async (_, versions, words, expected) => {
    const { port, server } = await serve(versions, ServerCredentials.createInsecure());
    const seen = await reflected("--reflect", `127.0.0.1:${port}`, ...words);
    server.forceShutdown();
    expect(seen.type).toEqual(expected.type);
    expect(seen.stderr).toMatch(expected.stderr);
  });

  type Ask = { messageRequest?: string; fileContainingSymbol?: string };
  const refused = (errorMessage: string) => ({ errorResponse: { errorCode: status.NOT_FOUND, errorMessage } });
  const listed = (...names: string[]) => ({ listServicesResponse: { service: names.map((name) => ({ name })) } });
  test.each<[string, (ask: Ask, real: object) => object, string | null, RegExp]>([
    [
      "one service that it does not describe",
      ask("Lost", "Cal"),
      "AddRequest",
      /does not describe Lost: no such symbol/,
    ],
    ["nothing that it describes", ask("Lost", "Gone"), null, /does not describe Lost: no such symbol/],
    ["no list", () => refused("not \n for you"), null, /the server does not list its services: not for you/],
    ["an empty list", () => listed(), null, /the server lists no services/],
    ["itself only", () => listed("grpc.reflection.v1.ServerReflection"), null, /the server lists no services/],
  ])("a server with %s", async (_, answer, type, sentence) => {
    const { port, server } = await serve([0], ServerCredentials.createInsecure(), answer);
    const seen = await reflected("--reflect", `127.0.0.1:${port}`, "--reflect-header", "token: secret");
    server.forceShutdown();
    expect(seen.type).toBe(type);
    expect(seen.stderr).toMatch(sentence);
    expect(seen.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  function ask(...names: string[]) {
    return ({ messageRequest, fileContainingSymbol }: Ask, real: object): object => {
      if (messageRequest === "listServices") return listed(...names);
      return fileContainingSymbol === "Cal" ? real : refused("no such symbol");
    };
  }

  describeWithPeers(["openssl"], "with TLS", () => {
    const pem = (name: string) => join(folder, name);
    let port: number;
    let server: Server;
    beforeAll(async () => {
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", pem("key.pem")];
      execFileSync("openssl", ["req", "-x509", "-days", "2", ...subject, ...key, "-out", pem("cert.pem")], {
        stdio: "pipe",
      });
      const pair = { private_key: readFileSync(pem("key.pem")), cert_chain: readFileSync(pem("cert.pem")) };
      ({ port, server } = await serve([0, 1], ServerCredentials.createSsl(null, [pair])));
    });
    afterAll(() => server.forceShutdown());

    test("by the server's IP address", async () => {
      const words = ["--reflect", `https://127.0.0.1:${port}`, "--reflect-header", "token: secret"];
      expect(await reflected(...words, "--reflect-ca", pem("cert.pem"))).toEqual(ADD);
    });

    test.each<[string, () => string[], RegExp | null]>([
      ["a certificate that we know who signed", () => ["--reflect-ca", pem("cert.pem")], null],
      ["any certificate", () => ["--reflect-insecure"], null],
      ["a certificate that nobody knows", () => [], /cannot be reached: .*self-signed certificate/],
    ])("%s", async (_, words, complaint) => {
      const url = `https://localhost:${port}`;
      const seen = await reflected("--reflect", url, "--reflect-header", "token: secret", ...words());
      if (complaint === null) expect(seen).toEqual(ADD);
      else expect(seen).toMatchObject({ type: null, stderr: expect.stringMatching(complaint) });
    });
  });
});
