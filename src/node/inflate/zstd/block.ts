/**
 * A block of zstd (RFC 8878 §3.1.1.2): bytes as they are, one of them many times, or compressed (§3.1.1.3): literals, then the
 * sequences that weave them into what came before.
 */
import { type HuffmanTable, readHuffmanTable, readLiterals } from "./huffman.js";
import { littleEndian } from "./little-endian.js";
import type { Output } from "./output.js";
import { readSequences, type SequenceTables } from "./sequences.js";

/** §3.1.1.2: "Block_Maximum_Size is the smaller of Window_Size or 128 KB". */
export const MAX_BLOCK_BYTES = 128 * 1024;

/** What the blocks of a frame hand on. */
export interface FrameState {
  readonly tables: SequenceTables;
  readonly repeatOffsets: [number, number, number];
  huffman: HuffmanTable | null;
}

export function newFrameState(): FrameState {
  return { tables: [null, null, null], repeatOffsets: [1, 4, 8], huffman: null };
}

export const BLOCK_HEADER_LENGTH = 3;

const RAW_BLOCK = 0;
const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;

export interface BlockHeader {
  readonly isLast: boolean;
  readonly type: number;
  readonly size: number;
  /** Bytes that follow. */
  readonly length: number;
}

export function readBlockHeader(bytes: Uint8Array, at: number): BlockHeader {
  const header = littleEndian(bytes, at, BLOCK_HEADER_LENGTH);
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (size > MAX_BLOCK_BYTES) throw new Error("a block is too large");
  return { isLast: (header & 1) === 1, type, size, length: type === RLE_BLOCK ? 1 : size };
}

/** `at`: where what follows the header begins; all of it is there. */
export function readBlock(
  { type, size, length }: BlockHeader,
  bytes: Uint8Array,
  at: number,
  state: FrameState,
  out: Output,
): void {
  if (type === RAW_BLOCK) out.push(bytes, at, at + length);
  else if (type === RLE_BLOCK) out.fill(bytes[at], size);
  else if (type === COMPRESSED_BLOCK) readCompressed(bytes, at, at + length, state, out);
  else throw new Error("a block is of the reserved type");
}

const RAW_LITERALS = 0;
const RLE_LITERALS = 1;
const COMPRESSED_LITERALS = 2;

function readCompressed(bytes: Uint8Array, start: number, end: number, state: FrameState, out: Output): void {
  const [literals, at] = readLiteralsSection(bytes, start, end, state);
  const from = out.length;
  let used = 0;
  readSequences(bytes, at, end, state.tables, (literalsLength, matchLength, offsetValue) => {
    if (used + literalsLength > literals.length) throw new Error("a sequence asks for more literals than there are");
    if (out.length - from + literalsLength + matchLength > MAX_BLOCK_BYTES) throw new Error("a block is too large");
    out.push(literals, used, used + literalsLength);
    used += literalsLength;
    out.repeat(resolveOffset(offsetValue, literalsLength, state.repeatOffsets), matchLength);
  });
  out.push(literals, used, literals.length);
  if (out.length - from > MAX_BLOCK_BYTES) throw new Error("a block is too large");
}

/** §3.1.1.3.1. */
function readLiteralsSection(
  bytes: Uint8Array,
  start: number,
  end: number,
  state: FrameState,
): [literals: Uint8Array, at: number] {
  if (end - start < 2) throw new Error("a block is cut");
  const type = bytes[start] & 3;
  const format = (bytes[start] >> 2) & 3;
  if (type < COMPRESSED_LITERALS) {
    const headerLength = format === 1 ? 2 : format === 3 ? 3 : 1;
    const size = littleEndian(bytes, start, headerLength) >> (headerLength === 1 ? 3 : 4);
    const at = start + headerLength;
    const next = at + (type === RLE_LITERALS ? 1 : size);
    if (next > end || size > MAX_BLOCK_BYTES) throw new Error("the literals of a block are cut");
    return [type === RAW_LITERALS ? bytes.subarray(at, next) : new Uint8Array(size).fill(bytes[at]), next];
  }
  const headerLength = format < 2 ? 3 : format + 2;
  const sizeBits = format < 2 ? 10 : format === 2 ? 14 : 18;
  const sizes = Math.floor(littleEndian(bytes, start, headerLength) / 16);
  const size = sizes % 2 ** sizeBits;
  let at = start + headerLength;
  const next = at + Math.floor(sizes / 2 ** sizeBits);
  if (next > end || size > MAX_BLOCK_BYTES) throw new Error("the literals of a block are cut");
  if (type === COMPRESSED_LITERALS) [state.huffman, at] = readHuffmanTable(bytes, at, next);
  if (state.huffman === null) throw new Error("a Huffman table is to be repeated that there never was");
  const literals = new Uint8Array(size);
  readLiterals(state.huffman, bytes, at, next, literals, format === 0 ? 1 : 4);
  return [literals, next];
}

/** §3.1.1.5: values 1 to 3 name an earlier offset, others are the offset + 3. */
function resolveOffset(value: number, literalsLength: number, recent: [number, number, number]): number {
  const which = value > 3 ? value : literalsLength === 0 ? value + 1 : value;
  const offset = value > 3 ? value - 3 : which === 4 ? recent[0] - 1 : recent[which - 1];
  if (which > 1) {
    if (which > 2) recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = offset;
  }
  return offset;
}
