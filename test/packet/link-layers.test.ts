import { describe, expect, test } from "@jest/globals";
import { DecoderBench, expectFound, FROM4, FROM6, PAYLOAD, packet4, packet6 } from "../support/decoder-bench.js";
import { type Bytes, concat, ethernet, IPV4, IPV6, u16, u32 } from "../support/packets.js";

const padding = new Uint8Array(9).fill(0x77);
const snap = (etherType: number, payload: Bytes) => concat([0xaa, 0xaa, 3, 0, 0, 0], u16(etherType), payload);
const wlan = (frameControl: number[], headerBytes: number, body: Bytes) =>
  concat(frameControl, new Uint8Array(headerBytes - 2), body);
const radiotap = (present: number, fields: Bytes) => {
  const header = [
    0,
    0,
    8 + fields.length,
    0,
    present & 255,
    (present >> 8) & 255,
    (present >> 16) & 255,
    present >>> 24,
  ];
  return concat(header, fields);
};

describe("link layers", () => {
  const rows: [name: string, linkType: number, bytes: Bytes, from: string][] = [
    ["Ethernet, IPv4", 1, ethernet(IPV4, packet4), FROM4],
    ["Ethernet, IPv6", 1, ethernet(IPV6, packet6), FROM6],
    ["802.1Q", 1, ethernet(IPV4, packet4, [[0x8100, 5]]), FROM4],
    [
      "802.1ad and QinQ",
      1,
      ethernet(IPV6, packet6, [
        [0x88a8, 7],
        [0x8100, 5],
      ]),
      FROM6,
    ],
    [
      "QinQ of older switches",
      1,
      ethernet(IPV4, packet4, [
        [0x9100, 7],
        [0x9200, 9],
        [0x8100, 5],
      ]),
      FROM4,
    ],
    ["802.3 with LLC and SNAP", 1, ethernet(8 + packet4.length, snap(IPV4, packet4)), FROM4],
    ["a tag, then LLC and SNAP", 1, ethernet(8 + packet4.length, snap(IPV4, packet4), [[0x8100, 1]]), FROM4],
    ["MPLS, IPv4", 1, ethernet(0x8847, concat([0, 1, 0, 64], [0, 2, 1, 64], packet4)), FROM4],
    ["MPLS, IPv6", 1, ethernet(0x8848, concat([0, 1, 1, 64], packet6)), FROM6],
    ["MPLS pseudowire", 1, ethernet(0x8847, concat([0, 1, 1, 64], [0, 0, 0, 0], ethernet(IPV4, packet4))), FROM4],
    ["PPPoE", 1, ethernet(0x8864, concat([0x11, 0, 0, 1], u16(packet4.length + 2), [0, 0x21], packet4)), FROM4],
    ["PPPoE, IPv6", 1, ethernet(0x8864, concat([0x11, 0, 0, 1], u16(packet6.length + 2), [0, 0x57], packet6)), FROM6],
    ["802.1ah", 1, ethernet(0x88e7, concat([0, 0, 0, 1], ethernet(IPV4, packet4))), FROM4],
    ["NULL, little-endian", 0, concat([2, 0, 0, 0], packet4), FROM4],
    ["NULL, big-endian", 0, concat([0, 0, 0, 2], packet4), FROM4],
    ["NULL, IPv6 of macOS", 0, concat([30, 0, 0, 0], packet6), FROM6],
    ["NULL, IPv6 of FreeBSD", 0, concat([0, 0, 0, 28], packet6), FROM6],
    ["NULL, IPv6 of OpenBSD", 0, concat([24, 0, 0, 0], packet6), FROM6],
    ["LOOP", 108, concat([0, 0, 0, 2], packet4), FROM4],
    ["LOOP, IPv6", 108, concat([0, 0, 0, 24], packet6), FROM6],
    ["RAW, IPv4", 101, packet4, FROM4],
    ["RAW, IPv6", 101, packet6, FROM6],
    ["RAW of the BSDs", 12, packet4, FROM4],
    ["RAW of OpenBSD", 14, packet6, FROM6],
    ["IPV4", 228, packet4, FROM4],
    ["IPV6", 229, packet6, FROM6],
    ["LINUX_SLL", 113, concat(new Uint8Array(14), u16(IPV4), packet4), FROM4],
    ["LINUX_SLL, a VLAN tag", 113, concat(new Uint8Array(14), u16(0x8100), [0, 5], u16(IPV4), packet4), FROM4],
    ["LINUX_SLL2", 276, concat(u16(IPV6), new Uint8Array(18), packet6), FROM6],
    ["PPP", 9, concat([0xff, 3, 0, 0x21], packet4), FROM4],
    ["PPP, compressed", 9, concat([0x21], packet4), FROM4],
    ["PPP of pppd, with direction", 204, concat([1, 0, 0x57], packet6), FROM6],
    ["PPP over Ethernet", 51, concat([0x11, 0, 0, 1, 0, 40, 0, 0x21], packet4), FROM4],
    ["Cisco HDLC", 104, concat([0x0f, 0], u16(IPV4), packet4), FROM4],
    ["802.11 data", 105, wlan([8, 1], 24, snap(IPV4, packet4)), FROM4],
    ["802.11 QoS data", 105, wlan([0x88, 2], 26, snap(IPV6, packet6)), FROM6],
    ["802.11 QoS data with HT control", 105, wlan([0x88, 0x81], 30, snap(IPV4, packet4)), FROM4],
    ["802.11 between access points", 105, wlan([0x88, 3], 32, snap(IPV4, packet4)), FROM4],
    ["radiotap", 127, concat(radiotap(0, []), wlan([8, 1], 24, snap(IPV4, packet4))), FROM4],
    [
      "radiotap, time and flags, padded",
      127,
      concat(radiotap(3, [0, 0, 0, 0, 0, 0, 0, 0, 0x20]), wlan([0x88, 1], 28, snap(IPV4, packet4))),
      FROM4,
    ],
    [
      "radiotap, two words of fields",
      127,
      concat(radiotap(0x8000_0002, [0, 0, 0, 0, 0x20]), wlan([0x88, 1], 28, snap(IPV4, packet4))),
      FROM4,
    ],
    [
      "AVS",
      163,
      concat([0x80, 0x21, 0x10, 1], u32(64), new Uint8Array(56), wlan([8, 1], 24, snap(IPV4, packet4))),
      FROM4,
    ],
    [
      "Prism",
      119,
      concat([0x44, 0, 0, 0, 144, 0, 0, 0], new Uint8Array(136), wlan([8, 1], 24, snap(IPV4, packet4))),
      FROM4,
    ],
    ["PKTAP", 258, concat([16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], ethernet(IPV4, packet4)), FROM4],
  ];
  test.each(rows)("%s", (_, linkType, bytes, from) => {
    expectFound(bytes, { linkType }, from);
  });

  test.each(rows)(
    "%s: cut anywhere before its TCP header it gives nothing, and throws nothing",
    (_, linkType, bytes) => {
      const bench = new DecoderBench();
      const whole = Uint8Array.from(bytes);
      for (let length = 0; length < whole.length - PAYLOAD.length; length++)
        bench.packet(whole.subarray(0, length), { linkType, originalLength: whole.length });
      expect(bench.found).toEqual([]);
    },
  );

  test("a link type that is not known is told once, and counted", () => {
    const bench = new DecoderBench();
    for (let i = 0; i < 3; i++) bench.packet(new Uint8Array(60), { linkType: 189 });
    expect(bench.told.texts).toEqual(["link type 189 (USB_LINUX) is not supported: its packets are skipped"]);
    expect([...bench.decoder.counts.unsupportedLinkTypes]).toEqual([[189, 3]]);
  });

  test("802.11 frames that carry no readable data are none of ours", () => {
    const bench = new DecoderBench();
    const frames = [
      wlan([0x80, 0], 24, padding),
      wlan([0xb4, 0], 16, []),
      wlan([0x48, 1], 24, []),
      wlan([8, 0x41], 24, snap(IPV4, packet4)),
      concat([0x88, 1], new Uint8Array(22), [0x80, 0], snap(IPV4, packet4)),
    ];
    for (const frame of frames) bench.packet(frame, { linkType: 105 });
    expect(bench.found).toEqual([]);
    expect(bench.decoder.counts).toMatchObject({ nonIp: 5, malformed: 0 });
  });
});
