/** Our reading of capture files against Wireshark's: packets, lengths, times, link types; and files that its editcap writes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createCaptureReader } from "../../src/capture/reader.js";
import { LIMITS } from "../../src/limits.js";
import { PacketDecoder } from "../../src/packet/decoder.js";
import { TcpAssembler } from "../../src/tcp/assembler.js";
import { describeWithPeers } from "../support/peers.js";
import { type ReadCapture, readCapture } from "../support/recorded-packets.js";
import { RecordedStreams } from "../support/recorded-streams.js";
import { describeWithSharedData, sharedData } from "../support/shared-data.js";

function filesOf(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /cap(ng)?$/.test(name))
      .map((name) => join(folder, name))
      .sort(),
  );
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** Wireshark's own numbers of encapsulations → LINKTYPE_ numbers; two that it takes for the same stand together. */
const LINK_TYPES: Readonly<Record<string, readonly number[]>> = {
  1: [1],
  4: [9, 50],
  7: [101],
  15: [0],
  25: [113],
  26: [107],
  28: [104],
  47: [149],
  104: [195],
  129: [228],
  130: [229],
  141: [239],
  171: [258],
  185: [271],
};

/** Files whose second section is of a version that does not exist; tshark stops there. */
const NOT_FOR_TSHARK = /test901\.pcapng$/;
/** Has an option that mergecap copies wrongly. */
const NOT_FOR_MERGECAP = /epb\.pcapng$/;

/** Captured length, original length, time and encapsulation of each packet. */
function listByTshark(file: string): string[][] {
  const fields = ["frame.cap_len", "frame.len", "frame.time_epoch", "frame.encap_type"].flatMap((field) => [
    "-e",
    field,
  ]);
  return (
    run("tshark", "-n", "-r", file, "-T", "fields", ...fields)
      .trimEnd()
      .split("\n")
      .map((line) => line.split("\t"))
      // Custom blocks are listed too, without an encapsulation.
      .filter(([, , , encapsulation]) => encapsulation !== "")
  );
}

const folders = () => [sharedData("pcapng"), sharedData("link-types"), sharedData("foreign"), sharedData("captures")];

describeWithSharedData("capture files of others", () => {
  describeWithPeers(["tshark"], "tshark lists the same packets", () => {
    const work = mkdtempSync(join(tmpdir(), "cal-inspect-"));
    afterAll(() => rmSync(work, { recursive: true }));

    test("count, lengths, times, link types", () => {
      const all = filesOf(...folders()).filter((file) => !NOT_FOR_TSHARK.test(file));
      const single = all.filter((file) => NOT_FOR_MERGECAP.test(file));
      const others = all.filter((file) => !NOT_FOR_MERGECAP.test(file));
      expect(others.length).toBeGreaterThan(200);
      // Starting tshark for each file takes a minute: their packets are put behind each other by mergecap first.
      const merged = join(work, "merged.pcapng");
      run("mergecap", "-a", "-w", merged, ...others);
      const theirs = [merged, ...single].flatMap(listByTshark);
      const files = [...others, ...single];
      const ours = files.flatMap((file) =>
        readCapture(readFileSync(file)).packets.map((packet) => ({ ...packet, file })),
      );
      expect(ours).toHaveLength(theirs.length);
      for (const [i, [captured, original, time, encapsulation]] of theirs.entries()) {
        const { file, number, hex, originalLength, seconds, nanoseconds, linkType } = ours[i];
        // A Simple Packet Block has no time.
        const isTimed = time !== "" && time !== "0.000000000";
        const ourTime = isTimed ? `${seconds}.${String(nanoseconds).padStart(9, "0")}` : time;
        expect([file, number, hex.length / 2, originalLength, ourTime]).toEqual([
          file,
          number,
          Number(captured),
          Number(original),
          time,
        ]);
        expect(LINK_TYPES[encapsulation]).toContain(linkType);
      }
    });
  });

  test("each ends by itself, whole and in pieces", () => {
    for (const file of filesOf(...folders())) {
      const bytes = readFileSync(file);
      for (const size of [bytes.length, 1000]) {
        const streams = new RecordedStreams();
        const tcp = new TcpAssembler(streams, () => {}, LIMITS);
        const decoder = new PacketDecoder(() => {}, LIMITS);
        const reader = createCaptureReader(
          { packet: (packet) => decoder.decode(packet, packet.seconds * 1e9 + packet.nanoseconds, tcp) },
          () => {},
          LIMITS,
        );
        for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
        reader.end();
        tcp.finish(0);
        for (const { sides } of streams.connections) expect([sides[0].closed, sides[1].closed]).not.toContain(null);
      }
    }
  });
});

describeWithPeers(["tshark"], "what editcap writes", () => {
  const work = mkdtempSync(join(tmpdir(), "cal-inspect-"));
  afterAll(() => rmSync(work, { recursive: true }));
  let original: ReadCapture;
  const input = "captures/calculator.pcap";

  beforeAll(() => {
    original = readCapture(readFileSync(input));
  });

  describe("the original", () => {
    test.each(["pcap", "nsecpcap", "modpcap", "pcapng"])("as %s", (format) => {
      const output = join(work, format);
      run("editcap", "-F", format, input, output);
      const { packets, told } = readCapture(readFileSync(output));
      expect(told.texts).toEqual([]);
      expect(packets.length).toBeGreaterThan(20);
      expect(packets).toEqual(original.packets);
    });

    test("cut to 60 bytes a packet", () => {
      const output = join(work, "snapped");
      run("editcap", "-s", "60", input, output);
      const { packets } = readCapture(readFileSync(output));
      expect(packets).toEqual(original.packets.map((packet) => ({ ...packet, hex: packet.hex.slice(0, 120) })));
    });

    test("with secrets and a comment", () => {
      const output = join(work, "secrets.pcapng");
      run("editcap", "--inject-secrets", "tls,LICENSE", "-a", "2:seen", input, output);
      const { packets, secrets, told } = readCapture(readFileSync(output));
      expect(packets).toEqual(original.packets);
      expect(secrets.map(({ type, hex }) => [type, hex])).toEqual([
        [0x544c534b, readFileSync("LICENSE").toString("hex")],
      ]);
      expect(told.all).toMatchObject([{ code: "CAPTURE_COMMENT", values: { comment: "seen" }, place: { packet: 2 } }]);
    });
  });
});
