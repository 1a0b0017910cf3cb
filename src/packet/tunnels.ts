/** Tunnels over IP and UDP → where the frame or packet inside begins, as the readers of link layers tell it. */
import { readU16BE } from "../bytes/integers.js";
import * as ether from "./ether-types.js";
import { type NetworkStart, readEthernet } from "./ethernet.js";

const PORT_VXLAN = 4789;
/** The port that Linux's VXLAN driver, and so flannel, took before one was assigned. */
const PORT_VXLAN_LINUX = 8472;
const PORT_VXLAN_GPE = 4790;
const PORT_GENEVE = 6081;
const PORT_MPLS = 6635;
const UDP_HEADER_BYTES = 8;

/**
 * GRE (RFC 2784, 2890; version 1, RFC 2637): flags and version (2), EtherType (2), then what the flags name: checksum and
 * offset (4), key (4), sequence number (4), in version 1 an acknowledgment number (4).
 */
export function readGre(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (end - at < 4) return false;
  const flags = readU16BE(buf, at);
  const etherType = readU16BE(buf, at + 2);
  const version = flags & 7;
  let bytes = 4;
  if ((flags & 0xc000) !== 0) bytes += 4;
  if ((flags & 0x2000) !== 0) bytes += 4;
  if ((flags & 0x1000) !== 0) bytes += 4;
  if (version === 1 && (flags & 0x0080) !== 0) bytes += 4;
  if (end - at < bytes) return false;
  found.etherType = etherType;
  found.at = at + bytes;
  // Mirror sessions: type I has no header of its own and no GRE sequence number, type II one of 8 bytes, type III of 12 or 20.
  if (etherType === ether.ETHERTYPE_ERSPAN_II)
    return readEthernet(buf, found.at + ((flags & 0x1000) !== 0 ? 8 : 0), end, found);
  if (etherType === ether.ETHERTYPE_ERSPAN_III) {
    if (end - found.at < 12) return false;
    const hasSubheader = (buf[found.at + 11] & 1) === 1;
    return readEthernet(buf, found.at + (hasSubheader ? 20 : 12), end, found);
  }
  return true;
}

/** Whether the datagram at `at` is of a tunnel and holds a frame: then `found` says where. By its destination port. */
export function readUdpTunnel(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  const payload = at + UDP_HEADER_BYTES;
  if (end - payload < 8) return false;
  switch (readU16BE(buf, at + 2)) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
      return readVxlan(buf, payload, end, found);
    case PORT_VXLAN_GPE:
      return readVxlanGpe(buf, payload, end, found);
    case PORT_GENEVE:
      return readGeneve(buf, payload, end, found);
    case PORT_MPLS:
      // RFC 7510: a label stack follows at once.
      found.etherType = ether.ETHERTYPE_MPLS;
      found.at = payload;
      return true;
    default:
      return false;
  }
}

/** RFC 7348 §5: flags (the I bit, 0x08, "MUST be set to 1"), 3 reserved, network identifier (3), 1 reserved. */
function readVxlan(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  return (buf[at] & 0x08) !== 0 && readEthernet(buf, at + 8, end, found);
}

/** As VXLAN, with flag P (0x04) and a next protocol in the fourth byte: 1 IPv4, 2 IPv6, 3 Ethernet. */
function readVxlanGpe(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  const protocol = (buf[at] & 0x04) !== 0 ? buf[at + 3] : 3;
  if (protocol === 3) return readEthernet(buf, at + 8, end, found);
  found.etherType = protocol === 1 ? ether.ETHERTYPE_IPV4 : ether.ETHERTYPE_IPV6;
  found.at = at + 8;
  return protocol === 1 || protocol === 2;
}

/** RFC 8926 §3.4: version (2 bits) and options' length / 4 (6), flags, EtherType (2), network identifier (3), reserved. */
function readGeneve(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (buf[at] >> 6 !== 0) return false;
  found.etherType = readU16BE(buf, at + 2);
  found.at = at + 8 + ((buf[at] & 0x3f) << 2);
  return found.at < end;
}
