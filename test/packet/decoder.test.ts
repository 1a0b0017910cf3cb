import { describe, expect, test } from "@jest/globals";
import { formatHex } from "../../src/bytes/hex.js";
import { newPacketView } from "../../src/capture/packet-view.js";
import { LIMITS, type Limits } from "../../src/limits.js";
import { formatEndpoint } from "../../src/packet/address.js";
import { PacketDecoder } from "../../src/packet/decoder.js";
import {
  ACK,
  type Bytes,
  concat,
  ethernet,
  extensionHeader,
  IPV4,
  IPV6,
  ipv4,
  ipv6,
  ipv6Fragment,
  PSH,
  tcp,
  u16,
  u32,
  udp,
} from "../support/packets.js";
import { ToldList } from "../support/told.js";

interface FoundSegment {
  readonly from: string;
  readonly to: string;
  readonly payload: string;
  readonly payloadLength: number;
  /** Byte of the packet where the payload begins. */
  readonly origin: number;
  readonly packet: number;
}

interface Given {
  readonly linkType?: number;
  readonly originalLength?: number;
  readonly fcsLength?: number;
  readonly timeNs?: number;
}

class DecoderBench {
  readonly found: FoundSegment[] = [];
  readonly told = new ToldList();
  readonly decoder: PacketDecoder;
  private number = 0;

  constructor(limits: Partial<Limits> = {}) {
    this.decoder = new PacketDecoder(this.told.report, { ...LIMITS, ...limits });
  }

  packet(bytes: Bytes, given: Given = {}): this {
    const { linkType = 1, originalLength = bytes.length, fcsLength = 0, timeNs = 0 } = given;
    // Behind other bytes in its buffer, as in a chunk; overwritten once it was taken.
    const buf = concat(new Uint8Array(11).fill(0x45), bytes, new Uint8Array(7).fill(0x45));
    const view = { ...newPacketView(), number: ++this.number, buf, start: 11, end: 11 + bytes.length };
    this.decoder.decode({ ...view, originalLength, linkType, fcsLength }, timeNs, {
      segment: (segment) => {
        const { family, payloadStart, payloadEnd, payloadLength, packet } = segment;
        this.found.push({
          from: formatEndpoint(segment.buf, segment.sourceAddress, family, segment.sourcePort),
          to: formatEndpoint(segment.buf, segment.destinationAddress, family, segment.destinationPort),
          payload: new TextDecoder().decode(segment.buf.subarray(payloadStart, payloadEnd)),
          payloadLength,
          origin: payloadStart + segment.packetOrigin,
          packet,
        });
      },
    });
    buf.fill(0xee);
    return this;
  }
}

const PAYLOAD = "hello";
const segment = tcp({ payload: new TextEncoder().encode(PAYLOAD), flags: PSH | ACK });
const packet4 = ipv4({ payload: segment });
const packet6 = ipv6({ payload: segment });
const FROM4 = "10.0.0.1:40000";
const FROM6 = "[fd00::1]:40000";

function expectFound(bytes: Bytes, given: Given, from: string, origin = bytes.length - PAYLOAD.length): void {
  const bench = new DecoderBench().packet(bytes, given);
  expect(bench.told.texts).toEqual([]);
  expect(bench.found).toMatchObject([{ from, payload: PAYLOAD, payloadLength: PAYLOAD.length, origin, packet: 1 }]);
  expect(bench.decoder.counts).toMatchObject({ packets: 1, tcp: 1, malformed: 0 });
}

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

