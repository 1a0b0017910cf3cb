import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { newPacketView } from "../../src/capture/packet-view.js";
import { LIMITS, type Limits } from "../../src/limits.js";
import { PacketDecoder } from "../../src/packet/decoder.js";
import { growth, SQUARE } from "../support/growth.js";
import { concat, extensionHeader, ipv4, ipv6, ipv6Fragment, tcp } from "../support/packets.js";
import { ToldList } from "../support/told.js";

const RAW = 101;

class FragmentBench {
  readonly payloads: string[] = [];
  readonly told = new ToldList();
  readonly decoder: PacketDecoder;
  private number = 0;

  constructor(limits: Partial<Limits> = {}) {
    this.decoder = new PacketDecoder(this.told.report, { ...LIMITS, ...limits });
  }

  packet(bytes: Uint8Array, timeNs = 0): this {
    const buf = bytes.slice();
    const view = { ...newPacketView(), number: ++this.number, buf, end: buf.length, originalLength: buf.length };
    this.decoder.decode({ ...view, linkType: RAW }, timeNs, {
      segment: ({ buf, payloadStart, payloadEnd }) =>
        this.payloads.push(new TextDecoder().decode(buf.subarray(payloadStart, payloadEnd))),
    });
    buf.fill(0xee);
    return this;
  }
}

const TEXT = "The quick brown fox jumps over the lazy dog, again and again";
const segment = tcp({ payload: new TextEncoder().encode(TEXT) });

/** The part [from, to) of the datagram as a fragment; `from` and, but for the last, `to` are multiples of 8. */
function part4(
  from: number,
  to: number,
  fields: { identification?: number; source?: string; whole?: Uint8Array } = {},
) {
  const { identification = 7, source = "10.0.0.1", whole = segment } = fields;
  const payload = whole.subarray(from, to);
  return ipv4({ source, identification, fragmentOffset: from, more: to < whole.length, payload });
}

function part6(from: number, to: number, whole = segment, protocol = 6) {
  const fragment = ipv6Fragment(protocol, 0xabcd, from, to < whole.length, whole.subarray(from, to));
  return ipv6({ nextHeader: 44, payload: fragment });
}

const LENGTH = segment.length;

describe.each([
  ["RFC 791 §3.2", part4],
  ["RFC 8200 §4.5", part6],
])("%s: fragments", (_, part) => {
  const orders: [string, [number, number][]][] = [
    [
      "in order",
      [
        [0, 32],
        [32, 64],
        [64, LENGTH],
      ],
    ],
    [
      "backwards",
      [
        [64, LENGTH],
        [32, 64],
        [0, 32],
      ],
    ],
    [
      "mixed",
      [
        [32, 64],
        [64, LENGTH],
        [0, 32],
      ],
    ],
    [
      "again",
      [
        [0, 32],
        [0, 32],
        [64, LENGTH],
        [64, LENGTH],
        [32, 64],
      ],
    ],
    [
      "overlapping",
      [
        [0, 40],
        [24, 64],
        [56, LENGTH],
      ],
    ],
    [
      "overlapping around another",
      [
        [32, 40],
        [0, 64],
        [48, LENGTH],
      ],
    ],
  ];
  test.each(orders)("%s", (_, parts) => {
    const bench = new FragmentBench();
    for (const [from, to] of parts) bench.packet(part(from, to));
    expect(bench.payloads).toEqual([TEXT]);
    expect(bench.told.texts).toEqual([]);
    expect(bench.decoder.counts).toMatchObject({ fragments: parts.length, tcp: 1 });
  });

  test("each packet captured twice: one datagram", () => {
    const bench = new FragmentBench();
    for (const [from, to] of [
      [0, 32],
      [0, 32],
      [32, LENGTH],
      [32, LENGTH],
    ])
      bench.packet(part(from, to));
    expect(bench.payloads).toEqual([TEXT]);
    bench.packet(part(0, 32), 50e9).packet(part(32, LENGTH), 50e9);
    expect(bench.payloads).toEqual([TEXT, TEXT]);
    expect(bench.told.texts).toEqual([]);
  });

  test("overlap with other bytes: the first are used, and it is told", () => {
    const other = segment.slice().fill(0x58, 32, 40);
    const bench = new FragmentBench();
    bench.packet(part(0, 40)).packet(part === part4 ? part4(32, LENGTH, { whole: other }) : part6(32, LENGTH, other));
    expect(bench.payloads).toEqual([TEXT]);
    expect(bench.told.codes).toEqual(["PACKET_FRAGMENT_OVERLAP"]);
  });

  test("any order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 8, 16, 24, 32, 40, 48, 56, 64, 72], { minLength: 10 }), (starts) => {
        const bench = new FragmentBench();
        for (const start of starts) bench.packet(part(start, Math.min(start + 8, LENGTH)));
        expect(bench.payloads).toEqual([TEXT]);
      }),
    );
  });
});

