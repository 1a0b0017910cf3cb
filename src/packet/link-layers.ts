/**
 * Link layers → where the network layer begins and of which EtherType it is. One function per header; none allocates. The
 * answer goes into a NetworkStart that is used again; false: the packet ends before the header does, or carries none.
 */
import { readU16BE, readU32BE, readU32LE } from "../bytes/integers.js";
import * as ether from "./ether-types.js";
import { type NetworkStart, readEthernet, readLlc, readTyped } from "./ethernet.js";
import * as link from "./link-types.js";
import { readWlan } from "./wlan.js";

/** Null: the link type is not known here. */
export function readLinkLayer(
  linkType: number,
  buf: Uint8Array,
  at: number,
  end: number,
  found: NetworkStart,
): boolean | null {
  switch (linkType) {
    case link.LINKTYPE_ETHERNET:
      return readEthernet(buf, at, end, found);
    case link.LINKTYPE_NULL:
      return readNull(buf, at, end, found);
    case link.LINKTYPE_LOOP:
      return readLoop(buf, at, end, found);
    case link.LINKTYPE_RAW:
    case link.LINKTYPE_RAW_BSD:
    case link.LINKTYPE_RAW_OPENBSD:
    case link.LINKTYPE_IPV4:
    case link.LINKTYPE_IPV6:
      return readRawIp(buf, at, end, found);
    case link.LINKTYPE_LINUX_SLL:
      return readCooked(buf, at, end, 14, 16, found);
    case link.LINKTYPE_LINUX_SLL2:
      return readCooked(buf, at, end, 0, 20, found);
    case link.LINKTYPE_PPP:
    case link.LINKTYPE_PPP_HDLC:
    case link.LINKTYPE_PPP_PPPD:
      return readPpp(buf, at, end, found);
    case link.LINKTYPE_PPP_WITH_DIR:
      return readPpp(buf, at + 1, end, found);
    case link.LINKTYPE_PPP_ETHER:
      return readPpp(buf, at + 6, end, found);
    case link.LINKTYPE_C_HDLC:
      return readTyped(buf, at, end, 2, 4, found);
    case link.LINKTYPE_IEEE802_11:
    case link.LINKTYPE_IEEE802_11_RADIOTAP:
    case link.LINKTYPE_IEEE802_11_PRISM:
    case link.LINKTYPE_IEEE802_11_AVS:
      return readWlan(linkType, buf, at, end, found);
    case link.LINKTYPE_PKTAP:
      return readPktap(buf, at, end, found);
    default:
      return null;
  }
}

/** PPP (RFC 1661), with or without the HDLC address and control bytes FF 03 and with a compressed protocol field. */
export function readPpp(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (end - at >= 2 && buf[at] === 0xff && buf[at + 1] === 0x03) at += 2;
  if (end - at < 2) return false;
  const compressed = (buf[at] & 1) === 1;
  const protocol = compressed ? buf[at] : readU16BE(buf, at);
  found.at = at + (compressed ? 1 : 2);
  found.etherType = 0;
  if (protocol === 0x0021) found.etherType = ether.ETHERTYPE_IPV4;
  if (protocol === 0x0057) found.etherType = ether.ETHERTYPE_IPV6;
  if (protocol === 0x0281) found.etherType = ether.ETHERTYPE_MPLS;
  return true;
}

export function readRawIp(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (end - at < 1) return false;
  const version = buf[at] >> 4;
  found.at = at;
  found.etherType = version === 4 ? ether.ETHERTYPE_IPV4 : version === 6 ? ether.ETHERTYPE_IPV6 : 0;
  return true;
}

/** The address family as the recording machine numbers it and in its byte order: one of its two halves is zero. */
function readNull(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (end - at < 4) return false;
  const family = readU32BE(buf, at);
  return readFamily(family < 0x10000 ? family : readU32LE(buf, at), at, found);
}

function readLoop(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (end - at < 4) return false;
  return readFamily(readU32BE(buf, at), at, found);
}

/** AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 23 on Windows, 24, 28 and 30 on the BSDs and macOS. */
function readFamily(family: number, at: number, found: NetworkStart): boolean {
  const isIpv6 = family === 24 || family === 28 || family === 30 || family === 10 || family === 23;
  found.at = at + 4;
  found.etherType = family === 2 ? ether.ETHERTYPE_IPV4 : isIpv6 ? ether.ETHERTYPE_IPV6 : 0;
  return true;
}

/** Linux cooked capture: an EtherType somewhere in a header of fixed size; 4 stands for an LLC header. */
function readCooked(
  buf: Uint8Array,
  at: number,
  end: number,
  typeAt: number,
  headerBytes: number,
  found: NetworkStart,
): boolean {
  if (!readTyped(buf, at, end, typeAt, headerBytes, found)) return false;
  if (found.etherType === 4) return readLlc(buf, found.at, end, found);
  if (found.etherType < ether.SMALLEST_ETHERTYPE) found.etherType = 0;
  return true;
}

/** What macOS writes for "-i any": header length, a record type, then the link type of what follows, 4 bytes each. */
function readPktap(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean | null {
  if (end - at < 12) return false;
  const headerBytes = readU32LE(buf, at);
  const inner = readU32LE(buf, at + 8);
  if (headerBytes < 12 || headerBytes > end - at) return false;
  return inner === link.LINKTYPE_PKTAP ? null : readLinkLayer(inner, buf, at + headerBytes, end, found);
}