describe("RFC 791, RFC 8200", () => {
  test("IPv4 options, padding behind the packet", () => {
    const bytes = ethernet(IPV4, concat(ipv4({ payload: segment, options: [7, 4, 4, 0, 1, 1, 1, 0] }), padding));
    expectFound(bytes, {}, FROM4, bytes.length - PAYLOAD.length - padding.length);
  });

  test("TCP options", () => {
    const withOptions = tcp({ payload: new TextEncoder().encode(PAYLOAD), options: new Uint8Array(40).fill(1) });
    expectFound(ethernet(IPV6, ipv6({ payload: withOptions })), {}, FROM6);
  });

  test("total length 0: the packet is as long as its frame, less the frame check sequence", () => {
    expectFound(ethernet(IPV4, ipv4({ payload: segment, totalLength: 0 })), {}, FROM4);
    const withFcs = concat(ethernet(IPV4, ipv4({ payload: segment, totalLength: 0 })), [1, 2, 3, 4]);
    expectFound(withFcs, { fcsLength: 4 }, FROM4, withFcs.length - 4 - PAYLOAD.length);
  });

  test("segments longer than 65,535 bytes: total length 0, payload length 0, jumbo payload option (RFC 2675)", () => {
    const long = tcp({ payload: new Uint8Array(100_000).fill(0x61) });
    const bench = new DecoderBench();
    bench.packet(ethernet(IPV4, ipv4({ payload: long, totalLength: 0 })));
    bench.packet(ethernet(IPV6, ipv6({ payload: long, payloadLength: 0 })));
    const jumbo = extensionHeader(6, [0xc2, 4, ...u32(8 + long.length)], long);
    bench.packet(ethernet(IPV6, concat(ipv6({ payload: jumbo, payloadLength: 0, nextHeader: 0 }), padding)));
    expect(bench.found.map(({ payloadLength }) => payloadLength)).toEqual([100_000, 100_000, 100_000]);
    expect(bench.told.texts).toEqual([]);
  });

  test("extension headers: hop-by-hop, routing, destination options, authentication, atomic fragment", () => {
    const chain = extensionHeader(
      43,
      new Uint8Array(6),
      extensionHeader(
        60,
        new Uint8Array(14),
        extensionHeader(51, [], concat([44, 1], new Uint8Array(10), ipv6Fragment(6, 9, 0, false, segment))),
      ),
    );
    expectFound(ethernet(IPV6, ipv6({ nextHeader: 0, payload: chain })), {}, FROM6);
  });

  test("IPv4 authentication header", () => {
    const bytes = ipv4({ protocol: 51, payload: concat([6, 4], new Uint8Array(22), segment) });
    expectFound(ethernet(IPV4, bytes), {}, FROM4);
  });

  test("snapshot length: what is captured, and what was sent", () => {
    const bytes = ethernet(IPV4, packet4);
    const bench = new DecoderBench();
    for (const cut of [0, 2, 5, 6])
      bench.packet(bytes.subarray(0, bytes.length - cut), { originalLength: bytes.length });
    expect(bench.found.map(({ payload, payloadLength }) => [payload, payloadLength])).toEqual([
      ["hello", 5],
      ["hel", 5],
      ["", 5],
    ]);
    expect(bench.decoder.counts).toMatchObject({ snapped: 3, malformed: 1 });
  });

  test("a writer that forgets the original length: the IP header knows it", () => {
    const bytes = ethernet(IPV4, packet4);
    const bench = new DecoderBench().packet(bytes.subarray(0, bytes.length - 3));
    expect(bench.found).toMatchObject([{ payload: "he", payloadLength: 5 }]);
  });

  const broken: [name: string, bytes: Bytes][] = [
    ["version 5", ethernet(IPV4, [0x55, ...packet4.subarray(1)])],
    ["a header of 16 bytes", ethernet(IPV4, [0x44, ...packet4.subarray(1)])],
    ["a total length below its header's", ethernet(IPV4, ipv4({ payload: segment, totalLength: 19 }))],
    ["IPv6 of version 4", ethernet(IPV6, [0x40, ...packet6.subarray(1)])],
    [
      "a TCP header of 16 bytes",
      ethernet(IPV4, ipv4({ payload: [...segment.subarray(0, 12), 0x40, ...segment.subarray(13)] })),
    ],
    [
      "a TCP header longer than the packet",
      ethernet(IPV4, ipv4({ payload: [...segment.subarray(0, 12), 0xf0, ...segment.subarray(13)] })),
    ],
    [
      "extension headers without end",
      ethernet(
        IPV6,
        ipv6({ nextHeader: 60, payload: new Uint8Array(4000).fill(60).map((b, i) => (i % 8 === 1 ? 0 : b)) }),
      ),
    ],
    ["labels without end", ethernet(0x8847, new Uint8Array(400))],
    [
      "tags without end",
      ethernet(
        0x8100,
        new Uint8Array(400).map((_, i) => [0, 1, 0x81, 0][i % 4]),
      ),
    ],
  ];
  test.each(broken)("%s: told, skipped", (_, bytes) => {
    const bench = new DecoderBench().packet(bytes);
    expect(bench.found).toEqual([]);
    expect(bench.told.codes).toEqual(["PACKET_MALFORMED"]);
    expect(bench.decoder.counts.malformed).toBe(1);
  });

  test("what else there was is counted", () => {
    const bench = new DecoderBench();
    bench.packet(ethernet(0x0806, padding)).packet(ethernet(0x88cc, padding));
    bench.packet(ethernet(IPV4, ipv4({ protocol: 17, payload: udp(5353, 5353, padding) })));
    bench.packet(ethernet(IPV4, ipv4({ protocol: 1, payload: padding })));
    bench.packet(ethernet(IPV6, ipv6({ nextHeader: 58, payload: padding })));
    bench.packet(ethernet(IPV4, ipv4({ protocol: 132, payload: padding })));
    bench.packet(ethernet(IPV4, packet4));
    expect(bench.decoder.counts).toMatchObject({
      packets: 7,
      tcp: 1,
      udp: 1,
      icmp: 2,
      arp: 1,
      nonIp: 1,
      otherIp: 1,
      malformed: 0,
    });
  });
});

