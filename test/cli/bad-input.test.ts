import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { parseLines, runCli } from "../support/cli.js";
import { ipv4, tcp } from "../support/packets.js";
import { readPcapFile, writePcap } from "../support/pcap-file.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const add = readFileSync("captures/add.pcap");

/** A capture of a TCP connection: who says what, and how many bytes of that sender are missing before it. */
function tcpCapture(turns: readonly (readonly [side: 0 | 1, text: string, lost: number])[]): Uint8Array {
  const header = Buffer.from(add.subarray(0, 24));
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  const next = [1, 1];
  const records = turns.map(([side, text, lost]) => {
    const [sourcePort, destinationPort] = side === 0 ? [40000, 8080] : [8080, 40000];
    next[side] += lost;
    const segment = { sourcePort, destinationPort, sequence: next[side], payload: Buffer.from(text) };
    next[side] += text.length;
    const [source, destination] = side === 0 ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.2", "10.0.0.1"];
    const packet = ipv4({ source, destination, payload: tcp(segment) });
    const record = Buffer.alloc(16);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return writePcap(header, records);
}

const LINKTYPE_RAW = 101;

/** One sentence on standard error, no stack trace. */
function expectOneSentence(stderr: string): void {
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stderr).toMatch(/^cal-inspect: /);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
}

describe("input that cannot be read: status 1 and one clear sentence", () => {
  test.each([
    ["a file that does not exist", () => "captures/nowhere.pcap", /no such file/],
    ["an empty file", () => file("empty.pcap", ""), /empty/],
    ["a text file", () => file("notes.txt", "what gRPC said\n"), /text/],
    ["a directory", () => "captures", /directory/],
  ])("%s", async (_, path, sentence) => {
    const { status, stdout, stderr } = await runCli([path()]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expectOneSentence(stderr);
    expect(stderr).toMatch(sentence);
    expect(stderr).toContain(path());
  });

  test("a capture cut in the middle: everything before the cut is printed", async () => {
    const whole = parseLines<CallRecord>((await runCli(["captures/calculator.pcap", "--json"])).stdout);
    const bytes = readFileSync("captures/calculator.pcap");
    const { status, stdout, stderr } = await runCli([
      "--json",
      file("cut.pcap", bytes.subarray(0, bytes.length * 0.6)),
    ]);
    expect(status).toBe(1);
    expectOneSentence(stderr);
    expect(stderr).toMatch(/ends in the middle .* byte \d+/);
    const ended = parseLines<CallRecord>(stdout).filter(({ outcome }) => outcome !== "incomplete");
    expect(ended.length).toBeGreaterThan(3);
    for (const record of ended) expect(whole).toContainEqual({ ...record, capture: "captures/calculator.pcap" });
  });

  test("a packet that is missing: said in one sentence, and its call says so too", async () => {
    const { header, records } = readPcapFile("captures/calculator.pcap");
    const lossy = file(
      "lossy.pcap",
      writePcap(
        header,
        records.filter((_, i) => i !== 11),
      ),
    );
    const { status, stdout, stderr } = await runCli([lossy, "--json"]);
    expect(status).toBe(1);
    expectOneSentence(stderr);
    expect(stderr).toMatch(/35 bytes from the server are missing/);
    const [first] = parseLines<CallRecord>(stdout).filter(({ id }) => id === 1);
    expect(first).toMatchObject({ outcome: "incomplete", status: null, diagnostics: [{ code: "CALL_BYTES_MISSING" }] });
    expect(parseLines(stdout)).toHaveLength(15);
  });

  test("packets cut by a snapshot length: said, and what is there is used", async () => {
    const { header, records } = readPcapFile("captures/add.pcap");
    const snapped = records.map((record) => {
      const cut = Buffer.from(record.subarray(0, 16 + 96));
      cut.writeUInt32LE(cut.length - 16, 8);
      return cut;
    });
    const { status, stdout, stderr } = await runCli([file("snapped.pcap", writePcap(header, snapped)), "--json"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/cut off by the capture's snapshot length .*tcpdump -s 0/);
    expect(parseLines<CallRecord>(stdout)).toMatchObject([{ outcome: "incomplete" }]);
  });

  test("a file that is missing among others is named once", async () => {
    const { stderr } = await runCli(["captures/nowhere.pcap", "captures/add.pcap", "--json"]);
    expect(stderr).toBe("cal-inspect: cannot open captures/nowhere.pcap: there is no such file or folder\n");
  });

  test("a misspelt command is no file that is missing", async () => {
    const { status, stderr } = await runCli(["fraems", "captures/add.pcap"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^cal-inspect: there is no file and no command fraems: did you mean frames\?/);
  });

  test("one bad file among good ones: the good ones are printed", async () => {
    const { status, stdout, stderr } = await runCli(["captures/nowhere.pcap", "captures/add.pcap", "--json"]);
    expect(status).toBe(1);
    expectOneSentence(stderr);
    expect(parseLines(stdout)).toHaveLength(1);
  });
});

describe("an output file that is the capture itself", () => {
  const capture = file("kept.pcap", add);
  symlinkSync(capture, join(folder, "link.pcap"));

  test.each([
    ["calls", [capture, "-o", capture]],
    ["by another name", [capture, "--json", "-o", join(folder, "link.pcap")]],
    ["among others", ["frames", "captures/add.pcap", capture, "-o", capture]],
    ["explain", ["explain", capture, "--call", "1", "-o", capture]],
    ["infer", ["infer", capture, "-o", capture]],
    ["follow", ["--follow", capture, "-o", capture]],
    ["schema", ["schema", capture, "--protoset-out", capture]],
  ])("%s: is refused, and the capture is kept", async (_, args) => {
    const { status, stdout, stderr } = await runCli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expectOneSentence(stderr);
    expect(readFileSync(capture).equals(add)).toBe(true);
  });
});

describe("standard input", () => {
  test("- reads a capture from a pipe", async () => {
    const { status, stdout, stderr } = await runCli(["-", "--json"], { stdin: add });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(parseLines<CallRecord>(stdout)).toMatchObject([{ path: "/Cal/Add", outcome: "ok" }]);
  });

  test("nothing in the pipe", async () => {
    const { status, stderr } = await runCli(["-"], { stdin: "" });
    expect(status).toBe(1);
    expectOneSentence(stderr);
    expect(stderr).toMatch(/^cal-inspect: standard input: the input is empty/);
  });
});

describe("usage: status 2 and the nearest flag", () => {
  test.each([
    ["no capture", [], /no capture/],
    ["an unknown flag", ["--jsno", "captures/add.pcap"], /--jsno.*did you mean --json/],
    ["an unknown format", ["--format", "xml", "captures/add.pcap"], /text.*json.*events/],
    ["two formats", ["--format", "text", "--json", "captures/add.pcap"], /--json and --format/],
    ["an unknown limit", ["--limit", "maxMesageBytes=1", "captures/add.pcap"], /did you mean maxMessageBytes/],
    ["a limit without a value", ["--limit", "maxMessageBytes", "captures/add.pcap"], /whole number/],
    [
      "a limit of another name",
      ["--limit", "list", "captures/add.pcap"],
      /there are maxConnections=1024, .*maxStreams=/,
    ],
    ["a flag without its value", ["captures/add.pcap", "--output"], /output/],
    ["a short flag without its value", ["captures/add.pcap", "-o"], /: -o needs a value/],
    ["an unknown letter, which is near any other", ["-x", "captures/add.pcap"], /unknown option -x \(/],
    ["a negated flag", ["--no-color", "captures/add.pcap"], /--no-color: did you mean --color\?/],
    ["a flag as a command", ["help"], /no command help: did you mean --help\?/],
    ["a command's flag", ["frames", "--jsno", "captures/add.pcap"], /\(cal-inspect frames --help lists the options\)/],
  ])("%s", async (_, args, sentence) => {
    const { status, stdout, stderr } = await runCli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expectOneSentence(stderr);
    expect(stderr).toMatch(sentence);
  });

  test("-- ends the flags: a capture called -x", async () => {
    file("-x", add);
    const { status, stdout } = await runCli(["--json", "--", "-x"], { cwd: folder });
    expect(status).toBe(0);
    expect(parseLines(stdout)).toHaveLength(1);
  });
});

describe("no gRPC in it: status 3 and what was there instead", () => {
  test("a capture without packets", async () => {
    const none = file("none.pcap", add.subarray(0, 24));
    const { status, stderr } = await runCli([none]);
    expect(status).toBe(3);
    expectOneSentence(stderr);
    expect(stderr).toMatch(/no packets/);
    expect((await runCli([none, "captures/add.pcap"])).stderr).toBe(stderr);
  });

  test("HTTP/1.1 without gRPC-Web or Connect, whatever is lost or broken in it", async () => {
    const json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    const post = "POST /orders HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    const plain = tcpCapture([
      [0, post, 0],
      [1, json, 0],
      [0, `${post}no HTTP\r\n\r\n`, 0],
      [1, `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`, 0],
      [0, post, 40],
      [1, json, 40],
    ]);
    const { status, stdout, stderr } = await runCli([file("plain.pcap", plain)]);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expectOneSentence(stderr);
    expect(stderr).toContain("1 connection of HTTP/1; record the port that speaks gRPC");
  });
});
