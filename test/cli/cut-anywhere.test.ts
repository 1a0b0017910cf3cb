/** No prefix of a capture crashes, hangs or prints a wrong value, and each says where it was cut. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { callsOfCapture } from "../support/calls-of-capture.js";
import { parseLines, runCli } from "../support/cli.js";

const captures = readdirSync("captures").filter((name) => name.endsWith(".pcap"));
const HEADER_BYTES = 24;

/** File offsets behind which a record ends: nothing says that a capture cut there was longer. */
function recordEnds(bytes: Buffer): Set<number> {
  const ends = new Set([HEADER_BYTES]);
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    at += 16 + bytes.readUInt32LE(at + 8);
    ends.add(at);
  }
  return ends;
}

describe("cut at every byte", () => {
  test.each(captures)("captures/%s", (name) => {
    const bytes = readFileSync(`captures/${name}`);
    const whole = new Map(callsOfCapture(bytes).calls.map((call) => [call.id, JSON.stringify(call)]));
    const ends = recordEnds(bytes);
    for (let length = 1; length < bytes.length; length++) {
      const { calls, diagnostics, inspector } = callsOfCapture(bytes.subarray(0, length));
      const cuts = diagnostics.filter(({ code }) => code === "CAPTURE_TRUNCATED" || code === "CAPTURE_FORMAT_UNKNOWN");
      if (ends.has(length) ? cuts.length > 0 : cuts.length !== 1) throw new Error(`${length}: ${cuts.length} told`);
      if (cuts[0]?.code === "CAPTURE_TRUNCATED" && cuts[0].place.fileOffset !== length)
        throw new Error(`cut at ${length}, said ${cuts[0].place.fileOffset}`);
      if (inspector.damaged === ends.has(length)) throw new Error(`${length}: damaged ${inspector.damaged}`);
      for (const call of calls) {
        if (call.outcome !== "incomplete" && whole.get(call.id) !== JSON.stringify(call))
          throw new Error(`cut at ${length}: call ${call.id} is another one`);
      }
    }
    expect(whole.size).toBeGreaterThan(0);
  });
});

test("a sample through the command", async () => {
  const bytes = readFileSync("captures/calculator.pcap");
  const whole = parseLines((await runCli(["-", "--json"], { stdin: bytes })).stdout);
  const ends = recordEnds(bytes);
  const step = Math.floor(bytes.length / 9);
  for (let length = step; length < bytes.length; length += step) {
    const { status, stdout, stderr } = await runCli(["-", "--json"], { stdin: bytes.subarray(0, length) });
    const isBetweenRecords = ends.has(length);
    if (!isBetweenRecords) {
      expect(status).toBe(1);
      expect(stderr).toMatch(new RegExp(`^cal-inspect: .*ends in the middle .* at byte ${length}\\b`));
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    }
    const finished = parseLines<{ outcome: string }>(stdout).filter(({ outcome }) => outcome !== "incomplete");
    for (const call of finished) expect(whole).toContainEqual(call);
  }
});
