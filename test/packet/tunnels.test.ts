import { describe, expect, test } from "@jest/globals";
import { DecoderBench, expectFound, FROM4, FROM6, packet4, packet6 } from "../support/decoder-bench.js";
import { type Bytes, concat, ethernet, IPV4, IPV6, ipv4, ipv6, u16, u32, udp } from "../support/packets.js";

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
