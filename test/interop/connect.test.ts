/**
 * Connect and gRPC-Web by @connectrpc peers, over HTTP/1.1 and HTTP/2, and gRPC-Web as text by Google's client: the records are what
 * both ends logged, and tshark finds the same messages.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallRecord, HeaderRecord } from "../../src/call/record.js";
import { parseLines } from "../support/cli.js";
import { recordLoopback } from "../support/loopback-capture.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, run } from "../support/processes.js";
import { webMessagesByTshark } from "../support/tshark-web.js";

interface Logged {
  readonly end: "client" | "server";
  readonly call: string;
  readonly method: string;
  readonly requests: readonly object[];
  readonly responses: readonly object[];
  readonly error: { readonly code: number; readonly message: string; readonly details: readonly LoggedDetail[] } | null;
  readonly headers: HeaderRecord | null;
  readonly trailers: HeaderRecord | null;
}

interface LoggedDetail {
  readonly type: string;
  readonly debug?: object;
}

const PROTOCOLS: Readonly<Record<string, string>> = { connect: "connect", web: "grpc-web", grpc: "grpc" };
const KINDS: Readonly<Record<string, string>> = {
  echo: "unary",
  collect: "client_streaming",
  repeat: "server_streaming",
  chat: "bidi_streaming",
};

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Recorded {
  readonly client: ReadonlyMap<string, Logged>;
  readonly server: ReadonlyMap<string, Logged>;
  /** By the header that names the call. */
  readonly records: ReadonlyMap<string, CallRecord>;
}

/** What these peers log, and what the capture of it shows. */
async function record(file: string, peers: string, ports: readonly number[]): Promise<Recorded> {
  const client = new Map<string, Logged>();
  const server = new Map<string, Logged>();
  const set = join(folder, "talk.binpb");
  await run("protoc", ["-I", "test/interop/connect", "-o", set, "talk.proto"]);
  await recordLoopback(file, ports, async () => {
    const { stdout, stderr } = await run("node", [`test/interop/connect/${peers}`, ...ports.map(String), set]);
    expect(stderr).toBe("");
    for (const entry of parseLines<Logged>(stdout)) (entry.end === "client" ? client : server).set(entry.call, entry);
  });
  const schema = ["--proto", "test/interop/connect/talk.proto"];
  const inspected = await run("node", ["dist/cli/main.js", file, "--json", "--raw", ...schema]);
  expect({ status: inspected.status, stderr: inspected.stderr }).toEqual({ status: 0, stderr: "" });
  const records = parseLines<CallRecord>(inspected.stdout);
  return { client, server, records: new Map(records.map((one) => [String(one.request.headers?.["x-call"]), one])) };
}

const valuesOf = (half: CallRecord["request"]) => half.messages.map(({ value }) => value);

/** Holds the protobuf messages of gRPC-Web over HTTP/1.1 to tshark's, which knows no other; bodies where it knows the encoding. */
async function compareWithTshark(file: string, port: number, records: Iterable<CallRecord>): Promise<number> {
  const byTshark = await webMessagesByTshark(file, port);
  const ours = new Map<string, { lengths: number[]; bodies: string; encodings: Set<string> }>();
  for (const { client, server, request, response, protocol } of records) {
    const isProtobuf = !String(request.headers?.["content-type"]).endsWith("+json");
    if (!protocol.startsWith("grpc-web") || !server.endsWith(`:${port}`) || !isProtobuf) continue;
    for (const [key, half] of [
      [`${client} > ${server}`, request],
      [`${server} > ${client}`, response],
    ] as const) {
      const messages = ours.get(key) ?? { lengths: [], bodies: "", encodings: new Set() };
      ours.set(key, messages);
      for (const { wireSize, raw, encoding } of half.messages) {
        messages.lengths.push(wireSize);
        messages.bodies += Buffer.from(raw!, "base64").toString("hex");
        messages.encodings.add(encoding);
      }
    }
  }
  let count = 0;
  for (const [key, { lengths, bodies, encodings }] of ours) {
    const theirs = byTshark.get(key) ?? { lengths: [], bodies: "" };
    expect({ key, lengths }).toEqual({ key, lengths: theirs.lengths });
    if (!encodings.has("br")) expect({ key, bodies }).toEqual({ key, bodies: theirs.bodies });
    count += lengths.length;
  }
  return count;
}