describe("tunnels", () => {
  const inner = ethernet(IPV4, packet4);
  const outer = { source: "192.168.0.1", destination: "192.168.0.2" };
  const over = (protocol: number, payload: Bytes) => ethernet(IPV4, ipv4({ ...outer, protocol, payload }));
  const overUdp = (port: number, payload: Bytes) => over(17, udp(12345, port, payload));
  const rows: [name: string, bytes: Bytes, from: string][] = [
    ["RFC 2003 IPv4 in IPv4", over(4, packet4), FROM4],
    ["RFC 4213 IPv6 in IPv4", over(41, packet6), FROM6],
    ["RFC 2473 IPv4 in IPv6", ethernet(IPV6, ipv6({ nextHeader: 4, payload: packet4 })), FROM4],
    ["IPv6 in IPv6", ethernet(IPV6, ipv6({ nextHeader: 41, payload: packet6 })), FROM6],
    ["RFC 4023 MPLS in IP", over(137, concat([0, 1, 1, 64], packet4)), FROM4],
    ["RFC 7510 MPLS in UDP", overUdp(6635, concat([0, 1, 1, 64], packet4)), FROM4],
    ["RFC 2784 GRE", over(47, concat([0, 0], u16(IPV4), packet4)), FROM4],
    [
      "RFC 2890 GRE with checksum, key and number",
      over(47, concat([0xb0, 0], u16(IPV6), new Uint8Array(12), packet6)),
      FROM6,
    ],
    [
      "RFC 2637 GRE version 1, PPP",
      over(47, concat([0x30, 0x81], u16(0x880b), new Uint8Array(12), [0xff, 3, 0, 0x21], packet4)),
      FROM4,
    ],
    ["GRE, Ethernet", over(47, concat([0, 0], u16(0x6558), inner)), FROM4],
    ["ERSPAN type I", over(47, concat([0, 0], u16(0x88be), inner)), FROM4],
    ["ERSPAN type II", over(47, concat([0x10, 0], u16(0x88be), u32(1), new Uint8Array(8), inner)), FROM4],
    ["ERSPAN type III", over(47, concat([0x10, 0], u16(0x22eb), u32(1), new Uint8Array(12), inner)), FROM4],
    [
      "ERSPAN type III, subheader",
      over(47, concat([0x10, 0], u16(0x22eb), u32(1), new Uint8Array(11), [1], new Uint8Array(8), inner)),
      FROM4,
    ],
    ["RFC 7348 VXLAN", overUdp(4789, concat([8, 0, 0, 0, 0, 0, 9, 0], inner)), FROM4],
    [
      "VXLAN on Linux's port, a tag inside",
      overUdp(8472, concat([8, 0, 0, 0, 0, 0, 9, 0], ethernet(IPV6, packet6, [[0x8100, 3]]))),
      FROM6,
    ],
    ["VXLAN-GPE", overUdp(4790, concat([12, 0, 0, 1, 0, 0, 9, 0], packet4)), FROM4],
    [
      "RFC 8926 Geneve with options",
      overUdp(6081, concat([2, 0], u16(0x6558), [0, 0, 9, 0], new Uint8Array(8), inner)),
      FROM4,
    ],
    ["Geneve, IPv6", overUdp(6081, concat([0, 0], u16(IPV6), [0, 0, 9, 0], packet6)), FROM6],
    [
      "VXLAN in GRE in IPv6",
      ethernet(
        IPV6,
        ipv6({
          nextHeader: 47,
          payload: concat([0, 0], u16(0x6558), overUdp(4789, concat([8, 0, 0, 0, 0, 0, 9, 0], inner))),
        }),
      ),
      FROM4,
    ],
  ];
  test.each(rows)("%s", (_, bytes, from) => {
    expectFound(bytes, {}, from);
  });

  test("tunnels without end", () => {
    let bytes: Uint8Array = packet4;
    for (let i = 0; i < 100; i++) bytes = ipv4({ protocol: 4, payload: bytes });
    const bench = new DecoderBench().packet(ethernet(IPV4, bytes));
    expect(bench.told.texts).toEqual(["the packet is skipped: too many headers inside each other"]);
  });

  test("a snapshot length cuts the inner packet too", () => {
    const bytes = overUdp(4789, concat([8, 0, 0, 0, 0, 0, 9, 0], inner));
    const bench = new DecoderBench().packet(bytes.subarray(0, bytes.length - 2), { originalLength: bytes.length });
    expect(bench.found).toMatchObject([{ payload: "hel", payloadLength: 5 }]);
  });

  test("other traffic on a tunnel's port is UDP", () => {
    const bench = new DecoderBench().packet(overUdp(4789, new Uint8Array(60)));
    expect(bench.decoder.counts).toMatchObject({ udp: 1, tcp: 0, malformed: 0 });
  });
});