test("datagrams of other ends and numbers are kept apart", () => {
  const bench = new FragmentBench();
  const sources = ["10.0.0.1", "10.0.0.3"];
  for (const [from, to] of [
    [0, 32],
    [32, LENGTH],
  ])
    for (const source of sources)
      for (const identification of [1, 2]) bench.packet(part4(from, to, { source, identification }));
  expect(bench.payloads).toEqual([TEXT, TEXT, TEXT, TEXT]);
});

test("a tunnel's datagram, reassembled, is opened", () => {
  const inner = ipv4({ payload: segment });
  const bench = new FragmentBench();
  for (const [from, to] of [
    [0, 48],
    [48, inner.length],
  ]) {
    const payload = inner.subarray(from, to);
    bench.packet(ipv4({ protocol: 4, identification: 3, fragmentOffset: from, more: to < inner.length, payload }));
  }
  expect(bench.payloads).toEqual([TEXT]);
});

test("RFC 8200 §4.5: extension headers behind the fragment header are of the whole", () => {
  const whole = extensionHeader(6, new Uint8Array(22), segment);
  const bench = new FragmentBench().packet(part6(0, 16, whole, 60)).packet(part6(16, whole.length, whole, 60));
  expect(bench.payloads).toEqual([TEXT]);
});

test("timeout by packet time: 30 s", () => {
  const bench = new FragmentBench();
  bench.packet(part4(0, 32), 0).packet(part4(32, LENGTH), 31e9);
  expect(bench.payloads).toEqual([]);
  expect(bench.told.all).toMatchObject([
    {
      code: "PACKET_FRAGMENTS_INCOMPLETE",
      text: "fragments of an IP datagram from 10.0.0.1 to 10.0.0.2 are missing: its 32 bytes are dropped",
    },
  ]);
  bench.packet(part4(0, 32), 32e9);
  expect(bench.payloads).toEqual([TEXT]);
});

test("maxFragmentBytes: the oldest is dropped", () => {
  const bench = new FragmentBench({ maxFragmentBytes: 1500 });
  for (let identification = 1; identification <= 4; identification++) bench.packet(part4(0, 32, { identification }));
  expect(bench.told.codes).toEqual(["PACKET_FRAGMENTS_INCOMPLETE", "PACKET_FRAGMENTS_INCOMPLETE"]);
  for (let identification = 4; identification >= 1; identification--)
    bench.packet(part4(32, LENGTH, { identification }));
  expect(bench.payloads).toHaveLength(2);
});

test("maxFragmentBytes counts empty fragments too", () => {
  const bench = new FragmentBench({ maxFragmentBytes: 10_000 });
  for (let identification = 0; identification < 100; identification++)
    bench.packet(ipv4({ identification, fragmentOffset: 8, more: true, payload: [] }));
  expect(bench.told.codes.length).toBeGreaterThan(50);
});

test("a last fragment that ends before others do", () => {
  const bench = new FragmentBench();
  bench
    .packet(part4(40, 72))
    .packet(concat(part4(0, 32)))
    .packet(part4(32, 48, { whole: segment.subarray(0, 48) }));
  expect(bench.payloads).toEqual([TEXT.slice(0, 28)]);
});

describe("datagrams are told apart by all that names them", () => {
  /** The inverse of 0x01000193, by which FNV-1a multiplies, modulo 2^32. */
  const INVERSE = 0x359c449b;

  /** Fragments of one of many datagrams, whose identifications and addresses have the same FNV-1a hash: no table of the decoder may depend on it. */
  function partOf(datagram: number, from: number, to: number): Uint8Array {
    const payload = segment.subarray(from, to);
    const packet = ipv6({
      source: `2001:db8::${datagram.toString(16)}`,
      nextHeader: 44,
      payload: ipv6Fragment(6, 0, from, to < LENGTH, payload),
    });
    let hash = 0x1234567;
    for (let i = 39; i >= 8; i--) hash = Math.imul(hash, INVERSE) ^ packet[i];
    new DataView(packet.buffer, packet.byteOffset).setUint32(44, (hash ^ 6) >>> 0);
    return packet;
  }

  test("also when another one, found in the same place, has become whole", () => {
    const bench = new FragmentBench();
    for (const datagram of [1, 2, 3]) bench.packet(partOf(datagram, 0, 32));
    for (const datagram of [1, 2, 3]) bench.packet(partOf(datagram, 32, LENGTH));
    expect(bench.payloads).toEqual([TEXT, TEXT, TEXT]);
  });

  test("in a time that does not grow with those that are open", async () => {
    const open = (count: number) => {
      const packets = Array.from({ length: count }, (_, i) =>
        partOf(1 + (i & 0xfff), 8 * (i >> 12), 8 * (i >> 12) + 8),
      );
      const bench = new FragmentBench();
      for (const packet of packets) bench.packet(packet);
    };
    expect(await growth(1_000, open)).toBeLessThan(SQUARE);
  });
});
