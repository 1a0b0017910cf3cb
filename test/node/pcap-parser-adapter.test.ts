/** The reader that stands on pcap-parser, held against our own, packet by packet. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { createPcapParserReader } from "../../src/node/pcap-parser-adapter.js";
import { type CapturedPacket, pcapFile, pcapngFile, pcapRecord } from "../support/capture-files.js";
import { everyBytes } from "../support/cuts.js";
import { concat } from "../support/packets.js";
import { type ReadCapture, readCapture } from "../support/recorded-packets.js";

const PACKETS: CapturedPacket[] = Array.from({ length: 20 }, (_, i) => ({
  bytes: new Uint8Array(40 + 13 * i).fill(i + 1),
  nanoseconds: 999_000_000 + 12_345 * i,
  originalLength: 40 + 13 * i + (i === 7 ? 5 : 0),
}));

function readBoth(file: Uint8Array, cuts: readonly number[] = []): [ReadCapture, ReadCapture] {
  return [readCapture(file, cuts, {}, createPcapParserReader), readCapture(file, cuts)];
}

function expectSame(file: Uint8Array, cuts: readonly number[] = []): void {
  const [theirs, ours] = readBoth(file, cuts);
  expect(theirs.packets).toEqual(ours.packets);
  expect(theirs.told.all).toEqual(ours.told.all);
}

describe("reads as our own reader does", () => {
  const variants = [true, false].flatMap((littleEndian) =>
    [true, false].map((nanoseconds) => ({ littleEndian, nanoseconds, linkType: 0x2400_0071 })),
  );
  test.each(variants)("%j", (options) => {
    const file = pcapFile(PACKETS, options);
    expect(readBoth(file)[0].packets).toHaveLength(PACKETS.length);
    for (const cuts of [[], everyBytes(file.length, 1), everyBytes(file.length, 100)]) expectSame(file, cuts);
  });

  test("a file cut at every byte", () => {
    const file = pcapFile(PACKETS.slice(0, 3), { nanoseconds: true });
    for (let length = 0; length <= file.length; length++) expectSame(file.subarray(0, length), [length >> 1]);
  });

  test("what is no capture", () => {
    for (const text of ["hello", "<html>", "x".repeat(2000)]) expectSame(new TextEncoder().encode(text), [3, 700]);
  });

  const recorded = readdirSync("captures").filter((name) => name.endsWith(".pcap"));
  test.each(recorded)("captures/%s", (name) => {
    const file = readFileSync(join("captures", name));
    expect(readBoth(file)[0].packets.length).toBeGreaterThan(0);
    expectSame(file, everyBytes(file.length, 1500));
  });
});

describe("says what pcap-parser cannot do", () => {
  test("pcapng and modified pcap", () => {
    const files = [pcapngFile(PACKETS), pcapFile(PACKETS, { modified: true })];
    expect(files.map((file) => readCapture(file, [2, 30], {}, createPcapParserReader).told.texts)).toEqual([
      ["this is no packet capture but a pcapng file, which pcap-parser does not know: leave --reader out"],
      ["this is no packet capture but a modified pcap file, which pcap-parser does not know: leave --reader out"],
    ]);
  });

  test("a record that claims more than maxPacketBytes is not gathered, and nothing behind it is read", () => {
    const long = pcapRecord({ bytes: new Uint8Array(3000) }, 3);
    const file = concat(pcapFile(PACKETS.slice(0, 3)), long, pcapRecord(PACKETS[4], 4));
    for (const cuts of [[], everyBytes(file.length, 50)]) {
      const { packets, told } = readCapture(file, cuts, { maxPacketBytes: 2000 }, createPcapParserReader);
      expect(packets).toHaveLength(3);
      expect(told.all).toMatchObject([
        { code: "CAPTURE_RECORD_BROKEN", values: { reason: "it claims 3000 captured bytes" } },
      ]);
    }
  });

  test("a version that it does not take", () => {
    const file = pcapFile(PACKETS);
    file.set([9, 0, 9, 0], 4);
    expect(readCapture(file, [], {}, createPcapParserReader).told.codes).toEqual(["CAPTURE_FORMAT_UNKNOWN"]);
  });
});