test("every decoded header may be damaged in any way", () => {
  const bench = new DecoderBench();
  const bytes = ethernet(IPV6, ipv6({ nextHeader: 0, payload: extensionHeader(6, new Uint8Array(6), segment) }), [
    [0x8100, 1],
  ]);
  for (let at = 0; at < bytes.length; at++) {
    for (const value of [0, 1, 6, 17, 44, 47, 0x7f, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at] = value;
      bench.packet(damaged);
    }
  }
  expect(bench.decoder.counts.packets).toBe(9 * bytes.length);
});

test("RFC 5952: addresses as text", () => {
  const rows: [string, string][] = [
    ["20010db8000000000000000000000001", "[2001:db8::1]:1"],
    ["20010db8000000010001000100010001", "[2001:db8:0:1:1:1:1:1]:1"],
    ["20010000000000010000000000000001", "[2001:0:0:1::1]:1"],
    ["20010db8000000000001000000000001", "[2001:db8::1:0:0:1]:1"],
    ["00000000000000000000000000000000", "[::]:1"],
    ["fe800000000000000000000000000000", "[fe80::]:1"],
    ["00000000000000000000ffffc0000201", "[::ffff:192.0.2.1]:1"],
  ];
  for (const [hex, text] of rows) {
    const address = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    expect(formatEndpoint(address, 0, 6, 1)).toBe(text);
    expect(formatHex(address)).toBe(hex);
  }
});
