/**
 * Zstandard frames (RFC 8878) → bytes, for files: they are read as they come, and what is held of what they become is a window.
 * It grows with what is written into it. Checksums are not checked.
 */
import { PulledBytes } from "../pulled-bytes.js";
import { BLOCK_HEADER_LENGTH, MAX_BLOCK_BYTES, newFrameState, readBlock, readBlockHeader } from "./block.js";
import {
  type FrameHeader,
  frameHeaderLength,
  frameKind,
  MAGIC_LENGTH,
  readFrameHeader,
  SKIPPABLE_HEADER_LENGTH,
  skippableLength,
} from "./frame-header.js";
import { Output } from "./output.js";

/**
 * What `zstd` itself takes unless it is told otherwise. §3.1.1.1.2 asks for 8 MiB, so that "decoders … support at least" those,
 * and leaves it to them what they refuse.
 */
export const MAX_WINDOW_BYTES = 128 * 1024 * 1024;

/** Thrown in place of what a frame with a larger window holds. */
export class WindowTooLarge extends Error {
  constructor(readonly windowSize: number) {
    super(`its window has ${windowSize} bytes`);
  }
}

/** A piece is borrowed: the next one may overwrite it. Throws an Error that says what is wrong, behind the last good piece. */
export async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const input = new PulledBytes(iterator);
  const out = new Output(2 * MAX_WINDOW_BYTES);
  try {
    while (await input.want(1)) {
      await need(input, MAGIC_LENGTH + 1);
      if (frameKind(input.bytes, input.at) === "skippable") await skipFrame(input);
      else yield* readFrame(input, out);
    }
  } finally {
    await iterator.return?.();
  }
}

async function need(input: PulledBytes, count: number): Promise<void> {
  if (!input.has(count) && !(await input.want(count))) throw new Error("it is cut");
}

async function skipFrame(input: PulledBytes): Promise<void> {
  await need(input, SKIPPABLE_HEADER_LENGTH);
  const length = SKIPPABLE_HEADER_LENGTH + skippableLength(input.bytes, input.at);
  if (!(await input.skip(length))) throw new Error("it is cut");
}

async function* readFrame(input: PulledBytes, out: Output): AsyncGenerator<Uint8Array> {
  await need(input, frameHeaderLength(input.bytes[input.at + MAGIC_LENGTH]));
  const header = readFrameHeader(input.bytes, input.at);
  const { length, windowSize, contentSize, checksumLength } = header;
  if (windowSize > MAX_WINDOW_BYTES) throw new WindowTooLarge(windowSize);
  input.at += length;
  let size = 0;
  for await (const piece of readBlocks(input, header, out)) {
    size += piece.length;
    yield piece;
  }
  if (contentSize !== null && size !== contentSize) throw new Error(`its frame does not hold ${contentSize} bytes`);
  await need(input, checksumLength);
  input.at += checksumLength;
}

async function* readBlocks(input: PulledBytes, { windowSize }: FrameHeader, out: Output): AsyncGenerator<Uint8Array> {
  // Moving the window each time that a quarter of it was written moves each byte some four times.
  const room = Math.max(MAX_BLOCK_BYTES, windowSize / 4);
  const state = newFrameState();
  out.beginFrame();
  for (let isLast = false; !isLast; ) {
    await need(input, BLOCK_HEADER_LENGTH);
    const header = readBlockHeader(input.bytes, input.at);
    await need(input, BLOCK_HEADER_LENGTH + header.length);
    if (out.length > windowSize + room) out.keepLast(windowSize);
    const start = out.length;
    readBlock(header, input.bytes, input.at + BLOCK_HEADER_LENGTH, state, out);
    input.at += BLOCK_HEADER_LENGTH + header.length;
    if (out.length > start) yield out.since(start);
    isLast = header.isLast;
  }
}
