/** IPv4 or IPv6 (RFC 791, RFC 8200) and TCP (RFC 9293) headers around bytes, with the checksums that they have on a wire. */
import type { Side } from "../../bytes/byte-stream-sink.js";

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

/** The two ends of a connection: addresses of 4 bytes each, or of 16. */
export interface Ends {
  readonly addresses: readonly [client: Uint8Array, server: Uint8Array];
  readonly ports: readonly [client: number, server: number];
}

const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;
/** Total Length of IPv4 has 16 bits. */
export const MAX_PAYLOAD_BYTES = 65_535 - IPV4_BYTES - TCP_BYTES;

const PROTOCOL_TCP = 6;
const HOPS = 64;
const WINDOW = 65_535;

/** A whole IP packet that `side` sends. `payload`: at most MAX_PAYLOAD_BYTES. */
export function buildPacket(
  ends: Ends,
  side: Side,
  flags: number,
  sequence: number,
  acknowledgment: number,
  payload: Uint8Array | null,
): Uint8Array {
  const source = ends.addresses[side];
  const destination = ends.addresses[1 - side];
  const ipBytes = source.length === 4 ? IPV4_BYTES : IPV6_BYTES;
  const tcpLength = TCP_BYTES + (payload?.length ?? 0);
  const packet = new Uint8Array(ipBytes + tcpLength);
  const view = new DataView(packet.buffer);
  if (ipBytes === IPV4_BYTES) {
    view.setUint16(0, 0x4500);
    view.setUint16(2, packet.length);
    // Don't Fragment
    view.setUint16(6, 0x4000);
    packet[8] = HOPS;
    packet[9] = PROTOCOL_TCP;
    packet.set(source, 12);
    packet.set(destination, 16);
    view.setUint16(10, fold(sum(view, 0, IPV4_BYTES)));
  } else {
    view.setUint32(0, 0x6000_0000);
    view.setUint16(4, tcpLength);
    packet[6] = PROTOCOL_TCP;
    packet[7] = HOPS;
    packet.set(source, 8);
    packet.set(destination, 24);
  }
  view.setUint16(ipBytes, ends.ports[side]);
  view.setUint16(ipBytes + 2, ends.ports[1 - side]);
  view.setUint32(ipBytes + 4, sequence);
  view.setUint32(ipBytes + 8, acknowledgment);
  view.setUint16(ipBytes + 12, ((TCP_BYTES / 4) << 12) | flags);
  view.setUint16(ipBytes + 14, WINDOW);
  if (payload !== null) packet.set(payload, ipBytes + TCP_BYTES);
  // The pseudo header: both addresses, the protocol, the length.
  const addresses = sum(view, ipBytes === IPV4_BYTES ? 12 : 8, ipBytes);
  view.setUint16(ipBytes + 16, fold(addresses + PROTOCOL_TCP + tcpLength + sum(view, ipBytes, packet.length)));
  return packet;
}

/** RFC 1071: the sum of 16-bit words; at most 2^47 for a packet, which a double holds exactly. */
function sum(view: DataView, start: number, end: number): number {
  let total = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) total += view.getUint32(at);
  if (at + 2 <= end) {
    total += view.getUint16(at);
    at += 2;
  }
  return at < end ? total + view.getUint8(at) * 256 : total;
}

/** The one's complement of the one's complement sum. Words of 32 bits count as their two halves: 2^16 is 1. */
function fold(total: number): number {
  let folded = total;
  while (folded > 0xffff) folded = (folded % 0x10000) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
