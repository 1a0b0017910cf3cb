/** The same traffic in every container, on every link layer, in every tunnel and in fragments gives the same calls. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "@jest/globals";
import { callsOfCapture, withoutPlaceAndTime } from "../support/calls-of-capture.js";
import { type CapturedPacket, type PcapOptions, pcapFile, pcapngFile } from "../support/capture-files.js";
import { runCli } from "../support/cli.js";
import * as packets from "../support/packets.js";
import { concat, ethernet, IPV4, IPV6, ipv4, ipv6Fragment, u16, u32, udp } from "../support/packets.js";
import { describeWithPeers } from "../support/peers.js";

const CAPTURE = "captures/calculator.pcap";
const ETHERNET_BYTES = 14;
const folder = mkdtempSync(join(tmpdir(), "cal-inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface IpPacket {
  readonly etherType: number;
  readonly bytes: Uint8Array;
  readonly seconds: number;
  readonly nanoseconds: number;
}

const recorded: IpPacket[] = [];
const original = readFileSync(CAPTURE);
for (let at = 24; at < original.length; ) {
  const end = at + 16 + original.readUInt32LE(at + 8);
  const seconds = original.readUInt32LE(at);
  const nanoseconds = original.readUInt32LE(at + 4) * 1000;
  const frame = new Uint8Array(original.subarray(at + 16, end));
  const etherType = original.readUInt16BE(at + 16 + 12);
  recorded.push({ etherType, bytes: frame.slice(ETHERNET_BYTES), seconds, nanoseconds });
  at = end;
}

const whole = callsOfCapture(original).calls.map(withoutPlaceAndTime);

function expectSameCalls(capture: Uint8Array): void {
  const { calls, diagnostics } = callsOfCapture(capture);
  expect(diagnostics).toEqual([]);
  expect(calls.map(withoutPlaceAndTime)).toEqual(whole);
}

type Wrap = (packet: IpPacket, index: number) => Uint8Array | Uint8Array[];

function wrapped(wrap: Wrap): CapturedPacket[] {
  return recorded.flatMap((packet, index) => [wrap(packet, index)].flat().map((bytes) => ({ ...packet, bytes })));
}

test("the capture shows what the peers called", () => {
  expect(whole).toHaveLength(15);
  expect(recorded.some(({ etherType }) => etherType === IPV6)).toBe(true);
});

const onEthernet = wrapped(({ etherType, bytes }) => ethernet(etherType, bytes));

describe("containers", () => {
  const variants: [string, PcapOptions][] = [true, false].flatMap((littleEndian): [string, PcapOptions][] => [
    [`pcap, littleEndian ${littleEndian}`, { littleEndian }],
    [`pcap of nanoseconds, littleEndian ${littleEndian}`, { littleEndian, nanoseconds: true }],
    [`modified pcap, littleEndian ${littleEndian}`, { littleEndian, modified: true }],
  ]);
  test.each(variants)("%s", (_, options) => expectSameCalls(pcapFile(onEthernet, options)));
  test.each([true, false])("pcapng, littleEndian %s", (littleEndian) =>
    expectSameCalls(pcapngFile(onEthernet, 1, littleEndian)),
  );
  test("pcapng, two sections one after the other", () =>
    expectSameCalls(concat(pcapngFile(onEthernet.slice(0, 50)), pcapngFile(onEthernet.slice(50), 1, false))));
});

describeWithPeers(["editcap"], "containers that editcap writes", () => {
  test.each(["pcap", "nsecpcap", "pcapng", "modpcap"])("-F %s", (format) => {
    const file = join(folder, format);
    execFileSync("editcap", ["-F", format, CAPTURE, file], { stdio: "ignore" });
    expectSameCalls(readFileSync(file));
  });
});

describe("compressed, through the command", () => {
  const expectSame = async (stdin: Uint8Array) => {
    const { status, stdout, stderr } = await runCli(["-", "--json", "--raw"], { stdin });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const calls = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(calls.sort((a, b) => a.id - b.id).map(withoutPlaceAndTime)).toEqual(whole);
  };
  test("gzip", () => expectSame(gzipSync(original)));
  test("gzip, two members", () =>
    expectSame(concat(gzipSync(original.subarray(0, 999)), gzipSync(original.subarray(999)))));
  describeWithPeers(["zstd"], "zstd", () => {
    test("one frame", () => expectSame(execFileSync("zstd", ["-c"], { input: original })));
  });
});

const nullFamily = (etherType: number) => (etherType === IPV4 ? 2 : 30);
const LLC_SNAP = [0xaa, 0xaa, 3, 0, 0, 0];
const wlan = ({ etherType, bytes }: IpPacket) =>
  concat([0x88, 0x01, 0, 0], new Uint8Array(18), [0, 0, 0, 0], LLC_SNAP, u16(etherType), bytes);

describe("link layers", () => {
  test.each<[string, number, Wrap]>([
    ["NULL, little-endian", 0, ({ etherType, bytes }) => concat([nullFamily(etherType), 0, 0, 0], bytes)],
    ["NULL, big-endian", 0, ({ etherType, bytes }) => concat(u32(nullFamily(etherType)), bytes)],
    ["LOOP", 108, ({ etherType, bytes }) => concat(u32(nullFamily(etherType)), bytes)],
    ["RAW", 101, ({ bytes }) => bytes],
    ["SLL", 113, ({ etherType, bytes }) => concat(new Uint8Array(14), u16(etherType), bytes)],
    ["SLL2", 276, ({ etherType, bytes }) => concat(u16(etherType), new Uint8Array(18), bytes)],
    [
      "SLL2, each packet twice as from -i any",
      276,
      ({ etherType, bytes }) => {
        const packet = concat(u16(etherType), new Uint8Array(18), bytes);
        return [packet, packet];
      },
    ],
    ["802.1Q", 1, ({ etherType, bytes }) => ethernet(etherType, bytes, [[0x8100, 7]])],
    [
      "QinQ",
      1,
      ({ etherType, bytes }) =>
        ethernet(etherType, bytes, [
          [0x8100, 7],
          [0x8100, 8],
        ]),
    ],
    [
      "802.1ad",
      1,
      ({ etherType, bytes }) =>
        ethernet(etherType, bytes, [
          [0x88a8, 7],
          [0x8100, 8],
        ]),
    ],
    ["MPLS, two labels", 1, ({ bytes }) => ethernet(0x8847, concat([0, 1, 0, 64], [0, 2, 1, 64], bytes))],
    [
      "PPPoE",
      1,
      ({ etherType, bytes }) =>
        ethernet(0x8864, concat([0x11, 0, 0, 9], u16(bytes.length + 2), u16(etherType === IPV4 ? 0x21 : 0x57), bytes)),
    ],
    ["PPP", 9, ({ etherType, bytes }) => concat([0xff, 3], u16(etherType === IPV4 ? 0x21 : 0x57), bytes)],
    ["802.11", 105, wlan],
    ["802.11 behind radiotap", 127, (packet) => concat([0, 0, 8, 0, 0, 0, 0, 0], wlan(packet))],
    ["padded Ethernet", 1, ({ etherType, bytes }) => concat(ethernet(etherType, bytes), new Uint8Array(18))],
  ])("%s", (_, linkType, wrap) => expectSameCalls(pcapFile(wrapped(wrap), { linkType })));
});

const outer = (protocol: number, payload: Uint8Array) =>
  ethernet(IPV4, ipv4({ source: "192.0.2.1", destination: "192.0.2.2", protocol, payload }));
const protocolOf = (etherType: number) => (etherType === IPV4 ? 4 : 41);

describe("tunnels", () => {
  test.each<[string, Wrap]>([
    ["GRE", ({ etherType, bytes }) => outer(47, concat([0, 0], u16(etherType), bytes))],
    ["GRE with a key", ({ etherType, bytes }) => outer(47, concat([0x20, 0], u16(etherType), u32(77), bytes))],
    ["GRE of Ethernet", ({ etherType, bytes }) => outer(47, concat([0, 0, 0x65, 0x58], ethernet(etherType, bytes)))],
    ["IP in IPv4", ({ etherType, bytes }) => outer(protocolOf(etherType), bytes)],
    [
      "IP in IPv6",
      ({ etherType, bytes }) => ethernet(IPV6, packets.ipv6({ nextHeader: protocolOf(etherType), payload: bytes })),
    ],
    [
      "VXLAN",
      ({ etherType, bytes }) =>
        outer(17, udp(5555, 4789, concat([8, 0, 0, 0, 0, 0, 9, 0], ethernet(etherType, bytes)))),
    ],
    [
      "Geneve",
      ({ etherType, bytes }) =>
        outer(17, udp(5555, 6081, concat([0, 0, 0x65, 0x58, 0, 0, 9, 0], ethernet(etherType, bytes)))),
    ],
    [
      "Geneve with options",
      ({ etherType, bytes }) =>
        outer(
          17,
          udp(5555, 6081, concat([2, 0, 0x65, 0x58, 0, 0, 9, 0], new Uint8Array(8), ethernet(etherType, bytes))),
        ),
    ],
  ])("%s", (_, wrap) => expectSameCalls(pcapFile(wrapped(wrap))));
});

/** Pieces of a packet's payload as [offset, end, more to come]; each begins at a multiple of 8. */
function pieces(payload: Uint8Array): [number, number, boolean][] {
  const size = Math.max(8, Math.floor(payload.length / 24) * 8);
  const list: [number, number, boolean][] = [];
  for (let at = 0; at < payload.length; at += size) {
    list.push([at, Math.min(at + size, payload.length), at + size < payload.length]);
  }
  return list;
}

