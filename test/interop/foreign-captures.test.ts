import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { CallRecord, HalfRecord, HeaderRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { describeWithSharedData, sharedData } from "../support/shared-data.js";

interface LoggedMessage {
  readonly len: number;
  readonly sha256: string;
}
type Metadata = readonly (readonly [string, string])[];
interface LoggedCall {
  readonly call: string;
  readonly path: string;
  readonly client_sent?: readonly LoggedMessage[];
  readonly client_received?: readonly LoggedMessage[];
  readonly server_received?: readonly LoggedMessage[];
  readonly server_sent?: readonly LoggedMessage[];
  readonly status?: string;
  readonly message?: string;
  readonly server_status?: string;
  readonly server_message?: string;
  readonly request_metadata?: Metadata;
  readonly response_initial?: Metadata;
  readonly response_trailing?: Metadata;
  readonly server_peer?: string;
}

/** What went over the wire, as the peers logged it: the server's word where it has one. */
function logged(call: LoggedCall) {
  return {
    path: call.path,
    request: (call.server_received ?? call.client_sent ?? []).map(({ len, sha256 }) => ({ len, sha256 })),
    response: (call.server_sent ?? call.client_received ?? []).map(({ len, sha256 }) => ({ len, sha256 })),
    status: call.status ?? call.server_status,
    message: call.message ?? call.server_message,
  };
}

function decoded(record: CallRecord) {
  const bodies = (half: HalfRecord) =>
    half.messages.map(({ raw, complete, size }) => {
      const body = Buffer.from(raw ?? "", "base64");
      expect({ complete, size }).toEqual({ complete: true, size: body.length });
      return { len: body.length, sha256: createHash("sha256").update(body).digest("hex") };
    });
  return {
    path: record.path,
    request: bodies(record.request),
    response: bodies(record.response),
    status: record.status?.name,
    message: record.status?.message,
  };
}

function expectMetadata(seen: HeaderRecord | null, metadata: Metadata = []): void {
  for (const [name, value] of metadata) {
    const binary = value.startsWith("base64:") ? value.slice("base64:".length).replace(/=+$/, "") : value;
    const values = [seen?.[name] ?? []]
      .flat()
      .map((text) => (value.startsWith("base64:") ? text?.replace(/=+$/, "") : text));
    expect(values).toContain(binary);
  }
}

describeWithSharedData("recordings of foreign peers decode to what the peers logged", () => {
  const schemas = ["cal.proto", "zoo.proto", "rpcstatus.proto"].flatMap((name) => [
    "--proto",
    sharedData("captures", name),
  ]);

  describe.each([
    ["py-unary", 0],
    ["py-errors", 0],
    ["py-gz", 0],
    ["py-streaming", 0],
    ["curl-h2c", 3],
  ])("%s", (name, unlogged) => {
    test("messages, statuses and metadata", async () => {
      const { calls } = JSON.parse(readFileSync(sharedData("captures", name, "expected.json"), "utf8")) as {
        calls: LoggedCall[];
      };
      const capture = sharedData("captures", name, "cap.pcap");
      const { status, stdout, stderr } = await runCli([capture, "--json", "--raw", ...schemas]);
      expect(status).toBe(0);
      // The peers sent enum numbers, fields and garbage that the schema does not have; nothing else is told.
      for (const line of stderr.split("\n").filter((text) => text !== ""))
        expect(line).toMatch(/^cal-inspect: \/[\w./]+, \d+ messages?: (field \d+ |BinaryOp does not decode)/);
      const records = new Map(
        parseLines<CallRecord>(stdout).map((record) => [record.request.headers?.["x-call-id"], record]),
      );
      // Calls that reached no handler are not in the log.
      expect(calls.filter(({ call }) => !records.has(call))).toEqual([]);
      expect(records.size - calls.length).toBe(unlogged);
      for (const call of calls) {
        const record = records.get(call.call)!;
        expect({ call: call.call, ...decoded(record) }).toEqual({ call: call.call, ...logged(call) });
        expectMetadata(record.request.headers, call.request_metadata);
        expectMetadata(record.response.headers, call.response_initial);
        expectMetadata(record.response.trailers, call.response_trailing);
        if (call.server_peer) expect(record.client).toBe(call.server_peer.replace(/^ipv[46]:/, ""));
      }
    });
  });

  test("foreign/helloworld.pcap: five calls over IPv6 on macOS loopback", async () => {
    const files = [sharedData("foreign", "helloworld.pcap"), "--proto", sharedData("foreign", "helloworld.proto")];
    const { status, stdout, stderr } = await runCli([...files, "--json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const records = parseLines<CallRecord>(stdout);
    expect(records).toHaveLength(5);
    for (const record of records) {
      expect(record).toMatchObject({ path: "/helloworld.Greeter/SayHello", outcome: "ok", diagnostics: [] });
      const { name } = record.request.messages[0].value as { name: string };
      expect(record.response.messages[0].value).toEqual({ message: `Hello ${name}` });
    }
  });

  test("foreign/h2c-upgrade-push.pcap: HTTP/2 that is no gRPC", async () => {
    const { status, stderr } = await runCli([sharedData("foreign", "h2c-upgrade-push.pcap")]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/no gRPC in .*HTTP\/2/);
  });
});
