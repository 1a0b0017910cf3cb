import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatHex } from "../../src/bytes/hex.js";
import {
  BASE_SECONDS,
  block,
  type CapturedPacket,
  enhancedPacket,
  halfWords,
  interfaceBlock,
  options,
  pcapngFile,
  sectionHeader,
  words,
} from "../support/capture-files.js";
import { everyBytes } from "../support/cuts.js";
import { concat } from "../support/packets.js";
import { readCapture } from "../support/recorded-packets.js";

const PACKETS: CapturedPacket[] = Array.from({ length: 12 }, (_, i) => ({
  bytes: new Uint8Array(3 + 7 * i).fill(i + 1),
  originalLength: 3 + 7 * i + (i === 5 ? 1000 : 0),
}));
const hexes = PACKETS.map(({ bytes }) => formatHex(Uint8Array.from(bytes)));
const text = (value: string) => new TextEncoder().encode(value);

const COMMENT = 1;
const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const IF_TSOFFSET = 14;

describe.each([true, false])("little-endian: %s", (littleEndian) => {
  const file = pcapngFile(PACKETS, 113, littleEndian);

  test("§4.3 Enhanced Packet Blocks, however cut", () => {
    for (const cuts of [[], everyBytes(file.length, 1), everyBytes(file.length, 13)]) {
      const { packets, told } = readCapture(file, cuts);
      expect(told.texts).toEqual([]);
      expect(packets.map(({ hex }) => hex)).toEqual(hexes);
      expect(packets[5]).toMatchObject({
        number: 6,
        seconds: BASE_SECONDS,
        nanoseconds: 5_000_000,
        originalLength: 1038,
        linkType: 113,
      });
    }
  });

  test("cut at every byte: what was whole is read, and the cut is told", () => {
    const whole = readCapture(file).packets;
    let complete = 0;
    for (let length = 12; length <= file.length; length++) {
      const { packets, told } = readCapture(file.subarray(0, length), [length - 5]);
      expect(packets).toEqual(whole.slice(0, packets.length));
      if (told.codes.length === 0) complete++;
      else {
        expect(told.codes).toEqual(["CAPTURE_TRUNCATED"]);
        expect(told.all[0].values.offset).toBe(length);
      }
    }
    expect(complete).toBe(2 + PACKETS.length);
  });

  test("§4.4 Simple Packet Blocks: the first interface, its snapshot length, no time", () => {
    const simple = block(3, concat(words(littleEndian, 6), [1, 2, 3, 4, 5, 6]), littleEndian);
    const cut = block(3, concat(words(littleEndian, 90), new Uint8Array(8).fill(9)), littleEndian);
    const snapped = interfaceBlock(101, littleEndian, [], 8);
    const { packets, told } = readCapture(concat(sectionHeader(littleEndian), snapped, simple, cut));
    expect(told.texts).toEqual([]);
    expect(packets).toMatchObject([
      { hex: "010203040506", originalLength: 6, linkType: 101, seconds: 0 },
      { hex: "0909090909090909", originalLength: 90 },
    ]);
  });

  test("appendix A: the obsolete Packet Block", () => {
    const body = concat(halfWords(littleEndian, 0, 3), words(littleEndian, 0, 7_000_001, 3, 9), [1, 2, 3, 0]);
    const file = concat(sectionHeader(littleEndian), interfaceBlock(1, littleEndian), block(2, body, littleEndian));
    expect(readCapture(file).packets).toMatchObject([
      { hex: "010203", originalLength: 9, seconds: 7, nanoseconds: 1000 },
    ]);
  });

  test("§4.2 if_tsresol, if_tsoffset, if_fcslen", () => {
    const at = 1_700_000_000_123_456_789n;
    const offset = words(littleEndian, littleEndian ? 100 : 0, littleEndian ? 0 : 100);
    const interfaces = [
      interfaceBlock(1, littleEndian, [[IF_TSRESOL, [9]]]),
      interfaceBlock(1, littleEndian, [[IF_TSRESOL, [0]]]),
      interfaceBlock(1, littleEndian, [[IF_TSRESOL, [0x80 | 20]]]),
      interfaceBlock(1, littleEndian, [[IF_TSRESOL, [12]]]),
      interfaceBlock(1, littleEndian, [
        [IF_FCSLEN, [4]],
        [IF_TSOFFSET, offset],
      ]),
    ];
    const ticks = [at, 5n, (3n << 20n) + (1n << 19n), 1_500_000_000_250n * 1_000_000n, 1_000_000n];
    const blocks = ticks.map((each, id) =>
      enhancedPacket({ bytes: [id], interfaceId: id, ticks: each }, id, littleEndian),
    );
    const { packets } = readCapture(concat(sectionHeader(littleEndian), ...interfaces, ...blocks));
    const times = packets.map(({ seconds, nanoseconds }) => `${seconds}.${String(nanoseconds).padStart(9, "0")}`);
    expect(times).toEqual(["1700000000.123456789", "5.000000000", "3.500000000", "1500000.000250000", "101.000000000"]);
    expect(packets[4]).toMatchObject({ interfaceId: 4, fcsLength: 4 });
  });

  test("§4.7 Decryption Secrets Blocks are handed on", () => {
    const secrets = text("CLIENT_RANDOM 00 11\n");
    const dsb = block(10, concat(words(littleEndian, 0x544c534b, secrets.length), secrets), littleEndian);
    const file = concat(sectionHeader(littleEndian), dsb, interfaceBlock(1, littleEndian));
    const read = readCapture(file, everyBytes(file.length, 5));
    expect(read.secrets).toEqual([{ type: 0x544c534b, hex: formatHex(secrets) }]);
  });
});

