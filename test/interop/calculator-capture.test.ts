/** One run of server and client under tcpdump, on a port that no option names: what they print is what the capture shows. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { recordLoopback } from "../support/loopback-capture.js";
import { describeWithPeers } from "../support/peers.js";
import { type Finished, run, start } from "../support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithPeers(["tcpdump"], "a capture of the calculator", () => {
  test.each([
    [["7", "-3"], 0],
    [["65536", "65536"], 1],
  ])("shows what server and client print for %j", async (numbers, exitStatus) => {
    const file = join(folder, "calculator.pcap");
    const server = start("node", ["dist/calculator/server.js", "--port", "0"]);
    const port = (await server.waitFor(/:([0-9]+)\n/))[1]!;
    let client: Finished;
    let served: Finished;
    await recordLoopback(file, [port], async () => {
      client = await run("node", ["dist/calculator/client.js", "--address", `127.0.0.1:${port}`, ...numbers]);
      served = await server.stop();
    });

    const inspected = await run("node", ["dist/cli/main.js", file, "--json"]);
    expect(inspected.status).toBe(0);
    const records = inspected.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as CallRecord);
    expect(client!.status).toBe(exitStatus);
    expect(records.map(formatAsClient).join("")).toBe(client!.stdout + client!.stderr);
    expect(records.map(formatAsServer).join("")).toBe(served!.stdout.replace(/^grpc server start.*\n/, ""));
    expect(records.map((record) => record.server)).toEqual([`127.0.0.1:${port}`, `127.0.0.1:${port}`]);
  });
});

function formatAsClient({ method, request, response, status }: CallRecord): string {
  if (status?.code !== 0) {
    return `${method} failed: ${status?.name}: ${status?.message}\n`;
  }
  const { number1, number2 } = request.messages[0]!.value as { number1: number; number2: number };
  const { number } = response.messages[0]!.value as { number: number };
  return `${number1} ${method === "Add" ? "+" : "*"} ${number2} = ${number}\n`;
}

function formatAsServer({ method }: CallRecord): string {
  return method === "Add" ? "Add function called\n" : "Multiply service called\n";
}
