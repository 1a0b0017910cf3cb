/**
 * Peers in four languages make the calls of peers/cases.ts: every kind, status, encoding and ending that they have. The records are
 * what both ends logged.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallRecord, HalfRecord, HeaderRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { recordLoopback } from "../support/loopback-capture.js";
import { describeWithPeers, GO_ENVIRONMENT, type PeerName, PYTHON, RUBY } from "../support/peers.js";
import { freePort, run, start } from "../support/processes.js";
import { missingFrom, readmeRows, tsharkLines } from "./peers/beside-tshark.js";
import { type ProbeCase, probeCases } from "./peers/cases.js";

interface ClientLog {
  readonly peer: "client";
  readonly call: string;
  readonly sent: readonly string[];
  readonly received: readonly string[];
  readonly code: number;
  readonly message: string;
  readonly details: string | null;
  readonly echoed: readonly string[];
}

interface ServerLog {
  readonly peer: "server";
  readonly call: string;
  /** Of the client's deadline, when the handler began. */
  readonly timeLeftMs: number;
  readonly received?: readonly string[];
}

interface Language {
  readonly name: string;
  readonly peers: readonly PeerName[];
  readonly encodings: readonly string[];
  readonly command: (folder: string) => Promise<readonly [string, ...string[]]>;
  /** How its server encodes, where it cannot do so as asked for. */
  readonly answersIn?: string;
  /** The message of the status by which its server ends a call whose deadline passes; none: it leaves that to the client. */
  readonly pastDeadline?: string;
  /** What is wrong with what this peer sends: lines on standard error. */
  readonly faults?: RegExp;
}

const LANGUAGES: readonly Language[] = [
  {
    name: "Python grpcio",
    peers: ["python"],
    encodings: ["gzip", "deflate"],
    pastDeadline: "Deadline Exceeded",
    command: async () => [PYTHON, "test/interop/python/probe.py"],
  },
  {
    name: "Go grpc",
    peers: ["go"],
    encodings: ["gzip", "deflate", "zstd", "snappy", "x-snappy-framed"],
    command: async (folder) => {
      const program = join(folder, "probe");
      const built = await run("go", ["build", "-o", program, "test/interop/go/probe.go"], { env: GO_ENVIRONMENT });
      expect(built).toEqual({ status: 0, stdout: "", stderr: "" });
      return [program];
    },
  },
  {
    name: "grpc-js",
    peers: [],
    encodings: ["gzip", "deflate"],
    answersIn: "identity",
    pastDeadline: "Deadline exceeded",
    command: async () => ["node", "test/interop/node/probe.mjs"],
  },
  {
    name: "Ruby grpc",
    peers: ["ruby"],
    encodings: ["gzip", "deflate"],
    answersIn: "gzip",
    pastDeadline: "Deadline Exceeded",
    command: async () => [RUBY, "test/interop/ruby/probe.rb"],
    // At the end of a handler whose deadline has passed it answers a second time, on the stream that is closed.
    faults: /^cal-inspect: HEADERS frame on stream \d+, which was closed by .*\n$/,
  },
];

const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