test("if_tsresol: exact at the ends of a second", () => {
  const micro = (ticks: bigint) => {
    const file = concat(sectionHeader(), interfaceBlock(), enhancedPacket({ bytes: [1], ticks }, 0));
    const [{ seconds, nanoseconds }] = readCapture(file).packets;
    return BigInt(seconds) * 1_000_000n + BigInt(nanoseconds) / 1000n;
  };
  const nano = (ticks: bigint) => {
    const file = concat(
      sectionHeader(),
      interfaceBlock(1, true, [[IF_TSRESOL, [9]]]),
      enhancedPacket({ bytes: [1], ticks }, 0),
    );
    const [{ seconds, nanoseconds }] = readCapture(file).packets;
    return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  };
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n }), fc.bigInt({ min: -130n, max: 130n }), (ticks, around) => {
      const second = (ticks / 1_000_000_000n) * 1_000_000_000n + 1_000_000_000n + around;
      for (const each of [ticks, second]) expect(nano(each)).toBe(each);
      const small = ticks >> 12n;
      expect(micro(small)).toBe(small);
    }),
  );
});

test("§3.5 comments of packets are told", () => {
  const options: [number, Uint8Array][] = [
    [2, words(true, 0)],
    [COMMENT, text("slow call")],
    [COMMENT, text("größer")],
  ];
  const packet = enhancedPacket({ bytes: [1, 2, 3], options }, 0);
  const { told } = readCapture(concat(sectionHeader(), interfaceBlock(), packet));
  expect(told.all.map(({ code, values, place }) => [code, values.comment, place.packet])).toEqual([
    ["CAPTURE_COMMENT", "slow call", 1],
    ["CAPTURE_COMMENT", "größer", 1],
  ]);
});

test("§4.1 several sections, each with its own byte order and interfaces", () => {
  const sections = [true, false, true].map((littleEndian, i) =>
    pcapngFile(PACKETS.slice(i, i + 2), 1 + i, littleEndian),
  );
  const { packets, told } = readCapture(concat(...sections));
  expect(told.texts).toEqual([]);
  expect(packets.map(({ number, linkType, interfaceId, hex }) => [number, linkType, interfaceId, hex])).toEqual([
    [1, 1, 0, hexes[0]],
    [2, 1, 0, hexes[1]],
    [3, 2, 1, hexes[1]],
    [4, 2, 1, hexes[2]],
    [5, 3, 2, hexes[2]],
    [6, 3, 2, hexes[3]],
  ]);
});

test("§4.1 a section of another major version is skipped, the next one is read", () => {
  const later = pcapngFile(PACKETS.slice(0, 2));
  later[12] = 2;
  const { packets, told } = readCapture(concat(later, pcapngFile(PACKETS.slice(2, 4))));
  expect(packets.map(({ hex }) => hex)).toEqual(hexes.slice(2, 4));
  expect(told.texts).toEqual([
    "the pcapng block at byte 0 is broken (version 2 of pcapng is not known: its section is skipped): 28 bytes are skipped",
  ]);
});

