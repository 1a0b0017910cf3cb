/** The same traffic in every container, link type and tunnel gives the same streams. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parseHex } from "../../src/bytes/hex.js";
import { type CapturedPacket, pcapFile, pcapngFile } from "../support/capture-files.js";
import { concat, ethernet, IPV4, IPV6, ipv4, ipv6, u16, u32, udp } from "../support/packets.js";
import { readCapture } from "../support/recorded-packets.js";
import { describeStreams, streamsOf } from "../support/streams-of.js";

const recorded = readFileSync("captures/calculator.pcap");
const ETHERNET_BYTES = 14;
const packets = readCapture(recorded)
  .packets.map(({ hex }) => parseHex(hex))
  .filter((packet) => ((packet[12] << 8) | packet[13]) === IPV4);
const expected = describeStreams(streamsOf(pcapFile(packets.map((bytes) => ({ bytes })))));

/** An IPv4 packet as fragments of at most 64 bytes, the last one first. */
function fragments(packet: Uint8Array, identification: number): Uint8Array[] {
  const payload = packet.subarray(20);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += 64) {
    const more = at + 64 < payload.length;
    const part = payload.subarray(at, at + 64);
    const ends = { source: "127.0.0.1", destination: "127.0.0.1" };
    parts.unshift(ipv4({ ...ends, identification, fragmentOffset: at, more, payload: part }));
  }
  return parts;
}

const outer4 = (protocol: number, payload: Uint8Array) =>
  ethernet(IPV4, ipv4({ source: "192.0.2.1", destination: "192.0.2.2", protocol, payload }));

type Wrap = (ip: Uint8Array, index: number) => Uint8Array | Uint8Array[];

const rows: [name: string, linkType: number, wrap: Wrap][] = [
  ["Ethernet", 1, (ip) => ethernet(IPV4, ip)],
  [
    "802.1ad and 802.1Q",
    1,
    (ip) =>
      ethernet(IPV4, ip, [
        [0x88a8, 2],
        [0x8100, 3],
      ]),
  ],
  ["NULL", 0, (ip) => concat([2, 0, 0, 0], ip)],
  ["LOOP", 108, (ip) => concat([0, 0, 0, 2], ip)],
  ["RAW", 101, (ip) => ip],
  ["LINUX_SLL", 113, (ip) => concat(new Uint8Array(14), u16(IPV4), ip)],
  ["LINUX_SLL2", 276, (ip) => concat(u16(IPV4), new Uint8Array(18), ip)],
  ["MPLS", 1, (ip) => ethernet(0x8847, concat([0, 1, 0, 64, 0, 2, 1, 64], ip))],
  ["PPPoE", 1, (ip) => ethernet(0x8864, concat([0x11, 0, 0, 1], u16(ip.length + 2), [0, 0x21], ip))],
  ["802.11", 105, (ip) => concat([0x88, 1], new Uint8Array(24), [0xaa, 0xaa, 3, 0, 0, 0], u16(IPV4), ip)],
  ["GRE", 1, (ip) => outer4(47, concat([0, 0], u16(IPV4), ip))],
  ["IP in IP", 1, (ip) => outer4(4, ip)],
  ["IPv4 in IPv6", 1, (ip) => ethernet(IPV6, ipv6({ nextHeader: 4, payload: ip }))],
  ["VXLAN", 1, (ip) => outer4(17, udp(999, 4789, concat([8, 0, 0, 0], u32(0x900), ethernet(IPV4, ip))))],
  ["Geneve", 1, (ip) => outer4(17, udp(999, 6081, concat([0, 0], u16(0x6558), u32(0x900), ethernet(IPV4, ip))))],
  ["IPv4 fragments, backwards", 101, fragments],
  ["every packet twice", 101, (ip) => [ip, ip]],
];

describe("the same streams", () => {
  test("the recording itself has some", () => {
    expect(expected.length).toBeGreaterThan(2);
    expect(expected.every((stream) => stream.includes("fin"))).toBe(true);
  });

  test.each(rows)("%s", (_, linkType, wrap) => {
    const wrapped: CapturedPacket[] = packets
      .flatMap((packet, index) => wrap(packet.subarray(ETHERNET_BYTES), index))
      .map((bytes) => ({ bytes }));
    const files = [
      pcapFile(wrapped, { linkType }),
      pcapFile(wrapped, { linkType, littleEndian: false, nanoseconds: true }),
      pcapFile(wrapped, { linkType, modified: true }),
      pcapngFile(wrapped, linkType),
      pcapngFile(wrapped, linkType, false),
    ];
    for (const file of files) {
      const found = streamsOf(file, [1000, 1777, 5001, 5002]);
      expect(describeStreams(found)).toEqual(expected);
      expect(found.told.texts).toEqual([]);
    }
  });
});
