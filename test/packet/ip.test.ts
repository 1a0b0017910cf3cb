import { describe, expect, test } from "@jest/globals";
import { formatHex } from "../../src/bytes/hex.js";
import { formatEndpoint } from "../../src/packet/address.js";
import {
  DecoderBench,
  expectFound,
  FROM4,
  FROM6,
  PAYLOAD,
  packet4,
  packet6,
  segment,
} from "../support/decoder-bench.js";
import {
  type Bytes,
  concat,
  ethernet,
  extensionHeader,
  IPV4,
  IPV6,
  ipv4,
  ipv6,
  ipv6Fragment,
  tcp,
  u32,
  udp,
} from "../support/packets.js";

const padding = new Uint8Array(9).fill(0x77);

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
