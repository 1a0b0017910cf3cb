import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatHex } from "../../src/bytes/hex.js";
import {
  BASE_SECONDS,
  type CapturedPacket,
  type PcapOptions,
  pcapFile,
  pcapHeader,
  pcapRecord,
  timeOf,
  words,
} from "../support/capture-files.js";
import { everyBytes } from "../support/cuts.js";
import { concat } from "../support/packets.js";
import { type RecordedPacket, readCapture } from "../support/recorded-packets.js";

const PACKETS: CapturedPacket[] = [
  { bytes: [1, 2, 3, 4, 5], nanoseconds: 123_456_789 },
  { bytes: new Uint8Array(100).fill(0x11), nanoseconds: 999_999_999 },
  { bytes: [], originalLength: 60 },
  { bytes: new Uint8Array(33).fill(0x22), originalLength: 1500 },
];

function expected(packets: readonly CapturedPacket[], { nanoseconds = false }: PcapOptions = {}): RecordedPacket[] {
  return packets.map((packet, index) => {
    const time = timeOf(packet, index);
    return {
      number: index + 1,
      seconds: time.seconds,
      nanoseconds: nanoseconds ? time.nanoseconds : Math.floor(time.nanoseconds / 1000) * 1000,
      originalLength: packet.originalLength ?? packet.bytes.length,
      linkType: 1,
      fcsLength: 0,
      interfaceId: 0,
      hex: formatHex(Uint8Array.from(packet.bytes)),
    };
  });
}

const VARIANTS: PcapOptions[] = [true, false].flatMap((littleEndian) => [
  { littleEndian },
  { littleEndian, nanoseconds: true },
  { littleEndian, modified: true },
]);

describe("draft-ietf-opsawg-pcap: all variants", () => {
  test.each(VARIANTS)("%j", (options) => {
    const file = pcapFile(PACKETS, options);
    for (const cuts of [[], everyBytes(file.length, 1), everyBytes(file.length, 7)]) {
      const { packets, told } = readCapture(file, cuts);
      expect(packets).toEqual(expected(PACKETS, options));
      expect(told.texts).toEqual([]);
    }
  });

  test("any cuts", () => {
    const file = pcapFile(PACKETS);
    fc.assert(
      fc.property(fc.array(fc.nat(file.length)), (cuts) => {
        expect(readCapture(file, cuts).packets).toEqual(expected(PACKETS));
      }),
    );
  });

  test("§4 link type: the upper bits are no part of it, and tell of a frame check sequence", () => {
    const [packet] = readCapture(pcapFile(PACKETS, { linkType: 0x2400_0071 })).packets;
    expect(packet).toMatchObject({ linkType: 113, fcsLength: 4 });
    const [unknown] = readCapture(pcapFile(PACKETS, { linkType: 0x2000_0001 })).packets;
    expect(unknown).toMatchObject({ linkType: 1, fcsLength: 0 });
  });

  test("version 2.3 and older may have the two lengths the other way round", () => {
    const record = concat(words(true, BASE_SECONDS, 0, 60, 4), [1, 2, 3, 4]);
    const file = concat(pcapHeader(), record);
    file[6] = 3;
    expect(readCapture(file).packets).toMatchObject([{ hex: "01020304", originalLength: 60 }]);
  });
});

describe("a file that is cut", () => {
  test.each([VARIANTS[0], VARIANTS[5]])("%j, at every byte: what was whole is read, and the cut is told", (options) => {
    const file = pcapFile(PACKETS, options);
    const ends = [pcapHeader(options).length];
    for (const [index, packet] of PACKETS.entries()) ends.push(ends[index] + pcapRecord(packet, index, options).length);
    for (let length = 4; length < file.length; length++) {
      const { packets, told } = readCapture(file.subarray(0, length), [length >> 1]);
      const whole = ends.filter((end) => end <= length).length - 1;
      expect(packets).toEqual(expected(PACKETS, options).slice(0, Math.max(whole, 0)));
      if (ends.includes(length)) expect(told.texts).toEqual([]);
      else {
        expect(told.codes).toEqual(["CAPTURE_TRUNCATED"]);
        expect(told.all[0].values.offset).toBe(length);
      }
    }
  });

  test("what is missing is counted", () => {
    const file = pcapFile(PACKETS);
    expect(readCapture(file.subarray(0, file.length - 3)).told.texts).toEqual([
      `the capture ends in the middle of a packet record at byte ${file.length - 3}: 3 bytes are missing`,
    ]);
  });
});

