/** `explain` of Connect and gRPC-Web calls by @connectrpc peers, over HTTP/1.1 and HTTP/2: every byte once, and the record's values. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { loadSchema } from "../../src/node/schema-files.js";
import { callsOfCapture } from "../support/calls-of-capture.js";
import {
  expectTheRecordsMessages,
  expectTruePlaces,
  expectWholeCoverage,
  explainCapture,
} from "../support/explained.js";
import { recordLoopback } from "../support/loopback-capture.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, run } from "../support/processes.js";
import { readTcpStreams } from "../support/tcp-streams.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithPeers(["tcpdump", "protoc", "tshark"], "explain of calls of @connectrpc peers", () => {
  const { schema } = loadSchema({ proto: ["test/interop/connect/talk.proto"] });
  let file: Uint8Array;
  let calls: readonly CallRecord[];
  let streams: ReturnType<typeof readTcpStreams>;

  beforeAll(async () => {
    const [path, set] = [join(folder, "connect.pcap"), join(folder, "talk.binpb")];
    await run("protoc", ["-I", "test/interop/connect", "-o", set, "talk.proto"]);
    const ports = [await freePort(), await freePort()];
    await recordLoopback(path, ports, async () => {
      await run("node", ["test/interop/connect/peers.mjs", ...ports.map(String), set]);
    });
    file = readFileSync(path);
    streams = readTcpStreams(file);
    calls = callsOfCapture(file, { schema, raw: false }).calls;
  }, 240_000);

  const kindOf = ({ protocol, path, connection, request }: CallRecord) =>
    `${protocol} ${request.headers?.[":method"]} ${path} ${isHttp2(connection)}`;
  const sidesOf = (connection: number) => streams[connection - 1].sides;
  const isHttp2 = (connection: number) =>
    Buffer.from(sidesOf(connection)[0].bytes.subarray(0, 5)).toString() === "PRI *";

  test("some of each kind, over HTTP/2 with all of its frames", () => {
    const seen = new Map<string, number>();
    for (const call of calls) {
      const kind = kindOf(call);
      const times = (seen.get(kind) ?? 0) + 1;
      seen.set(kind, times);
      if (times % 8 !== 1) continue;
      const told = explainCapture(file, call.id, { schema })!;
      expectTruePlaces(told.spans, file);
      const method = schema.method(call.path!)!;
      expectTheRecordsMessages(told, [method.request, method.response]);
      if (isHttp2(call.connection)) expectWholeCoverage(told, file, streams);
      expect(told.items.filter(({ part }) => part.role === "lost")).toEqual([]);
    }
    expect([...seen.keys()].length).toBeGreaterThan(14);
  }, 240_000);

  test("an HTTP/1.1 connection is covered by its calls", () => {
    const connections = [...new Set(calls.map(({ connection }) => connection))].filter((id) => !isHttp2(id));
    for (const connection of connections.slice(0, 4)) {
      const covered = [0, 0];
      for (const call of calls.filter((each) => each.connection === connection)) {
        const told = explainCapture(file, call.id, { schema })!;
        expectTruePlaces(told.spans, file);
        for (const { side, length } of told.spans) covered[side] += length;
      }
      expect(covered).toEqual(sidesOf(connection).map(({ bytes }) => bytes.length));
    }
  }, 240_000);
});