describeWithPeers(["tcpdump", "protoc"], "calls of @connectrpc peers", () => {
  const file = join(folder, "connect.pcap");
  let client: Recorded["client"];
  let server: Recorded["server"];
  let records: Recorded["records"];
  const ports: number[] = [];

  beforeAll(async () => {
    ports.push(await freePort(), await freePort());
    ({ client, server, records } = await record(file, "peers.mjs", ports));
  }, 240_000);

  test("every call is there, once, and no other", () => {
    expect(client.size).toBeGreaterThan(300);
    expect([...records.keys()].sort()).toEqual([...client.keys()].sort());
  });

  /** Runs `check` on every call; names the one that fails. */
  function forEachCall(
    check: (record: CallRecord, seen: Logged, sent: Logged | undefined, call: string) => void,
  ): void {
    for (const [call, seen] of client) {
      try {
        check(records.get(call)!, seen, server.get(call), call);
      } catch (error) {
        throw new Error(`${call}: ${(error as Error).message}`);
      }
    }
  }

  test("protocol, path and kind", () => {
    forEachCall((record, { method }, _, call) => {
      const name = method[0].toUpperCase() + method.slice(1);
      expect(record).toMatchObject({
        protocol: PROTOCOLS[call.split(" ")[0]],
        path: `/talk.v1.Talk/${name}`,
        pathSource: "observed",
        service: "talk.v1.Talk",
        method: name,
        kind: KINDS[method],
      });
    });
  });

  test("messages in both directions", () => {
    forEachCall((record, seen, sent) => {
      if (sent === undefined) return;
      expect(valuesOf(record.request)).toEqual(sent.requests);
      expect(valuesOf(record.response)).toEqual(sent.responses);
      if (seen.error === null) expect(valuesOf(record.response)).toEqual(seen.responses);
      for (const { packets, complete } of [...record.request.messages, ...record.response.messages]) {
        expect(packets.length).toBeGreaterThan(0);
        expect(complete).toBe(true);
      }
    });
  });

  test("how each call ended, with details", () => {
    forEachCall((record, { error }, sent) => {
      if (error === null) {
        expect(record).toMatchObject({ outcome: "ok", status: { code: 0, name: "OK", details: [] } });
        return;
      }
      expect(record).toMatchObject({ outcome: "error", status: { code: error.code } });
      // not answered by the service: there is no streaming in both directions over HTTP/1.1
      if (sent === undefined) return;
      expect(record.status!.message).toBe(error.message);
      expect(record.status!.details).toEqual([
        { "@type": "type.googleapis.com/talk.v1.Say", words: ["why"], number: "7" },
      ]);
    });
  });

  test("metadata", () => {
    forEachCall((record, seen, sent, call) => {
      expect(record.request.headers).toMatchObject({ "x-many": "1, 2", "x-id-bin": "AQID+g" });
      if (sent === undefined) return;
      const { headers, trailers } = record.response;
      expect((headers ?? trailers)?.["x-served"]).toBe(call);
      expect(trailers).toMatchObject({ "x-trailer": "the end", "x-bytes-bin": "AP8H" });
      for (const [name, value] of Object.entries(seen.trailers ?? {})) expect(trailers?.[name]).toBe(value);
    });
  });

  test("deadlines", () => {
    forEachCall((record) => {
      expect(record.deadline).toMatchObject({ timeoutMs: 60_000, passed: false });
    });
  });

  test("encodings", () => {
    forEachCall((record, _, sent, call) => {
      const encoding = / http[12.]+ \w+ (gzip|br|get):/.exec(call)?.[1].replace("get", "gzip");
      if (encoding === undefined || sent === undefined || !call.includes("long")) return;
      const [message] = record.request.messages;
      expect(message.encoding).toBe(encoding);
      expect(message.wireSize).toBeLessThan(message.size);
      if (call.includes("echo")) expect(record.response.messages[0].encoding).toBe(encoding);
    });
  });

  test("there is nothing to complain of but the answers that are not the service's", () => {
    forEachCall((record, { error }, sent) => {
      const codes = record.diagnostics.map(({ code }) => code);
      if (sent !== undefined) expect(codes).toEqual([]);
      else expect({ codes: codes.length, message: error?.message }).toEqual({ codes: 1, message: "HTTP 505" });
    });
  });

  describeWithPeers(["tshark"], "tshark", () => {
    test("finds the same gRPC-Web messages over HTTP/1.1", async () => {
      expect(await compareWithTshark(file, ports[0], records.values())).toBeGreaterThan(400);
    });
  });

  test("GET calls have their path without the query", () => {
    const gets = [...records].filter(([call]) => call.includes(" get:") && call.includes("echo"));
    expect(gets.length).toBeGreaterThan(10);
    const methods = gets.map(([, { request }]) => request.headers?.[":method"]);
    expect(new Set(methods)).toEqual(new Set(["GET"]));
  });
});

