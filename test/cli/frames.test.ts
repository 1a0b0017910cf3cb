import { describe, expect, test } from "@jest/globals";
import { parseLines, runCli } from "../support/cli.js";

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
});
