/**
 * Zstandard frames (RFC 8878) → bytes, for single messages (`stream.ts` reads files). Memory follows what is written, never a
 * claimed window or content size, and every loop is bounded by the bytes of its block: the packages that read zstd trust both.
 *
 *   frame:  | Magic (32) | Descriptor (8) | Window (0-8) | Dictionary_ID (0-32) | Content_Size (0-64) | blocks … | Checksum (0-32) |
 *   block:  | Last (1) | Type (2) | Size (21) | … |
 *
 * Checksums are not checked.
 */
import { type Decompress, TooLarge } from "../too-large.js";
import { BLOCK_HEADER_LENGTH, newFrameState, readBlock, readBlockHeader } from "./block.js";
import { frameKind, readFrameHeader, SKIPPABLE_HEADER_LENGTH, skippableLength } from "./frame-header.js";
import { Output } from "./output.js";

export const decompressZstd: Decompress = (bytes, maxBytes) => {
  const out = new Output(maxBytes);
  let at = 0;
  while (at < bytes.length) {
    if (frameKind(bytes, at) === "zstd") at = readFrame(bytes, at, out, maxBytes);
    else at += SKIPPABLE_HEADER_LENGTH + skippableLength(bytes, at);
  }
  if (at > bytes.length) throw new Error("its last frame is cut");
  return out.take();
};

/** Returns the offset behind the frame. */
function readFrame(bytes: Uint8Array, start: number, out: Output, maxBytes: number): number {
  const { length, contentSize, checksumLength } = readFrameHeader(bytes, start);
  if (contentSize !== null && contentSize > maxBytes) throw new TooLarge();
  const before = out.length;
  out.beginFrame();
  const at = readBlocks(bytes, start + length, out);
  if (contentSize !== null && out.length - before !== contentSize)
    throw new Error(`its frame does not hold ${contentSize} bytes`);
  return at + checksumLength;
}

function readBlocks(bytes: Uint8Array, start: number, out: Output): number {
  const state = newFrameState();
  let at = start;
  for (let isLast = false; !isLast; ) {
    if (at + BLOCK_HEADER_LENGTH > bytes.length) throw new Error("it is cut");
    const header = readBlockHeader(bytes, at);
    at += BLOCK_HEADER_LENGTH;
    if (at + header.length > bytes.length) throw new Error("it is cut");
    readBlock(header, bytes, at, state, out);
    at += header.length;
    isLast = header.isLast;
  }
  return at;
}
