/**
 * gRPC's own interop test service between a grpc-js client and a Python server: what interop-test-descriptions.md says of each case is
 * seen on the decoded records.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CallRecord, HalfRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { recordLoopback } from "../support/loopback-capture.js";
import { describeWithPeers, PYTHON } from "../support/peers.js";
import { freePort, run, start } from "../support/processes.js";

const FOLDER = "test/interop/service";
const SERVICE = "grpc.testing.TestService";

const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;

/** Of all messages of one side of a connection, in order. */
interface MessageFacts {
  readonly flags: number[];
  readonly lengths: number[];
  /** Values of int32 fields. */
  readonly numbers: number[];
  /** Lengths of payload bodies. */
  readonly bodies: number[];
}

function factsOf(all: Map<string, MessageFacts>, key: string): MessageFacts {
  let facts = all.get(key);
  if (facts === undefined) all.set(key, (facts = { flags: [], lengths: [], numbers: [], bodies: [] }));
  return facts;
}

function addValues(facts: MessageFacts, value: unknown): void {
  for (const [name, field] of Object.entries(value as object)) {
    if (name === "body") facts.bodies.push(Buffer.from(field, "base64").length);
    else if (typeof field === "number") facts.numbers.push(field);
    else if (typeof field === "object") addValues(facts, field);
  }
}

const SCALARS = new Set(["size", "interval_us", "value", "type", "code", "response_size", "aggregated_payload_size"]);