const fragmented: Wrap = ({ etherType, bytes }, index) => {
  const headerBytes = etherType === IPV4 ? (bytes[0] & 15) * 4 : 40;
  const payload = bytes.slice(headerBytes);
  return pieces(payload).map(([from, to, more]) => {
    const part = payload.slice(from, to);
    if (etherType === IPV6) {
      const fragment = ipv6Fragment(6, index, from, more, part);
      return ethernet(IPV6, concat(bytes.slice(0, 4), u16(fragment.length), [44], bytes.slice(7, 40), fragment));
    }
    const flags = u16((from >> 3) | (more ? 0x2000 : 0));
    const head = concat(
      bytes.slice(0, 2),
      u16(headerBytes + part.length),
      u16(index),
      flags,
      bytes.slice(8, headerBytes),
    );
    return ethernet(IPV4, concat(head, part));
  });
};

describe("fragments of each packet", () => {
  test("in order", () => expectSameCalls(pcapFile(wrapped(fragmented))));
  test("last one first", () =>
    expectSameCalls(pcapFile(wrapped((packet, index) => [fragmented(packet, index)].flat().reverse()))));
  test("each twice", () =>
    expectSameCalls(
      pcapFile(wrapped((packet, index) => [fragmented(packet, index)].flat().flatMap((one) => [one, one]))),
    ));
});
