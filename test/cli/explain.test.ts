import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { parseLines, runCli } from "../support/cli.js";
import { rawPackets } from "../support/explained.js";
import { readPcapFile, writePcap } from "../support/pcap-file.js";

interface Line {
  readonly record: string;
  readonly packet: number | null;
  readonly offset: number | null;
  readonly length: number;
  readonly layer: string;
  readonly name: string | null;
  readonly value: unknown;
  readonly role: string;
  readonly hex: string;
}

const ADD = "captures/add.pcap";
const folder = mkdtempSync(join(tmpdir(), "cal-inspect-explain-"));
afterAll(() => rmSync(folder, { recursive: true }));

const explainAdd = (...args: string[]) => runCli(["explain", ADD, "--call", "1", ...args]);

describe("cal-inspect explain", () => {
  test("each line has packet, offset and bytes, as the capture has them", async () => {
    const { status, stdout, stderr } = await explainAdd();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const packets = rawPackets(readFileSync(ADD));
    const rows = [...stdout.matchAll(/^ *(\d+) +(\d+) {2}((?:[0-9a-f]{2} ?)+)(?: {2,}|$)/gm)];
    for (const [, packet, offset, hex] of rows) {
      const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
      const there = packets[Number(packet) - 1].subarray(Number(offset), Number(offset) + bytes.length);
      expect({ packet, offset, hex: bytes.toString("hex") }).toEqual({
        packet,
        offset,
        hex: Buffer.from(there).toString("hex"),
      });
    }
    expect(rows.length).toBeGreaterThan(80);
    for (const shown of [
      /^ {2}9 {3}75 {2}00 00 68 +Length 104$/m,
      /^ {2}9 {3}97 {2}83 +:method: "POST" {2}\(static 3\)$/m,
      /^ {2}9 {2}202 {2}08 +field 1: number1 {2}\(varint, int32\)$/m,
      /^ {2}9 {2}205 {2}ac 02 +number2: 300$/m,
      /^ 11 {3}85 {2}01 30 +"0" {2}\(value, 1 byte\)$/m,
    ])
      expect(stdout).toMatch(shown);
  });

  test("--json: a span for every byte, and the place of what taught the table", async () => {
    const [head, ...spans] = parseLines<Line>((await explainAdd("--json")).stdout);
    expect(head).toMatchObject({ record: "explain", version: 1, call: 1, path: "/Cal/Add", stream: 1, outcome: "ok" });
    expect(spans.every(({ record }) => record === "span")).toBe(true);
    expect(spans.reduce((sum, { length }) => sum + length, 0)).toBe(9 + 104 + 9 + 10 + 9 + 95 + 9 + 8 + 9 + 26);
    const keys = ["record", "packet", "offset", "length", "layer", "name", "value", "role"];
    for (const span of spans) expect(Object.keys(span)).toEqual(expect.arrayContaining(keys));
    expect(spans).toContainEqual(
      expect.objectContaining({ packet: 9, offset: 205, length: 2, name: "number2", value: 300, hex: "ac02" }),
    );
    const python = parseLines<Line>(
      (await runCli(["explain", "captures/python.pcap", "--call", "2", "--json"])).stdout,
    );
    const taught = python.filter((span) => "taughtBy" in span);
    expect(taught.length).toBeGreaterThan(5);
    const first = parseLines<Line>((await runCli(["explain", "captures/python.pcap", "--call", "1", "--json"])).stdout);
    const isThere = ({ taughtBy, name }: { taughtBy?: { packet: number; offset: number }; name: string | null }) =>
      first.some((span) => span.packet === taughtBy?.packet && span.offset === taughtBy?.offset && span.name === name);
    expect(taught.every((span) => isThere(span as never))).toBe(true);
  });

  test("-v names the segment of each packet; colour only where it is asked for", async () => {
    const { stdout } = await explainAdd("-v");
    expect(stdout).toMatch(
      /packet 9, 09:04:58\.963352: TCP 127\.0\.0\.1:45164 → 127\.0\.0\.1:50051, client's sequence \d+,/,
    );
    expect(stdout).not.toContain("\u001b[");
    expect((await explainAdd("--color", "always")).stdout).toContain("\u001b[");
    const segments = parseLines<Line>((await explainAdd("-v", "--json")).stdout).filter(
      ({ record }) => record === "segment",
    );
    expect(segments.map(({ packet }) => packet)).toEqual([9, 10, 11]);
  });

  test("standard input, and captures that are read as one", async () => {
    const whole = (await explainAdd()).stdout;
    expect((await runCli(["explain", "-", "--call", "1"], { stdin: readFileSync(ADD) })).stdout).toBe(whole);
    const { header, records } = readPcapFile(ADD);
    const files = [records.slice(0, 9), records.slice(9)].map((part, i) => {
      const path = join(folder, `${i}.pcap`);
      writeFileSync(path, writePcap(header, part));
      return path;
    });
    const { stdout } = await runCli(["explain", ...files, "--merge", "--call", "1", "--json"]);
    const places = parseLines<Line & { packetCapture: string }>(stdout)
      .slice(1)
      .map(({ packet, packetCapture }) => (packetCapture === files[0] ? packet! : packet! + 9));
    expect([...new Set(places)]).toEqual([9, 10, 11]);
  });

  test("-o writes there; a closed pipe ends quietly", async () => {
    const path = join(folder, "out.txt");
    expect((await explainAdd("-o", path)).stdout).toBe("");
    expect(readFileSync(path, "utf8")).toBe((await explainAdd()).stdout);
  });

  test.each([
    [["explain", ADD], 2, /needs the number of a call, as in --call 1/],
    [["explain", "--call", "1"], 2, /no capture is named/],
    [["explain", ADD, "--call", "one"], 2, /from 1 on, not one/],
    [["explain", ADD, "--call", "0"], 2, /from 1 on, not 0/],
    [["explain", ADD, "--call", "1.5"], 2, /from 1 on, not 1\.5/],
    [["explain", ADD, "--call"], 2, /--call needs a value/],
    [["explain", ADD, ADD, "--call", "1"], 2, /takes one capture/],
    [["explain", ADD, "--cal", "1"], 2, /did you mean --call/],
    [["explain", ADD, "--call", "2"], 2, /no call 2 in captures\/add\.pcap: it holds 1 call \(--call 1\)/],
    [["explain", "captures/nginx.pcap", "--call", "99"], 2, /it holds 8 calls \(--call 1 to 8\)/],
    [["explain", "missing.pcap", "--call", "1"], 1, /missing\.pcap/],
    [["explain", "package.json", "--call", "1"], 1, /no packet capture but a JSON file/],
  ])("%j", async (args, status, sentence) => {
    const ended = await runCli(args);
    expect(ended).toMatchObject({ status, stdout: "" });
    expect(ended.stderr).toMatch(sentence);
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a capture without gRPC", async () => {
    const { header, records } = readPcapFile(ADD);
    const path = join(folder, "empty.pcap");
    writeFileSync(path, writePcap(header, records.slice(0, 3)));
    const ended = await runCli(["explain", path, "--call", "1"]);
    expect(ended).toMatchObject({ status: 3, stdout: "" });
    expect(ended.stderr).toContain("no gRPC in");
  });
});
