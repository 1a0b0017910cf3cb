import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import type { ByteStreamSink, Side } from "../../src/bytes/byte-stream-sink.js";
import { toCallRecord } from "../../src/call/format-record.js";
import type { CallRecord } from "../../src/call/record.js";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.js";
import { Inspector, type InspectorOptions, type InspectorSink } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { noPaint } from "../../src/output/paint.js";
import { formatTotals } from "../../src/output/text-totals.js";
import {
  concat,
  data,
  grpcRequest,
  grpcResponse,
  grpcTrailers,
  headers,
  message,
  preface,
  settings,
} from "../support/frames.js";

const END = { endStream: true };
const BODY = Uint8Array.of(0x08, 100);
const ENDS = { client: "127.0.0.1:40000", server: "127.0.0.1:50051" };
const NOW_SECONDS = 1_800_000_000;

const opening = concat(preface, settings());
const request = (stream: number) => concat(headers(stream, grpcRequest("/Cal/Add")), data(stream, message(BODY), END));
const response = (stream: number) =>
  concat(headers(stream, grpcResponse), data(stream, message(BODY)), headers(stream, grpcTrailers(0), END));

function inspect(options: Partial<InspectorOptions> = {}, more: InspectorSink = {}) {
  const records: CallRecord[] = [];
  const diagnostics: Diagnostic[] = [];
  const inspector = new Inspector(nodePorts, options, {
    callEnd: (call) => records.push(toCallRecord(call)),
    diagnostic: (diagnostic) => diagnostics.push(diagnostic),
    ...more,
  });
  return { inspector, records, diagnostics };
}

/** Pushes bytes as Node's sockets give them: Buffers, overwritten behind the call. */
class Talk {
  private readonly at: [number, number] = [0, 0];

  constructor(readonly sink: ByteStreamSink) {}

  say(side: Side, bytes: Uint8Array, timeMs = 0): this {
    const buffer = Buffer.from(bytes);
    this.sink.data(side, buffer, 0, buffer.length, this.at[side], timeMs * 1e6);
    buffer.fill(0xee);
    this.at[side] += bytes.length;
    return this;
  }

  skip(side: Side, length: number): this {
    this.sink.gap(side, this.at[side], length, 0);
    this.at[side] += length;
    return this;
  }

  call(stream: number, timeMs = 0): this {
    return this.say(0, request(stream), timeMs).say(1, response(stream), timeMs);
  }
}

const begin = (inspector: Inspector) =>
  new Talk(inspector.connection(ENDS, NOW_SECONDS)).say(0, opening).say(1, settings());

describe("the input ends", () => {
  test("calls that are open end as incomplete, connections in order of appearance", () => {
    const { inspector, records } = inspect();
    begin(inspector).say(0, request(1));
    begin(inspector).say(0, request(1)).say(0, request(3));
    inspector.finish();
    expect(records.map(({ connection, stream, outcome }) => [connection, stream, outcome])).toEqual([
      [1, 1, "incomplete"],
      [2, 1, "incomplete"],
      [2, 3, "incomplete"],
    ]);
  });

  test("a connection that was closed says nothing more", () => {
    const { inspector, records } = inspect();
    const talk = begin(inspector).call(1);
    talk.sink.close(0, "fin", 0);
    talk.sink.close(1, "fin", 0);
    talk.say(0, request(3));
    inspector.finish();
    expect(records).toHaveLength(1);
  });
});

test("the summary counts connections, bytes, and the time from the first to the last", () => {
  const { inspector } = inspect();
  const talk = begin(inspector).call(1, 20).call(3, 1_500);
  talk.sink.close(0, "rst", 1_600e6);
  inspector.finish();
  const { summary } = inspector;
  const bytes = opening.length + settings().length + 2 * (request(1).length + response(1).length);
  expect(summary).toMatchObject({
    connections: 1,
    packets: 0,
    liveBytes: bytes,
    calls: 2,
  });
  expect(summary.lastNs - summary.firstNs).toBe(1_600e6);
  expect(formatTotals(summary, { width: 100, paint: noPaint, verbose: false })).toBe(
    `2 calls on 1 connection: 2 OK; ${bytes} bytes, 1.60 s`,
  );
});

