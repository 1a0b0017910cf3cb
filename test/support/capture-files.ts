/** Writes capture files: pcap in all its variants, pcapng block by block. */
import { type Bytes, concat } from "./packets.js";

export interface CapturedPacket {
  readonly bytes: Bytes;
  /** Default: packet n was captured n milliseconds after 2023-11-14T22:13:20Z. */
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly originalLength?: number;
}

export const BASE_SECONDS = 1_700_000_000;

export interface PcapOptions {
  readonly linkType?: number;
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
  /** The record form of magic 0xa1b2cd34. */
  readonly modified?: boolean;
  readonly snapshotLength?: number;
}

export const words = (littleEndian: boolean, ...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, littleEndian);
  return new Uint8Array(view.buffer);
};

export const halfWords = (littleEndian: boolean, ...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (const [i, value] of values.entries()) view.setUint16(2 * i, value, littleEndian);
  return new Uint8Array(view.buffer);
};

export function timeOf(packet: CapturedPacket, index: number): { seconds: number; nanoseconds: number } {
  const { seconds = BASE_SECONDS + Math.floor(index / 1000), nanoseconds = (index % 1000) * 1_000_000 } = packet;
  return { seconds, nanoseconds };
}

export function pcapHeader(options: PcapOptions = {}): Uint8Array {
  const {
    linkType = 1,
    littleEndian = true,
    nanoseconds = false,
    modified = false,
    snapshotLength = 262_144,
  } = options;
  const magic = modified ? 0xa1b2cd34 : nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const version = halfWords(littleEndian, 2, 4);
  return concat(words(littleEndian, magic), version, words(littleEndian, 0, 0, snapshotLength, linkType));
}

export function pcapRecord(packet: CapturedPacket, index: number, options: PcapOptions = {}): Uint8Array {
  const { littleEndian = true, nanoseconds = false, modified = false } = options;
  const time = timeOf(packet, index);
  const fraction = nanoseconds ? time.nanoseconds : Math.floor(time.nanoseconds / 1000);
  const { bytes, originalLength = bytes.length } = packet;
  const header = words(littleEndian, time.seconds, fraction, bytes.length, originalLength);
  return concat(header, modified ? new Uint8Array(8).fill(7) : [], bytes);
}

export function pcapFile(packets: readonly CapturedPacket[], options: PcapOptions = {}): Uint8Array {
  return concat(pcapHeader(options), ...packets.map((packet, index) => pcapRecord(packet, index, options)));
}

const pad = (bytes: Bytes): Uint8Array => new Uint8Array((4 - (bytes.length % 4)) % 4);

export function block(type: number, body: Bytes, littleEndian = true): Uint8Array {
  const length = 12 + body.length + pad(body).length;
  return concat(words(littleEndian, type, length), body, pad(body), words(littleEndian, length));
}

/** Options as [code, value], with the end of options behind them. */
export function options(list: readonly (readonly [number, Bytes])[], littleEndian = true): Uint8Array {
  if (list.length === 0) return new Uint8Array(0);
  const each = list.map(([code, value]) => concat(halfWords(littleEndian, code, value.length), value, pad(value)));
  return concat(...each, words(littleEndian, 0));
}

type Options = readonly (readonly [number, Bytes])[];

export function sectionHeader(littleEndian = true, list: Options = []): Uint8Array {
  const body = concat(words(littleEndian, 0x1a2b3c4d), halfWords(littleEndian, 1, 0), new Uint8Array(8).fill(0xff));
  return block(0x0a0d0d0a, concat(body, options(list, littleEndian)), littleEndian);
}

export function interfaceBlock(linkType = 1, littleEndian = true, list: Options = [], snapshotLength = 0): Uint8Array {
  const body = concat(halfWords(littleEndian, linkType, 0), words(littleEndian, snapshotLength));
  return block(1, concat(body, options(list, littleEndian)), littleEndian);
}

export interface EnhancedPacket extends CapturedPacket {
  readonly interfaceId?: number;
  readonly options?: Options;
  /** The timestamp as it stands in the block; default: microseconds. */
  readonly ticks?: bigint;
}

export function enhancedPacket(packet: EnhancedPacket, index: number, littleEndian = true): Uint8Array {
  const { bytes, interfaceId = 0, originalLength = bytes.length } = packet;
  const { seconds, nanoseconds } = timeOf(packet, index);
  const ticks = packet.ticks ?? BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanoseconds / 1000));
  const time = [Number(ticks >> 32n), Number(ticks & 0xffff_ffffn)];
  const header = words(littleEndian, interfaceId, ...time, bytes.length, originalLength);
  return block(6, concat(header, bytes, pad(bytes), options(packet.options ?? [], littleEndian)), littleEndian);
}

export function pcapngFile(packets: readonly CapturedPacket[], linkType = 1, littleEndian = true): Uint8Array {
  const blocks = packets.map((packet, index) => enhancedPacket(packet, index, littleEndian));
  return concat(sectionHeader(littleEndian), interfaceBlock(linkType, littleEndian), ...blocks);
}
