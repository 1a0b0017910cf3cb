/** A file that is no capture is called what it is, where that helps; and good captures beside it are read all the same. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { parseLines, runCli } from "../support/cli.js";
import { concat, u32 } from "../support/packets.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

const utf16 = (text: string) => new Uint8Array(Buffer.from(text, "utf16le"));
const ETL = concat(
  [0, 0, 1, 0, 0x48, 2, 0, 0],
  new Uint8Array(96),
  u32(0x01000a0a),
  utf16("NT Kernel Logger"),
  new Uint8Array(600),
);
const WIRESHARK_JSON = `[
  {
    "_index": "packets-2024-05-01",
    "_type": "doc",
    "_source": { "layers": { "frame": { "frame.number": "1" } } }
  }
]`;

const rows: [string, string | Uint8Array, RegExp][] = [
  [
    "a key log",
    `# SSL/TLS secrets log file\nCLIENT_RANDOM ${"ab".repeat(32)} ${"cd".repeat(48)}\n`,
    /key log.*not decrypted yet/,
  ],
  ["a TLS 1.3 key log", `SERVER_HANDSHAKE_TRAFFIC_SECRET ${"ab".repeat(32)} ${"cd".repeat(32)}\n`, /key log/],
  ["an ETL trace", ETL, /ETL.*etl2pcapng/],
  ["a JSON export of Wireshark", WIRESHARK_JSON, /JSON export of Wireshark/],
  ["an HTML error page", "<!DOCTYPE html>\n<html><head><title>404 Not Found</title>", /HTML page/],
  ["a PDML export", '<?xml version="1.0"?>\n<pdml version="0">', /XML.*PDML/],
  ["a .proto file", 'syntax = "proto3";\nmessage A {}\n', /\.proto file.*--proto/],
  ["a snoop capture", concat(new TextEncoder().encode("snoop\0\0\0"), u32(2), u32(4)), /snoop.*editcap/],
  ["a ZIP archive", concat([0x50, 0x4b, 3, 4], new Uint8Array(40)), /ZIP/],
  ["an xz file", concat([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], new Uint8Array(40)), /xz/],
];

test.each(rows)("%s", async (name, content, sentence) => {
  const file = join(folder, name.replace(/\W/g, "-"));
  writeFileSync(file, content);
  const alone = await runCli([file]);
  expect(alone).toMatchObject({ status: 1, stdout: "" });
  expect(alone.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(alone.stderr).toMatch(sentence);
  const amongGood = await runCli([file, "captures/add.pcap", "--json"]);
  expect(amongGood.status).toBe(1);
  expect(amongGood.stderr).toMatch(sentence);
  expect(parseLines(amongGood.stdout)).toHaveLength(1);
});

test("several captures on one line, each in its own world: numbers begin anew", async () => {
  const { status, stdout } = await runCli([
    "captures/add.pcap",
    "captures/multiply.pcap",
    "captures/add.pcap",
    "--json",
  ]);
  expect(status).toBe(0);
  const calls = parseLines<{ id: number; connection: number; path: string }>(stdout);
  expect(calls.map(({ id, connection, path }) => [id, connection, path])).toEqual([
    [1, 1, "/Cal/Add"],
    [1, 1, "/Cal/Multiply"],
    [1, 1, "/Cal/Add"],
  ]);
});
