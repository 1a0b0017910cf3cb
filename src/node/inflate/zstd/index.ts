/**
 * Zstandard frames (RFC 8878) → bytes, for single messages. Memory follows what is written, never a claimed window or content
 * size, and every loop is bounded by the bytes of its block: the packages that read zstd trust both.
 *
 *   frame:  | Magic (32) | Descriptor (8) | Window (0-8) | Dictionary_ID (0-32) | Content_Size (0-64) | blocks … | Checksum (0-32) |
 *   block:  | Last (1) | Type (2) | Size (21) | … |
 *
 * Checksums are not checked.
 */
import { type Decompress, TooLarge } from "../too-large.js";
import { littleEndian, MAX_BLOCK_BYTES, newFrameState, readBlock } from "./block.js";
import { Output } from "./output.js";

const MAGIC = 0xfd2fb528;
/** §3.1.2: 0x184D2A50 to 0x184D2A5F. */
const SKIPPABLE_MAGIC = 0x184d2a5;

const RAW_BLOCK = 0;
const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;

export const decompressZstd: Decompress = (bytes, maxBytes) => {
  const out = new Output(maxBytes);
  let at = 0;
  while (at < bytes.length) {
    const magic = littleEndian(bytes, at, 4);
    if (magic === MAGIC) at = readFrame(bytes, at, out, maxBytes);
    else if (Math.floor(magic / 16) === SKIPPABLE_MAGIC) at += 8 + littleEndian(bytes, at + 4, 4);
    else throw new Error("it does not begin as a zstd frame does");
  }
  if (at > bytes.length) throw new Error("its last frame is cut");
  return out.take();
};

/** Returns the offset behind the frame. */
function readFrame(bytes: Uint8Array, start: number, out: Output, maxBytes: number): number {
  const descriptor = bytes[start + 4];
  // §3.1.1.1.1.4: "This bit is reserved … It must be zero."
  if ((descriptor & 8) !== 0) throw new Error("its frame header has a reserved bit set");
  const singleSegment = (descriptor & 32) !== 0;
  const dictionaryLength = [0, 1, 2, 4][descriptor & 3];
  const sizeFlag = descriptor >> 6;
  const sizeLength = sizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
  let at = start + (singleSegment ? 5 : 6);
  const dictionary = littleEndian(bytes, at, dictionaryLength);
  if (dictionary !== 0) throw new Error(`it needs dictionary ${dictionary}`);
  at += dictionaryLength;
  const size = littleEndian(bytes, at, sizeLength) + (sizeFlag === 1 ? 256 : 0);
  if (sizeLength > 0 && size > maxBytes) throw new TooLarge();
  at += sizeLength;
  const before = out.length;
  out.beginFrame();
  at = readBlocks(bytes, at, out);
  if (sizeLength > 0 && out.length - before !== size) throw new Error(`its frame does not hold ${size} bytes`);
  return at + ((descriptor & 4) !== 0 ? 4 : 0);
}

function readBlocks(bytes: Uint8Array, start: number, out: Output): number {
  const state = newFrameState();
  let at = start;
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) throw new Error("it is cut");
    const header = littleEndian(bytes, at, 3);
    at += 3;
    last = (header & 1) === 1;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    const end = at + (type === RLE_BLOCK ? 1 : size);
    if (end > bytes.length) throw new Error("it is cut");
    if (size > MAX_BLOCK_BYTES) throw new Error("a block is too large");
    if (type === RAW_BLOCK) out.push(bytes.subarray(at, end));
    else if (type === RLE_BLOCK) out.fill(bytes[at], size);
    else if (type === COMPRESSED_BLOCK) readBlock(bytes, at, end, state, out);
    else throw new Error("a block is of the reserved type");
    at = end;
  }
  return at;
}
