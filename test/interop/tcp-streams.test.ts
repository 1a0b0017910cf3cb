/** Ordered bytes of every TCP stream: ours against what tshark follows. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { type CapturedPacket, pcapFile } from "../support/capture-files.js";
import { describeWithPeers } from "../support/peers.js";
import { readCapture } from "../support/recorded-packets.js";
import { describeWithSharedData, sharedData } from "../support/shared-data.js";
import { streamsOf } from "../support/streams-of.js";

/** "client bytes/server bytes" in hexadecimal, one for each of `count` streams. */
function followByTshark(file: string, count: number): string[] {
  const follow = Array.from({ length: count }, (_, i) => ["-z", `follow,tcp,raw,${i}`]).flat();
  const options = ["-q", "-n", "-r", file, "-o", "tcp.reassemble_out_of_order:TRUE"];
  const { stdout } = spawnSync("tshark", [...options, ...follow], { encoding: "utf8", maxBuffer: 1 << 28 });
  // tshark prints the taps it was asked for in no promised order: each names its filter.
  const streams: string[] = [];
  for (const part of stdout.split(/^Follow: tcp,raw$/m).slice(1)) {
    const number = Number(/^Filter: tcp\.stream eq (\d+)$/m.exec(part)![1]);
    const lines = part.split("\n").filter((line) => /^\t?[0-9a-f]+$/.test(line));
    const client = lines.filter((line) => !line.startsWith("\t"));
    const server = lines.filter((line) => line.startsWith("\t")).map((line) => line.slice(1));
    streams[number] = `${client.join("")}/${server.join("")}`;
  }
  return streams;
}

function followByOurselves(file: string): string[] {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return streamsOf(readFileSync(file)).streams.connections.map(
    ({ sides }) => `${hex(sides[0].bytes)}/${hex(sides[1].bytes)}`,
  );
}

function expectSame(file: string): void {
  const ours = followByOurselves(file);
  expect(ours.length).toBeGreaterThan(0);
  expect(ours).toEqual(followByTshark(file, ours.length));
}

const TCP_FLAGS_AT = 14 + 20 + 13;
const RST = 4;

/** Packets of `file` in another order: data comes up to four places late, each fifth comes twice; a RST stays behind it. */
function disturbed(file: string): Uint8Array {
  const packets: CapturedPacket[] = readCapture(readFileSync(file)).packets.map(({ hex }) => ({
    bytes: parseHex(hex),
  }));
  const hasData = ({ bytes }: CapturedPacket) => bytes.length > 66;
  const isReset = ({ bytes }: CapturedPacket) => (bytes[TCP_FLAGS_AT] & RST) !== 0;
  const delayOf = (packet: CapturedPacket, i: number) => (isReset(packet) ? 8 : hasData(packet) ? (i * 7) % 5 : 0);
  const late = packets.map((packet, i) => ({ packet, order: i + delayOf(packet, i) }));
  const again = late.filter(({ packet }, i) => hasData(packet) && i % 5 === 0);
  const all = [...late, ...again.map(({ packet, order }) => ({ packet, order: order + 3 }))];
  return pcapFile(all.sort((a, b) => a.order - b.order).map(({ packet }) => packet));
}

describeWithPeers(["tshark"], "tshark follows the same bytes", () => {
  const work = mkdtempSync(join(tmpdir(), "cal-inspect-"));
  afterAll(() => rmSync(work, { recursive: true }));

  test.each(["calculator", "nginx", "python"])("captures/%s.pcap", (name) => {
    expectSame(`captures/${name}.pcap`);
  });

  test("captures/calculator.pcap, disturbed", () => {
    const file = join(work, "disturbed.pcap");
    writeFileSync(file, disturbed("captures/calculator.pcap"));
    const ours = followByOurselves(file);
    expect(ours).toEqual(followByTshark("captures/calculator.pcap", ours.length));
  });

  describe("of others", () => {
    describeWithSharedData("recordings", () => {
      test.each(["py-streaming", "py-gz", "py-errors"])("%s", (name) => {
        expectSame(sharedData("captures", name, "cap.pcap"));
      });
      test.each(["helloworld.pcap", "h2c-upgrade-push.pcap"])("%s", (name) => {
        expectSame(sharedData("foreign", name));
      });
    });
  });
});