const REAL: CapturedPacket[] = Array.from({ length: 30 }, (_, i) => ({
  bytes: new Uint8Array(60 + i).fill(i + 1),
  originalLength: 60 + i + (i % 3),
}));
const RECORDS = REAL.map((packet, index) => pcapRecord(packet, index));
const RECORD_11 = 24 + RECORDS.slice(0, 10).reduce((length, record) => length + record.length, 0);

/** The file with `damage` written over the bytes from `offset` on. */
function damaged(offset: number, damage: Uint8Array): Uint8Array {
  const file = pcapFile(REAL);
  file.set(damage, offset);
  return file;
}

describe("a broken record is told with its place, and reading goes on behind it", () => {
  const rows: [name: string, damage: Uint8Array, at: number][] = [
    ["all of its header", new Uint8Array(16).fill(0xff), RECORD_11],
    ["a claim of 4 GiB", words(true, 0xffff_ffff), RECORD_11 + 8],
    ["more than the snapshot length", words(true, 300_000, 300_000), RECORD_11 + 8],
    ["captured more than there was", words(true, 5000), RECORD_11 + 8],
    ["a time that is none", words(true, 1_000_000), RECORD_11 + 4],
  ];
  test.each(rows)("%s", (name, damage, at) => {
    const file = damaged(at, damage);
    for (const cuts of [[], everyBytes(file.length, 1), everyBytes(file.length, 100)]) {
      const { packets, told } = readCapture(file, cuts);
      const good = expected(REAL).filter((_, i) => i !== 10);
      const isReadable = name === "a time that is none";
      if (isReadable) {
        expect(packets).toHaveLength(30);
        expect(packets[10]).toMatchObject({ seconds: BASE_SECONDS + 1, nanoseconds: 0 });
        continue;
      }
      expect(packets.map(({ hex }) => hex)).toEqual(good.map(({ hex }) => hex));
      expect(packets.map(({ number }) => number)).toEqual(good.map((_, i) => i + 1));
      expect(told.codes).toEqual(["CAPTURE_RECORD_BROKEN"]);
      expect(told.all[0].values).toMatchObject({ offset: RECORD_11, skipped: RECORDS[10].length });
      expect(told.all[0].place).toEqual({ fileOffset: RECORD_11, length: RECORDS[10].length });
    }
  });

  test("bytes that were lost: one record behind the hole may go with it, no more", () => {
    const file = pcapFile(REAL);
    const { packets, told } = readCapture(concat(file.subarray(0, RECORD_11 + 30), file.subarray(RECORD_11 + 50)));
    expect(packets.length).toBeGreaterThanOrEqual(28);
    expect(told.codes).toEqual(["CAPTURE_RECORD_BROKEN"]);
  });

  test("nothing good behind it", () => {
    const file = damaged(RECORD_11, new Uint8Array(pcapFile(REAL).length - RECORD_11).fill(0xff));
    const { packets, told } = readCapture(file);
    expect(packets).toHaveLength(10);
    expect(told.all[0].values).toMatchObject({ offset: RECORD_11, skipped: file.length - RECORD_11 });
  });

  test("a writer that names too small a snapshot length is believed", () => {
    const { packets, told } = readCapture(pcapFile(REAL, { snapshotLength: 50 }));
    expect(packets).toEqual(expected(REAL));
    expect(told.texts).toEqual([]);
  });

  test("maxPacketBytes: a longer record is not waited for", () => {
    const file = pcapFile([...REAL.slice(0, 3), { bytes: new Uint8Array(3000) }, ...REAL.slice(3, 6)]);
    const { packets, told } = readCapture(file, everyBytes(file.length, 500), { maxPacketBytes: 2000 });
    expect(packets).toHaveLength(6);
    expect(told.all).toMatchObject([
      { code: "CAPTURE_RECORD_BROKEN", values: { reason: "it claims 3000 captured bytes", skipped: 3016 } },
    ]);
  });
});

test("random damage, 1,000 times: the packets behind it are found again in all but a few", () => {
  const known = new Set(expected(REAL).map(({ hex }) => hex));
  const damages = fc.sample(
    fc.tuple(fc.integer({ min: 24, max: RECORD_11 }), fc.uint8Array({ minLength: 1, maxLength: 24 })),
    { numRuns: 1000, seed: 1 },
  );
  let recovered = 0;
  for (const [at, damage] of damages) {
    const { packets } = readCapture(damaged(at, damage), [at]);
    const right = packets.filter(({ hex }) => known.has(hex)).length;
    if (right >= 27 && packets.length - right <= 2) recovered++;
  }
  expect(recovered).toBeGreaterThanOrEqual(990);
});
