import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { readPcapFile, writePcap } from "../support/pcap-file.js";

type MergedMessage = CallRecord["request"]["messages"][number] & { packetCaptures: string[] };

const CAPTURE = "captures/calculator.pcap";
const { header, records } = readPcapFile(CAPTURE);
const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, packets: readonly Buffer[]): string {
  const path = join(folder, name);
  writeFileSync(path, writePcap(header, packets));
  return path;
}

/** What does not depend on where the packets stood. */
function facts({ capture: _, request, response, ...rest }: CallRecord) {
  const values = (half: typeof request) => half.messages.map(({ value, timeMs }) => ({ value, timeMs }));
  return { ...rest, request: values(request), response: values(response) };
}

let whole: CallRecord[];
beforeAll(async () => {
  whole = parseLines<CallRecord>((await runCli([CAPTURE, "--json"])).stdout);
});

async function merged(files: readonly string[]): Promise<CallRecord[]> {
  const { status, stdout, stderr } = await runCli([...files, "--merge", "--json"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return parseLines<CallRecord>(stdout);
}

describe("--merge reads captures as one, in the order of their times", () => {
  test("a ring of files, named in any order", async () => {
    const ring = [0, 1, 2].map((i) => file(`ring_${i}.pcap`, records.slice(i * 40, (i + 1) * 40)));
    const calls = await merged([ring[2], ring[0], ring[1]]);
    expect(calls.map(facts)).toEqual(whole.map(facts));
    const packets = (call: CallRecord) => call.request.messages.flatMap((message) => message.packets);
    for (const [index, call] of calls.entries()) {
      const { packetCaptures } = call.request.messages[0] as MergedMessage;
      const inRing = packets(call).map((packet, i) => ring.indexOf(packetCaptures[i]) * 40 + packet);
      expect(inRing).toEqual(packets(whole[index]));
    }
  });

  test("the two ends of a link, each packet seen twice", async () => {
    const ends = [file("client.pcap", records), file("server.pcap", records)];
    expect((await merged(ends)).map(facts)).toEqual(whole.map(facts));
  });

  test("every second packet in each of two files", async () => {
    const halves = [0, 1].map((half) =>
      file(
        `half_${half}.pcap`,
        records.filter((_, i) => i % 2 === half),
      ),
    );
    expect((await merged(halves)).map(facts)).toEqual(whole.map(facts));
  });

  test("a damaged one is named", async () => {
    const cut = join(folder, "cut.pcap");
    writeFileSync(cut, writePcap(header, records).subarray(0, 1000));
    const { status, stderr } = await runCli([cut, CAPTURE, "--merge", "--json"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/cut\.pcap: the capture ends in the middle/);
  });
});
