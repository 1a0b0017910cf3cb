/**
 * IEEE 802.11 data frames, with or without a radio header before them → the network layer. Frames of other types, protected
 * ones and A-MSDUs carry nothing that is read here.
 *
 *      0               2               4
 *     +---------------+-----------------+
 *     | frame control | duration        |   frame control: version 2 bits, type 2, subtype 4, then flags:
 *     +---------------+-----------------+   To DS 1, From DS 2, …, Protected 0x40, +HTC/Order 0x80
 *     | three addresses, 6 bytes each   |
 *     +---------------+-----------------+
 *     | sequence      | 4th address, when To DS and From DS; QoS control 2; HT control 4; then LLC
 *     +---------------+
 */
import { readU16LE, readU32BE, readU32LE } from "../bytes/integers.js";
import { type NetworkStart, readLlc } from "./ethernet.js";
import { LINKTYPE_IEEE802_11_AVS, LINKTYPE_IEEE802_11_PRISM, LINKTYPE_IEEE802_11_RADIOTAP } from "./link-types.js";

const TYPE_DATA = 2;
const AVS_MAGIC = 0x80211000;
/** radiotap fields that stand before the flags: TSFT, 8 bytes. */
const RADIOTAP_TSFT = 1;
const RADIOTAP_FLAGS = 2;
const RADIOTAP_MORE = 0x8000_0000;
/** "frame has padding between 802.11 header and payload (to 32-bit boundary)". */
const RADIOTAP_FLAG_DATA_PAD = 0x20;

export function readWlan(linkType: number, buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (linkType === LINKTYPE_IEEE802_11_RADIOTAP) {
    if (end - at < 8) return false;
    const headerBytes = readU16LE(buf, at + 2);
    if (headerBytes < 8 || headerBytes > end - at) return false;
    return readFrame(buf, at + headerBytes, end, hasDataPad(buf, at, headerBytes), found);
  }
  if (linkType === LINKTYPE_IEEE802_11_AVS || linkType === LINKTYPE_IEEE802_11_PRISM) {
    if (end - at < 8) return false;
    const headerBytes = radioHeaderBytes(buf, at);
    if (headerBytes > end - at) return false;
    return readFrame(buf, at + headerBytes, end, false, found);
  }
  return readFrame(buf, at, end, false, found);
}

/** Prism and AVS headers share a link type: AVS begins with its magic; both have a length in their second word. */
function radioHeaderBytes(buf: Uint8Array, at: number): number {
  const isAvs = (readU32BE(buf, at) & 0xfffff000) >>> 0 === AVS_MAGIC;
  return isAvs ? readU32BE(buf, at + 4) : readU32LE(buf, at + 4);
}

function hasDataPad(buf: Uint8Array, at: number, headerBytes: number): boolean {
  const present = readU32LE(buf, at + 4);
  if ((present & RADIOTAP_FLAGS) === 0) return false;
  let fieldAt = 8;
  for (let word = present; (word & RADIOTAP_MORE) !== 0; fieldAt += 4) {
    if (fieldAt + 4 > headerBytes) return false;
    word = readU32LE(buf, at + fieldAt);
  }
  // Each field is aligned to its own size, counted from the header's start.
  if ((present & RADIOTAP_TSFT) !== 0) fieldAt = ((fieldAt + 7) & ~7) + 8;
  return fieldAt < headerBytes && (buf[at + fieldAt] & RADIOTAP_FLAG_DATA_PAD) !== 0;
}

function readFrame(buf: Uint8Array, at: number, end: number, dataPad: boolean, found: NetworkStart): boolean {
  found.etherType = 0;
  found.at = at;
  if (end - at < 24) return end - at >= 2 && ((buf[at] >> 2) & 3) !== TYPE_DATA;
  const subtype = buf[at] >> 4;
  const flags = buf[at + 1];
  const hasNoData = (subtype & 4) !== 0;
  const isProtected = (flags & 0x40) !== 0;
  if (((buf[at] >> 2) & 3) !== TYPE_DATA || hasNoData || isProtected) return true;
  let headerBytes = (flags & 3) === 3 ? 30 : 24;
  if ((subtype & 8) !== 0) {
    const qosAt = at + headerBytes;
    if (end - qosAt < 2) return false;
    const isAggregate = (buf[qosAt] & 0x80) !== 0;
    if (isAggregate) return true;
    headerBytes += (flags & 0x80) !== 0 ? 6 : 2;
  }
  if (dataPad) headerBytes = (headerBytes + 3) & ~3;
  return readLlc(buf, at + headerBytes, end, found);
}
