/** Classic captures taken apart and put together again, as editcap does: to cut, split and drop packets of real recordings. */
import { readFileSync } from "node:fs";

export interface PcapFile {
  /** The 24 bytes of the file header. */
  readonly header: Buffer;
  /** Record header and bytes of each packet. */
  readonly records: readonly Buffer[];
}

/** A little-endian capture, as tcpdump writes it here. */
export function readPcapFile(path: string): PcapFile {
  const bytes = readFileSync(path);
  const records: Buffer[] = [];
  for (let at = 24; at < bytes.length; ) {
    const end = at + 16 + bytes.readUInt32LE(at + 8);
    records.push(bytes.subarray(at, end));
    at = end;
  }
  return { header: bytes.subarray(0, 24), records };
}

export function writePcap(header: Buffer, records: readonly Buffer[]): Buffer {
  return Buffer.concat([header, ...records]);
}
