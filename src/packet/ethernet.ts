/** Ethernet and LLC headers → where the network layer begins and of which EtherType it is. */
import { readU16BE } from "../bytes/integers.js";
import { SMALLEST_ETHERTYPE } from "./ether-types.js";

export interface NetworkStart {
  /** 0 where the link layer names no network protocol that has an EtherType. */
  etherType: number;
  at: number;
}

/** Destination and source address, 6 bytes each; EtherType or, below 0x600, a length and an LLC header. */
export function readEthernet(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  if (end - at < 14) return false;
  found.etherType = readU16BE(buf, at + 12);
  found.at = at + 14;
  if (found.etherType < SMALLEST_ETHERTYPE) return readLlc(buf, at + 14, end, found);
  return true;
}

/** LLC with a SNAP header: AA AA 03, a 3-byte organisation code, an EtherType. */
export function readLlc(buf: Uint8Array, at: number, end: number, found: NetworkStart): boolean {
  found.etherType = 0;
  found.at = at;
  if (end - at < 8 || buf[at] !== 0xaa || buf[at + 1] !== 0xaa || buf[at + 2] !== 3) return true;
  return readTyped(buf, at, end, 6, 8, found);
}

/** A header of `headerBytes` with an EtherType at `typeAt`. */
export function readTyped(
  buf: Uint8Array,
  at: number,
  end: number,
  typeAt: number,
  headerBytes: number,
  found: NetworkStart,
): boolean {
  if (end - at < headerBytes) return false;
  found.etherType = readU16BE(buf, at + typeAt);
  found.at = at + headerBytes;
  return true;
}
