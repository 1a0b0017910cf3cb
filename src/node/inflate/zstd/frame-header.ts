/** The header of a zstd frame (RFC 8878 §3.1.1.1), and what stands in place of one. */
import { littleEndian } from "./little-endian.js";

const MAGIC = 0xfd2fb528;
/** §3.1.2: 0x184D2A50 to 0x184D2A5F. */
const SKIPPABLE_MAGIC = 0x184d2a5;

export const MAGIC_LENGTH = 4;
/** Magic number and length. */
export const SKIPPABLE_HEADER_LENGTH = 8;

export type FrameKind = "zstd" | "skippable";

/** Throws where no frame begins. */
export function frameKind(bytes: Uint8Array, at: number): FrameKind {
  const magic = littleEndian(bytes, at, MAGIC_LENGTH);
  if (magic === MAGIC) return "zstd";
  if (Math.floor(magic / 16) === SKIPPABLE_MAGIC) return "skippable";
  throw new Error("it does not begin as a zstd frame does");
}

/** Length of what a skippable frame holds. */
export function skippableLength(bytes: Uint8Array, at: number): number {
  return littleEndian(bytes, at + MAGIC_LENGTH, 4);
}

export interface FrameHeader {
  /** Magic number included. */
  readonly length: number;
  /** How far back a match may reach. */
  readonly windowSize: number;
  /** null: not told. */
  readonly contentSize: number | null;
  readonly checksumLength: number;
}

interface Fields {
  readonly isSingleSegment: boolean;
  readonly dictionaryLength: number;
  readonly sizeLength: number;
}

/** §3.1.1.1.1. */
function fieldsOf(descriptor: number): Fields {
  const isSingleSegment = (descriptor & 32) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeLength = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  return { isSingleSegment, dictionaryLength: [0, 1, 2, 4][descriptor & 3], sizeLength };
}

/** Bytes of a frame's header by its descriptor, the byte behind the magic number. */
export function frameHeaderLength(descriptor: number): number {
  const { isSingleSegment, dictionaryLength, sizeLength } = fieldsOf(descriptor);
  return MAGIC_LENGTH + (isSingleSegment ? 1 : 2) + dictionaryLength + sizeLength;
}

export function readFrameHeader(bytes: Uint8Array, start: number): FrameHeader {
  const descriptor = bytes[start + MAGIC_LENGTH];
  // §3.1.1.1.1.4: "This bit is reserved … It must be zero."
  if ((descriptor & 8) !== 0) throw new Error("its frame header has a reserved bit set");
  const { isSingleSegment, dictionaryLength, sizeLength } = fieldsOf(descriptor);
  const windowAt = start + MAGIC_LENGTH + 1;
  const dictionaryAt = windowAt + (isSingleSegment ? 0 : 1);
  const dictionary = littleEndian(bytes, dictionaryAt, dictionaryLength);
  if (dictionary !== 0) throw new Error(`it needs dictionary ${dictionary}`);
  const size = littleEndian(bytes, dictionaryAt + dictionaryLength, sizeLength) + (sizeLength === 2 ? 256 : 0);
  return {
    length: frameHeaderLength(descriptor),
    windowSize: isSingleSegment ? size : windowSizeOf(bytes[windowAt]),
    contentSize: sizeLength > 0 ? size : null,
    checksumLength: (descriptor & 4) !== 0 ? 4 : 0,
  };
}

/** §3.1.1.1.2. */
function windowSizeOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