/** One line a packet, its columns lists over the packet's messages and their fields. */
async function readWithTshark(file: string, port: string): Promise<Map<string, MessageFacts>> {
  const columns = ["tcp.srcport", "tcp.dstport", "grpc.compressed_flag", "grpc.message_length"];
  columns.push("protobuf.field.name", "protobuf.field.value.length", "protobuf.field.value.int32");
  const { status, stdout } = await run("tshark", [
    ...["-n", "-r", file, "-d", `tcp.port==${port},http2`, "-Y", "grpc"],
    ...["-o", "protobuf.preload_protos:TRUE", "-o", `uat:protobuf_search_paths:"${resolve(FOLDER)}","TRUE"`],
    ...["-T", "fields", "-E", "aggregator=|", ...columns.flatMap((column) => ["-e", column])],
  ]);
  expect(status).toBe(0);
  const all = new Map<string, MessageFacts>();
  for (const line of stdout.split("\n").filter((text) => text !== "")) {
    const cells = line.split("\t").map((cell) => (cell === "" ? [] : cell.split("|")));
    const [[from], [to], flags, lengths, names, fieldLengths, numbers] = cells;
    const facts = factsOf(all, from === port ? `${to} server` : `${from} client`);
    facts.flags.push(...flags.map(Number));
    facts.lengths.push(...lengths.map(Number));
    facts.numbers.push(...numbers.map(Number));
    // A length stands for each field that has one, in order.
    const withLength = names.filter((name) => !SCALARS.has(name));
    facts.bodies.push(...withLength.flatMap((name, i) => (name === "body" ? [Number(fieldLengths[i])] : [])));
  }
  return all;
}

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithPeers(["python", "tcpdump", "tshark"], "gRPC's interop test cases", () => {
  const file = join(folder, "service.pcap");
  const records = new Map<string, CallRecord>();
  /** What the client saw: the status code of each call. */
  const seen = new Map<string, number>();

  beforeAll(async () => {
    const port = String(await freePort());
    await recordLoopback(file, [port], async () => {
      const server = start(PYTHON, [`${FOLDER}/server.py`, port]);
      await server.waitFor(/^serving\n/m);
      for (const [program, script] of [
        ["node", "client.mjs"],
        [PYTHON, "cancel.py"],
      ]) {
        const { status, stdout, stderr } = await run(program, [`${FOLDER}/${script}`, port]);
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        for (const [, name, code] of stdout.matchAll(/^(\w+) (\d+)$/gm)) seen.set(name, Number(code));
      }
      await server.stop();
    });
    const { status, stdout, stderr } = await runCli([file, "--json", "--proto", `${FOLDER}/test-service.proto`]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const record of parseLines<CallRecord>(stdout))
      records.set(String(record.request.headers?.["x-case"]), record);
  }, 240_000);

  const record = (name: string): CallRecord => {
    const found = records.get(name);
    if (found === undefined) throw new Error(`no call of case ${name}`);
    return found;
  };

  /** Bytes in the payload of each message; each is zeros. */
  const bodies = ({ messages }: HalfRecord): number[] =>
    messages.map(({ value }) => {
      const { payload } = value as { payload?: { body?: string } };
      const body = Buffer.from(payload?.body ?? "", "base64");
      expect(body.every((byte) => byte === 0)).toBe(true);
      return body.length;
    });

  const flagged = ({ messages }: HalfRecord): boolean[] => messages.map(({ encoding }) => encoding !== "identity");

  test("the client saw the end of each call that the records have, and nothing is wrong with any", () => {
    expect([...records.keys()].sort()).toEqual([...seen.keys()].sort());
    for (const [name, code] of seen) {
      const { status, outcome, deadline, diagnostics } = record(name);
      const cancelled = outcome === "cancelled" ? (deadline?.passed === true ? DEADLINE_EXCEEDED : CANCELLED) : null;
      expect({ name, code: status?.code ?? cancelled, diagnostics }).toEqual({ name, code, diagnostics: [] });
    }
  });

  test("empty_unary: messages of no bytes", () => {
    const { request, response, ...call } = record("empty_unary");
    expect(call).toMatchObject({ path: `/${SERVICE}/EmptyCall`, kind: "unary", outcome: "ok" });
    for (const { messages } of [request, response])
      expect(messages).toMatchObject([{ type: "grpc.testing.Empty", size: 0, wireSize: 0, value: {}, complete: true }]);
  });

  test("large_unary", () => {
    const { request, response, outcome } = record("large_unary");
    expect({ outcome, sent: bodies(request), got: bodies(response) }).toEqual({
      outcome: "ok",
      sent: [271828],
      got: [314159],
    });
    expect(request.messages[0].value).toMatchObject({ responseSize: 314159 });
    expect(request.messages[0].packets.length).toBeGreaterThan(1);
  });

  describe("compression: the flag of each message as it was asked for", () => {
    test.each([
      ["client_compressed_unary", [true], [false]],
      ["server_compressed_unary", [false], [true]],
      ["server_compressed_streaming", [false], [true, false]],
      ["deflated_unary", [true], [true]],
    ])("%s", (name, requests, responses) => {
      const { request, response } = record(name);
      expect([flagged(request), flagged(response)]).toEqual([requests, responses]);
    });

    test("the sizes are those of the plain messages", () => {
      expect(bodies(record("client_compressed_unary").request)).toEqual([271828]);
      expect(bodies(record("server_compressed_unary").response)).toEqual([314159]);
      expect(bodies(record("server_compressed_streaming").response)).toEqual([31415, 92653]);
    });
  });

  test("tshark reads the same lengths, flags and values, of gzip and deflate too", async () => {
    const port = record("large_unary").server.replace(/^.*:/, "");
    const theirs = await readWithTshark(file, port);
    const ours = new Map<string, MessageFacts>();
    for (const { client, server, request, response } of [...records.values()].sort((a, b) => a.id - b.id)) {
      for (const [half, from] of [
        [request, client],
        [response, server],
      ] as const) {
        // Rows of tshark name the client's port, whichever way they go.
        const facts = factsOf(ours, `${client.replace(/^.*:/, "")} ${from === client ? "client" : "server"}`);
        for (const { wireSize, encoding, value } of half.messages) {
          facts.lengths.push(wireSize);
          facts.flags.push(encoding === "identity" ? 0 : 1);
          addValues(facts, value);
        }
      }
    }
    expect(theirs.size).toBeGreaterThan(4);
    expect(Object.fromEntries(theirs)).toEqual(
      Object.fromEntries([...ours].filter(([, { lengths }]) => lengths.length > 0)),
    );
  });

  test("client_streaming", () => {
    const { kind, request, response } = record("client_streaming");
    expect({ kind, sent: bodies(request) }).toEqual({ kind: "client_streaming", sent: [27182, 8, 1828, 45904] });
    expect(response.messages).toMatchObject([{ value: { aggregatedPayloadSize: 74922 } }]);
  });

  test("server_streaming", () => {
    const { kind, request, response } = record("server_streaming");
    expect({ kind, requests: request.messageCount }).toEqual({ kind: "server_streaming", requests: 1 });
    expect(bodies(response)).toEqual([31415, 9, 2653, 58979]);
  });

  test("ping_pong: each answer comes before the next question", () => {
    const { kind, request, response } = record("ping_pong");
    expect({ kind, sent: bodies(request), got: bodies(response) }).toEqual({
      kind: "bidi_streaming",
      sent: [27182, 8, 1828, 45904],
      got: [31415, 9, 2653, 58979],
    });
    const inTurn = request.messages.flatMap(({ timeMs }, i) => [timeMs, response.messages[i].timeMs]);
    expect(inTurn).toEqual([...inTurn].sort((a, b) => a - b));
  });

  test("empty_stream: no messages in both directions", () => {
    const { outcome, request, response } = record("empty_stream");
    expect([outcome, request.messageCount, response.messageCount]).toEqual(["ok", 0, 0]);
  });

  test.each(["custom_metadata", "custom_metadata_duplex"])("%s", (name) => {
    const { request, response } = record(name);
    const echoed = { "x-grpc-test-echo-initial": "test_initial_metadata_value" };
    // 0xababab
    const trailing = { "x-grpc-test-echo-trailing-bin": "q6ur" };
    expect(request.headers).toMatchObject({ ...echoed, ...trailing });
    expect(response.headers).toMatchObject(echoed);
    expect(response.trailers).toMatchObject(trailing);
    expect(response.headers).not.toHaveProperty("x-grpc-test-echo-trailing-bin");
  });

  test.each(["status_code_and_message", "status_code_and_message_duplex"])("%s", (name) => {
    const status = { code: 2, name: "UNKNOWN", message: "test status message", details: [] };
    expect(record(name)).toMatchObject({ outcome: "error", status, response: { messageCount: 0 } });
  });

  test("special_status_message", () => {
    const message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n";
    const { status, response } = record("special_status_message");
    expect(status).toMatchObject({ code: 2, message });
    expect(response.trailers?.["grpc-message"]).toMatch(/^%09%0A/i);
  });

  test.each([
    ["unimplemented_method", `/${SERVICE}/UnimplementedCall`],
    ["unimplemented_service", "/grpc.testing.UnimplementedService/UnimplementedCall"],
  ])("%s", (name, path) => {
    expect(record(name)).toMatchObject({
      path,
      status: { code: 12, name: "UNIMPLEMENTED" },
      response: { messageCount: 0 },
    });
  });

  test("cancel_after_begin: headers, and no message", () => {
    const { outcome, status, reset, request, response } = record("cancel_after_begin");
    expect({ outcome, status, reset }).toMatchObject({
      outcome: "cancelled",
      status: null,
      reset: { by: "client", name: "CANCEL" },
    });
    expect([request.messageCount, response.messageCount, response.trailers]).toEqual([0, 0, null]);
  });

  test("cancel_after_first_response", () => {
    const { outcome, reset, request, response } = record("cancel_after_first_response");
    expect({ outcome, reset }).toMatchObject({ outcome: "cancelled", reset: { by: "client", name: "CANCEL" } });
    expect([bodies(request), bodies(response)]).toEqual([[27182], [31415]]);
  });

  test("timeout_on_sleeping_server", () => {
    const { deadline, outcome, status, response } = record("timeout_on_sleeping_server");
    expect(deadline).toMatchObject({ passed: true });
    expect(deadline!.timeoutMs).toBeLessThanOrEqual(500);
    // Either end may be the first to notice.
    expect(status?.code ?? outcome).toEqual(status === null ? "cancelled" : DEADLINE_EXCEEDED);
    expect(response.messageCount).toBe(0);
  });
});
