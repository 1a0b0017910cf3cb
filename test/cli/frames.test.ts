import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { parseLines, runCli } from "../support/cli.js";
import { readPcapFile, writePcap } from "../support/pcap-file.js";

const folder = mkdtempSync(join(tmpdir(), "cal-inspect-frames-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Some of the packets of a capture, as another capture. */
function some(name: string, which: (index: number) => boolean, as: string): string {
  const { header, records } = readPcapFile(`captures/${name}.pcap`);
  const file = join(folder, as);
  writeFileSync(
    file,
    writePcap(
      header,
      records.filter((_, index) => which(index)),
    ),
  );
  return file;
}

interface Frame {
  readonly type: string;
  readonly stream: number;
  readonly packets: readonly number[];
  readonly headers?: readonly (readonly [string | null, string | null])[];
  readonly placeholders?: readonly (number | null)[];
}

const framesOf = async (...args: string[]) => {
  const { status, stdout, stderr } = await runCli(["frames", "--json", ...args]);
  return { status, stderr, frames: parseLines<Frame>(stdout) };
};
const withoutPackets = (frames: readonly Frame[]) =>
  frames.map((frame) => ({ ...frame, packets: [], packetCaptures: [], time: "" }));

describe("cal-inspect frames", () => {
  test("one line per frame, with names for numbers", async () => {
    const { status, stdout, stderr } = await runCli(["frames", "captures/add.pcap"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(13);
    expect(lines[1]).toContain("client → stream 0 SETTINGS 6 bytes: INITIAL_WINDOW_SIZE 65535 (packet 6)");
    expect(lines[4]).toContain('stream 1 HEADERS END_HEADERS 104 bytes: :authority="127.0.0.1:50051"');
    expect(lines[5]).toContain("stream 1 DATA END_STREAM 10 bytes: message of 5 bytes (packet 9)");
    expect(lines[9]).toContain("GOAWAY 8 bytes: last stream 0, NO_ERROR");
  });

  test("--json: one object per frame, keys of its type only", async () => {
    const frames = parseLines((await runCli(["frames", "--json", "captures/add.pcap"])).stdout);
    const common = { record: "frame", connection: 1, complete: true };
    expect(frames[1]).toMatchObject({ ...common, side: "client", settings: [["INITIAL_WINDOW_SIZE", 65535]] });
    expect(frames[5]).toMatchObject({ ...common, stream: 1, messages: [{ compressed: false, length: 5 }] });
    expect(frames[8]).toMatchObject({
      side: "server",
      flags: ["END_STREAM", "END_HEADERS"],
      headers: [
        ["grpc-status", "0"],
        ["grpc-message", "OK"],
      ],
    });
    expect(frames[8]).not.toHaveProperty("settings");
  });

  test("events is no form of frames; no capture is named", async () => {
    expect((await runCli(["frames", "--format", "events", "captures/add.pcap"])).status).toBe(2);
    expect((await runCli(["frames"])).status).toBe(2);
    expect((await runCli(["frames", "--help"])).stdout).toContain("cal-inspect frames <capture…>");
  });

  test("a capture without HTTP/2 is told so", async () => {
    const { status, stderr } = await framesOf(some("add", (index) => index < 3, "opening.pcap"));
    expect(status).toBe(3);
    expect(stderr).toMatch(/^cal-inspect: no HTTP\/2 in .*opening\.pcap: 1 TCP connection with /);
    expect(stderr).not.toContain("gRPC");
  });

  test("of a connection that began before: fields that were never seen have their placeholders", async () => {
    const whole = await framesOf("captures/python.pcap");
    const late = await framesOf(some("python", (index) => index >= 20, "late.pcap"));
    expect(late.status).toBe(0);
    expect(late.stderr).toBe("");
    expect(late.frames.map(({ type, stream }) => `${type} ${stream}`)).toEqual(
      whole.frames.slice(-late.frames.length).map(({ type, stream }) => `${type} ${stream}`),
    );
    const unknown = late.frames.filter(({ headers }) => headers?.some(([name]) => name === null));
    expect(unknown.length).toBeGreaterThan(0);
    for (const { headers = [], placeholders = [] } of unknown)
      for (const [i, [name]] of headers.entries())
        expect(name === null).toBe(placeholders[i] !== null && name === null);
  });

  test("with a packet lost: all frames but its own, and status 1", async () => {
    const whole = await framesOf("captures/calculator.pcap");
    const lost = whole.frames.find(({ type, stream }) => type === "DATA" && stream === 1)!.packets[0];
    const lossy = await framesOf(some("calculator", (index) => index !== lost - 1, "lossy.pcap"));
    expect(lossy.status).toBe(1);
    expect(lossy.stderr).toMatch(/bytes from the (client|server) are missing/);
    const others = whole.frames.filter(({ packets }) => !packets.includes(lost));
    const key = ({ type, stream, packets }: Frame, shift: number) =>
      `${type} ${stream} ${packets.map((packet) => packet + (packet >= lost ? shift : 0))}`;
    expect(lossy.frames.map((frame) => key(frame, 1)).sort()).toEqual(others.map((frame) => key(frame, 0)).sort());
  });

  test("--merge: the packets of two captures, as of one", async () => {
    const even = some("calculator", (index) => index % 2 === 0, "even.pcap");
    const odd = some("calculator", (index) => index % 2 === 1, "odd.pcap");
    const merged = await framesOf("--merge", even, odd);
    const whole = await framesOf("captures/calculator.pcap");
    expect(merged.status).toBe(0);
    expect(withoutPackets(merged.frames)).toEqual(
      withoutPackets(whole.frames).map((frame) => expect.objectContaining({ ...frame })),
    );
  });
});