test("times count from each connection's own base, and never go back", () => {
  const { inspector, records } = inspect();
  begin(inspector).call(1, 250);
  const later = new Talk(inspector.connection(ENDS, NOW_SECONDS + 40 * 86_400)).say(0, opening).say(1, settings());
  later.say(0, request(1), 500).say(1, response(1), 400);
  expect(records.map(({ start, durationMs }) => [start, durationMs])).toEqual([
    ["2027-01-15T08:00:00.250000Z", 0],
    ["2027-02-24T08:00:00.500000Z", 0],
  ]);
});

test("a call says by which TLS it came, and no packets", () => {
  const { inspector, records } = inspect();
  const tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", sni: "cal.test", alpn: "h2" };
  new Talk(inspector.connection({ ...ENDS, tls })).say(0, opening).call(1);
  expect(records[0]).toMatchObject({ tls, request: { messages: [{ packets: [] }] } });
});

describe("a decoder that throws", () => {
  test.each([0, 30, 70, 110, 150, 200])(
    "after %i bytes ends the decoding of its connection alone",
    (failAfterBytes) => {
      const { inspector, diagnostics } = inspect({ failAfterBytes });
      const talk = begin(inspector);
      for (let stream = 1; stream < 9; stream += 2) talk.call(stream);
      talk.sink.close(0, "fin", 0);
      talk.sink.close(1, "fin", 0);
      const failures = diagnostics.filter(({ code }) => code === "LIVE_DECODER_FAILED");
      expect(failures).toMatchObject([{ connection: 1, severity: "error", scope: "connection" }]);
      inspector.finish();
    },
  );

  test("the calls that were open are told, as incomplete", () => {
    const { inspector, records } = inspect({ failAfterBytes: opening.length + settings().length + request(1).length });
    begin(inspector).call(1);
    expect(records.map(({ outcome }) => outcome)).toEqual(["incomplete"]);
  });

  test("so does a sink that throws", () => {
    const callEnd = () => {
      throw new Error("no room");
    };
    const { inspector, diagnostics } = inspect({}, { callEnd });
    begin(inspector).call(1).call(3);
    begin(inspector).call(1);
    expect(diagnostics.map(({ connection, text }) => [connection, text])).toEqual([
      [1, "the decoder failed, and shows nothing more of this connection: no room"],
      [2, "the decoder failed, and shows nothing more of this connection: no room"],
    ]);
  });
});

test("bytes that nobody looked at are told, and the connection is decoded on", () => {
  const { inspector, records, diagnostics } = inspect();
  const talk = begin(inspector).call(1).say(0, request(3)).skip(0, 5_000);
  for (let stream = 5; stream < 40; stream += 2) talk.call(stream);
  expect(diagnostics.map(({ code }) => code)).toContain("LIVE_BYTES_SKIPPED");
  expect(records.at(-1)).toMatchObject({ path: "/Cal/Add", outcome: "ok" });
});

describe("more connections than maxConnections", () => {
  const limits = { maxConnections: 2 };

  test("the one idle for longest is put to rest, and its open calls end", () => {
    const { inspector, records, diagnostics } = inspect({ limits });
    begin(inspector).say(0, request(1), 5);
    begin(inspector).say(0, request(1), 4);
    begin(inspector);
    expect(diagnostics).toMatchObject([{ code: "LIVE_CONNECTION_EVICTED", connection: 2 }]);
    expect(records).toMatchObject([{ connection: 2, outcome: "incomplete" }]);
  });

  test("when it goes on it is decoded again, as joined late", () => {
    const { inspector, records } = inspect({ limits });
    const first = begin(inspector).call(1, 1);
    begin(inspector).call(1, 2);
    begin(inspector).call(1, 3);
    for (let stream = 3; stream < 13; stream += 2) first.call(stream, 4);
    expect(records.at(-1)).toMatchObject({ connection: 4, stream: 11, path: "/Cal/Add", outcome: "ok" });
  });
});

test("a closed connection is let go of, however it closed", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { inspector } = inspect({ limits: { maxConnections: 3 } });
  const sinks = ["fin", "rst", "eof", "fin", "rst"].map((reason) => {
    const talk = begin(inspector).call(1).say(0, request(3));
    talk.sink.gap(0, request(1).length * 2 + opening.length, 10, 0);
    talk.sink.close(0, reason as "fin", 0);
    talk.sink.close(1, reason as "fin", 0);
    return new WeakRef(talk.sink);
  });
  await turn();
  collect();
  expect(sinks.filter((sink) => sink.deref() !== undefined)).toEqual([]);
});