for (const { name, peers, encodings, answersIn, pastDeadline, command, faults } of LANGUAGES) {
  describeWithPeers(["tcpdump", ...peers], `calls of ${name} peers`, () => {
    const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
    const file = join(folder, "calls.pcap");
    const cases = new Map(probeCases(encodings).map((wanted) => [wanted.id, wanted]));
    const client = new Map<string, ClientLog>();
    const server = new Map<string, ServerLog>();
    const records = new Map<string, CallRecord>();

    beforeAll(async () => {
      const list = join(folder, "cases.json");
      writeFileSync(list, JSON.stringify([...cases.values()]));
      const [program, ...args] = await command(folder);
      const port = String(await freePort());
      await recordLoopback(file, [port], async () => {
        const serving = start(program, [...args, "serve", port]);
        await serving.waitFor(/^serving\n/m);
        const called = await run(program, [...args, "call", port, list]);
        const served = await serving.stop();
        expect({ status: called.status, stderr: called.stderr }).toEqual({ status: 0, stderr: "" });
        for (const log of parseLines<ClientLog>(called.stdout)) client.set(log.call, log);
        for (const log of parseLines<ServerLog>(served.stdout.replace(/^serving\n/m, "")))
          server.set(log.call, { ...server.get(log.call), ...log });
      });
      const { status, stdout, stderr } = await runCli([file, "--json", "--raw"]);
      expect(status).toBe(0);
      expect(stderr).toMatch(faults === undefined ? /^$/ : new RegExp(`^$|${faults.source}`));
      for (const record of parseLines<CallRecord>(stdout)) {
        const id = String(record.request.headers?.["x-call-id"]);
        expect(records.has(id)).toBe(false);
        records.set(id, record);
      }
    }, 240_000);

    afterAll(() => rmSync(folder, { recursive: true }));

    /** Runs `check` on every call; names the one that fails. */
    function forEachCall(check: (record: CallRecord, seen: ClientLog, wanted: ProbeCase) => void): void {
      for (const [id, wanted] of cases) {
        try {
          check(records.get(id)!, client.get(id)!, wanted);
        } catch (error) {
          throw new Error(`${id}: ${(error as Error).message}`);
        }
      }
    }

    test("every call is there, once, and no other", () => {
      const ids = [...cases.keys()].sort();
      expect([...client.keys()].sort()).toEqual(ids);
      expect([...records.keys()].sort()).toEqual(ids);
      forEachCall((record, _, { kind }) => {
        expect(record).toMatchObject({ path: `/peers.Probe/${kind}`, protocol: "grpc", diagnostics: [] });
      });
    });

    test("messages in both directions, byte for byte", () => {
      forEachCall((record, seen, { id, sizes }) => {
        const requests = digests(record.request);
        const replies = digests(record.response);
        expect(requests).toEqual(seen.sent.slice(0, requests.length));
        expect(replies.slice(0, seen.received.length)).toEqual(seen.received);
        const received = server.get(id)?.received ?? [];
        expect(requests.slice(0, received.length)).toEqual(received);
        // Of a call that is broken off more may be on its way than its receiver takes; a reply beside an error is dropped.
        const isWhole = !/early|cancelled|deadline-passed/.test(id);
        if (isWhole) expect(requests).toHaveLength(sizes.length);
        if (seen.code === OK) expect(replies).toHaveLength(seen.received.length);
        expect(
          [...record.request.messages, ...record.response.messages].every(({ packets }) => packets.length > 0),
        ).toBe(true);
      });
      const sizesOf = (id: string) => records.get(id)!.response.messages.map(({ size }) => size);
      expect([...sizesOf("large"), ...sizesOf("large-reply")]).toEqual(new Array(3).fill(MAX_MESSAGE_BYTES));
    });

    test("how each ended", () => {
      forEachCall((record, { code, message, details }, { id }) => {
        const { status, reset, outcome } = record;
        if (status !== null) {
          expect(status.code).toBe(code);
          // Some clients do not tell the message of a call that went well. Past a deadline the client may have given up by itself while
          // the server's status was on its way: then each has a message of its own.
          if (id === "deadline-passed") expect([message, pastDeadline]).toContain(status.message);
          else if (code !== OK) expect(status.message).toBe(message);
          expect(outcome).toBe(code === 0 ? "ok" : "error");
        } else if (code === DEADLINE_EXCEEDED) {
          expect(record).toMatchObject({ outcome: "cancelled", reset: { by: "client" }, deadline: { passed: true } });
        } else {
          expect({ code, meaning: reset?.meaning }).toEqual({ code: CANCELLED, meaning: "CANCELLED" });
          expect(outcome).toBe("cancelled");
        }
        const sent = valuesOf(record.response.trailers, "grpc-status-details-bin");
        expect(sent).toEqual(details === null ? [] : [details]);
        const type = "type.googleapis.com/google.rpc.ErrorInfo";
        const opened = id.endsWith("-details") ? [{ "@type": type, reason: "R", domain: "peers" }] : [];
        expect(status?.details ?? []).toEqual(opened);
      });
      expect(records.get("cancelled-by-client")).toMatchObject({ outcome: "cancelled", reset: { by: "client" } });
      expect(client.get("cancelled-by-server")!.code).toBe(CANCELLED);
    });

    test("deadlines", () => {
      expect(client.get("deadline-passed")!.code).toBe(DEADLINE_EXCEEDED);
      expect(client.get("deadline-kept")!.code).toBe(OK);
      for (const [id, passed] of [
        ["deadline-passed", true],
        ["deadline-kept", false],
      ] as const) {
        const { deadline, durationMs } = records.get(id)!;
        expect(deadline).toMatchObject({ passed });
        expect(deadline!.used).toBeCloseTo(durationMs! / deadline!.timeoutMs, 4);
        // What the client asked for, of which it may have used some, and rounds the rest up; the server has no more than that.
        expect(deadline!.timeoutMs).toBeLessThanOrEqual(1.01 * cases.get(id)!.timeoutMs! + 1);
        expect(deadline!.timeoutMs).toBeGreaterThanOrEqual(server.get(id)!.timeLeftMs - 1);
      }
    });

    test("metadata: repeated, and binary", () => {
      const { request, response } = records.get("metadata")!;
      const wanted = (name: string) => cases.get("metadata")!.metadata.filter(([key]) => key === name);
      const values = wanted("x-echo-bin").map(([, value]) => value);
      expect(valuesOf(request.headers, "x-text").join(", ")).toBe("one, two, three");
      expect(valuesOf(request.headers, "x-echo-bin")).toEqual(values);
      expect(valuesOf(response.headers, "x-echo-bin")).toEqual(values);
      expect(valuesOf(response.trailers, "x-echo-bin")).toEqual(client.get("metadata")!.echoed);
    });

    test.each(encodings)("%s", (encoding) => {
      for (const id of [`${encoding}-unary`, `${encoding}-bidi`]) {
        const { request, response } = records.get(id)!;
        for (const [half, expected] of [
          [request, encoding],
          [response, answersIn ?? encoding],
        ] as const) {
          for (const { size, wireSize, encoding: used } of half.messages.filter(isLong)) {
            expect(used).toBe(expected);
            if (expected !== "identity") expect(wireSize).toBeLessThan(size);
          }
        }
      }
    });

    test("100 streams at the same time", () => {
      const spans = [...records].filter(([id]) => id.startsWith("concurrent-")).map(([, record]) => spanOf(record));
      const lastStart = Math.max(...spans.map(([from]) => from));
      expect(spans.filter(([, to]) => to > lastStart)).toHaveLength(100);
    });

    test("GOAWAY in the middle of a call, which goes on to its end", async () => {
      expect(records.get("goaway")).toMatchObject({ outcome: "ok", reset: null, response: { messageCount: 6 } });
      const frames = parseLines<{ type: string; side: string; time: string }>(
        (await runCli(["frames", file, "--json"])).stdout,
      );
      const [, end] = spanOf(records.get("goaway")!);
      const goaways = frames.filter(({ type, side }) => type === "GOAWAY" && side === "server");
      expect(goaways.some(({ time }) => Date.parse(time) < end)).toBe(true);
    });

    test("--format events tells each message when its last byte is there", async () => {
      const { stdout } = await runCli([file, "--format", "events"]);
      const events = parseLines<{ record: string; call: number; half: string; index: number; time: string }>(stdout);
      const { id, start: began, response } = records.get("goaway")!;
      const told = events.filter(
        ({ record, call, half }) => record === "message" && call === id && half === "response",
      );
      const after = (ms: number) => Date.parse(began) + ms;
      expect(told.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
      for (const { time, index } of told)
        expect(Math.abs(Date.parse(time) - after(response.messages[index].timeMs))).toBeLessThan(2);
      expect(events.indexOf(told[5])).toBeLessThan(
        events.findIndex(({ record, call }) => record === "end" && call === id),
      );
    });

    if (name === "Go grpc")
      describeWithPeers(["tshark"], "README.md, beside tshark", () => {
        test("each cell is what the program prints", async () => {
          const port = records.get("unary")!.server.replace(/^.*:/, "");
          const theirs = await tsharkLines(file, port);
          const outputs = [await runCli([file]), await runCli([file, "--json"])];
          const ours = outputs.flatMap(({ stdout }) => stdout.split("\n"));
          const rows = readmeRows();
          expect(rows).toHaveLength(7);
          for (const { about, tshark, own } of rows)
            expect({ about, tshark: missingFrom(tshark, theirs), own: missingFrom(own, ours) }).toEqual({
              about,
              tshark: [],
              own: [],
            });
        }, 120_000);
      });
  });
}

const OK = 0;
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;

function isLong({ size }: { size: number }): boolean {
  return size > 1000;
}

function digests(half: HalfRecord): string[] {
  return half.messages.map(({ raw, complete }) => {
    expect(complete).toBe(true);
    return createHash("sha256")
      .update(Buffer.from(raw ?? "", "base64"))
      .digest("hex");
  });
}

/** The values of a field; those of a "-bin" field apart, with their padding. */
function valuesOf(fields: HeaderRecord | null, name: string): string[] {
  const values = [fields?.[name] ?? []].flat().map(String);
  if (!name.endsWith("-bin")) return values;
  return values.flatMap((value) => value.split(",")).map((value) => Buffer.from(value, "base64").toString("base64"));
}

/** In milliseconds since 1970. */
function spanOf({ start: began, durationMs }: CallRecord): [from: number, to: number] {
  return [Date.parse(began), Date.parse(began) + durationMs!];
}
