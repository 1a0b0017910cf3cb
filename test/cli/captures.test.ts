import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";

interface PeerCall {
  readonly path: string;
  readonly request: Record<string, number>;
  readonly response: Record<string, number> | null;
  readonly status: { readonly code: number; readonly name: string; readonly message: string };
  readonly server: string;
}
interface PeerLog {
  readonly calls: readonly PeerCall[];
  readonly connections: number;
}

const peers = JSON.parse(readFileSync("captures/peers.json", "utf8")) as Record<string, PeerLog>;

/** Without the fields that proto3 leaves out, as the record shows them. */
function withoutZeros(value: Record<string, number> | null): Record<string, number> | null {
  return value && Object.fromEntries(Object.entries(value).filter(([, number]) => number !== 0));
}

/** buf curl asks for the schema first, and says nothing of it. */
const isLogged = ({ path }: CallRecord) => !path?.startsWith("/grpc.reflection.");

describe("decoded captures agree with what the peers printed while they were recorded", () => {
  test.each(Object.keys(peers))("%s", async (name) => {
    const { status, stdout, stderr } = await runCli([`captures/${name}`, "--json"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const records = parseLines<CallRecord>(stdout).filter(isLogged);
    const seen = records
      .sort((a, b) => a.id - b.id)
      .map((record) => ({
        path: record.path,
        request: record.request.messages[0].value,
        response: record.response.messages[0]?.value ?? null,
        // grpc-js servers send "OK" as the message of success; clients do not tell it.
        status: {
          ...record.status,
          message: record.status?.code === 0 ? "" : record.status?.message,
          details: undefined,
        },
        server: record.server,
      }));
    const logged = peers[name].calls.map(({ path, request, response, status, server }) => ({
      path,
      request: withoutZeros(request),
      response: withoutZeros(response),
      status,
      server,
    }));
    const sorted = (calls: readonly unknown[]) => calls.map((call) => JSON.stringify(call)).sort();
    expect(sorted(seen)).toEqual(sorted(logged));
    expect(new Set(records.map(({ connection }) => connection)).size).toBe(peers[name].connections);
    for (const record of records) {
      expect(record.outcome).toBe(record.status?.code === 0 ? "ok" : "error");
      expect(record.durationMs).toBeGreaterThan(0);
      expect(record.kind).toBe("unary");
      expect(record.diagnostics).toEqual([]);
      expect(record.request.messages[0].packets.length).toBeGreaterThan(0);
    }
  });

  test("all of them on one command line: one record per line, each with its capture", async () => {
    const files = Object.keys(peers).map((name) => `captures/${name}`);
    const { status, stdout } = await runCli([...files, "--json"]);
    expect(status).toBe(0);
    const records = parseLines<CallRecord>(stdout);
    expect(records.filter(isLogged).length).toBe(
      Object.values(peers).reduce((sum, { calls }) => sum + calls.length, 0),
    );
    expect([...new Set(records.map(({ capture }) => capture))]).toEqual(files);
    expect(records.every(({ record, version }) => record === "call" && version === 1)).toBe(true);
  });
});