describeWithPeers(["tcpdump", "protoc"], "@connectrpc clients that give up", () => {
  const CANCELLED = 1;
  const DEADLINE_EXCEEDED = 4;

  test("the records say who ended the call, how, and how much of the deadline was used", async () => {
    const ports = [await freePort(), await freePort()];
    const { client, records } = await record(join(folder, "given-up.pcap"), "giving-up.mjs", ports);
    expect(client.size).toBe(16);
    expect([...records.keys()].sort()).toEqual([...client.keys()].sort());
    for (const [call, { error }] of client) {
      const { status, outcome, reset, durationMs, deadline } = records.get(call)!;
      const isDeadline = call.endsWith("deadline");
      expect({ call, code: error?.code }).toEqual({ call, code: isDeadline ? DEADLINE_EXCEEDED : CANCELLED });
      // Over HTTP/1.1 the connection is closed, or reset where bytes came that nobody reads.
      const [how, outcomes] = call.includes("http2")
        ? [["RST_STREAM"], isDeadline ? ["cancelled", "reset"] : ["cancelled"]]
        : [
            ["FIN", "TCP"],
            ["incomplete", "reset"],
          ];
      if (isDeadline) {
        expect(deadline!.timeoutMs).toBe(600);
        expect(deadline!.used).toBeCloseTo(durationMs! / 600, 4);
      } else expect(deadline).toBe(null);
      // The server's own clock may be the first to say that the deadline passed.
      if (isDeadline && status !== null) {
        expect(status.code).toBe(DEADLINE_EXCEEDED);
        continue;
      }
      expect({ call, status, by: reset?.by }).toEqual({ call, status: null, by: "client" });
      expect(how).toContain(reset?.how);
      expect(outcomes).toContain(outcome);
    }
  }, 240_000);
});

describeWithPeers(["tcpdump", "protoc"], "gRPC-Web as text by the grpc-web client", () => {
  const file = join(folder, "text.pcap");
  let recorded: Recorded;
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    recorded = await record(file, "text-peers.mjs", [port]);
  }, 240_000);

  test("the records are what both ends logged", () => {
    const { client, server, records } = recorded;
    expect(client.size).toBe(7);
    expect([...records.keys()].sort()).toEqual([...client.keys()].sort());
    for (const [call, { error }] of client) {
      const record = records.get(call)!;
      expect(record).toMatchObject({ protocol: "grpc-web-text", pathSource: "observed", diagnostics: [] });
      expect(valuesOf(record.request)).toEqual(server.get(call)!.requests);
      expect(valuesOf(record.response)).toEqual(server.get(call)!.responses);
      expect(record.status).toMatchObject(error ?? { code: 0 });
      expect(record.response.trailers).toMatchObject({ "x-trailer": "the end" });
      for (const { packets } of [...record.request.messages, ...record.response.messages])
        expect(packets.length).toBeGreaterThan(0);
    }
  });

  describeWithPeers(["tshark"], "tshark", () => {
    test("finds the same messages", async () => {
      expect(await compareWithTshark(file, port, recorded.records.values())).toBeGreaterThan(100);
    });
  });
});