test("blocks and options that are not known are skipped by their length", () => {
  const unknown = [4, 5, 9, 0xbad, 0x40000bad, 0x80000001].map((type) => block(type, new Uint8Array(5000).fill(0xab)));
  const packet = enhancedPacket({ bytes: [7], options: [[32_000, [1, 2, 3]]] }, 0);
  const file = concat(sectionHeader(), ...unknown, interfaceBlock(), ...unknown, packet, ...unknown);
  for (const cuts of [[], everyBytes(file.length, 999)]) {
    const { packets, told } = readCapture(file, cuts);
    expect(packets.map(({ hex }) => hex)).toEqual(["07"]);
    expect(told.texts).toEqual([]);
  }
  expect(readCapture(file.subarray(0, file.length - 100)).told.texts).toEqual([
    `the capture ends in the middle of a block at byte ${file.length - 100}: 100 bytes are missing`,
  ]);
});

describe("a broken block is told with its place, and reading goes on", () => {
  const before = concat(sectionHeader(), interfaceBlock(), enhancedPacket(PACKETS[0], 0));
  const after = enhancedPacket(PACKETS[2], 2);
  const good = enhancedPacket(PACKETS[1], 1);
  const withWord = (at: number, value: number) => {
    const bytes = good.slice();
    bytes.set(words(true, value), at);
    return bytes;
  };
  const rows: [name: string, broken: Uint8Array, reason: string][] = [
    ["a length below 12", withWord(4, 8), "its length is 8"],
    ["a length that 4 does not divide", withWord(4, 45), "its length is 45"],
    ["a length of 4 GiB", withWord(4, 0xffff_fffc), "its length is 4294967292"],
    ["two lengths", withWord(good.length - 4, 12), "its two lengths differ"],
    ["an interface that is not there", withWord(8, 3), "it names interface 3, which is not described"],
    ["more captured than the block holds", withWord(20, 5000), "it claims 5000 captured bytes"],
    ["a packet block without a packet", block(6, new Uint8Array(8)), "too short for a packet"],
    ["an interface without a link type", block(1, [1, 0, 0, 0]), "too short for an interface"],
    ["more secrets than the block holds", block(10, words(true, 1, 500)), "it claims 500 bytes of secrets"],
    ["a section with no byte order", block(0x0a0d0d0a, new Uint8Array(16)), "no byte-order magic"],
    ["noise", new Uint8Array(99).fill(0xf3), "its length is 4092851187"],
  ];
  test.each(rows)("%s", (_, broken, reason) => {
    const file = concat(before, broken, after);
    for (const cuts of [[], everyBytes(file.length, 1)]) {
      const { packets, told } = readCapture(file, cuts);
      expect(packets.map(({ hex }) => hex)).toEqual([hexes[0], hexes[2]]);
      expect(told.all.map(({ code, values }) => [code, values])).toEqual([
        ["CAPTURE_BLOCK_BROKEN", { offset: before.length, reason, skipped: broken.length }],
      ]);
    }
  });

  test("options that reach beyond their block are left out", () => {
    const packet = enhancedPacket({ ...PACKETS[1], options: [[COMMENT, text("abcd")]] }, 1);
    packet[packet.length - 14] = 200;
    const { packets, told } = readCapture(concat(before, packet, after));
    expect(packets).toHaveLength(3);
    expect(told.texts).toEqual([]);
  });

  test("maxCaptureInterfaces: told once a section, and those before are read", () => {
    const section = concat(sectionHeader(), ...Array.from({ length: 5 }, () => interfaceBlock()));
    const packet = (interfaceId: number) => enhancedPacket({ ...PACKETS[1], interfaceId }, 1);
    const capture = concat(section, packet(1), packet(2), section, packet(0));
    const { packets, told } = readCapture(capture, [], { maxCaptureInterfaces: 2 });
    expect(packets).toHaveLength(2);
    expect(told.codes).toEqual(["CAPTURE_INTERFACE_LIMIT", "CAPTURE_BLOCK_BROKEN", "CAPTURE_INTERFACE_LIMIT"]);
  });

  test("maxPacketBytes, maxCaptureBlockBytes", () => {
    const long = enhancedPacket({ bytes: new Uint8Array(400) }, 1);
    const packets = readCapture(concat(before, long, after), [], { maxPacketBytes: 300 });
    expect(packets.packets).toHaveLength(2);
    expect(packets.told.codes).toEqual(["CAPTURE_BLOCK_BROKEN"]);
    const blocks = readCapture(concat(before, block(9, new Uint8Array(900)), after), [], { maxCaptureBlockBytes: 800 });
    expect(blocks.packets).toHaveLength(2);
    expect(blocks.told.codes).toEqual(["CAPTURE_BLOCK_BROKEN"]);
  });
});

test("options of the builders end their list", () => {
  expect(formatHex(options([[1, [0x61]]]))).toBe("010001006100000000000000");
});
