/** A capture's bytes from a file or standard input, in chunks. What cannot be opened is one clear sentence. */
import { open } from "node:fs/promises";
import { decompressed } from "./compressed.js";
import { InputError } from "./input-error.js";
import { describeSystemError } from "./system-error.js";

/** Chunks of 1 MiB stay in the cache of a processor; smaller ones cost a turn of the event loop each. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The bytes of a capture, decompressed where they are gzip or zstd. "-" is standard input. A chunk is borrowed: the next one
 * overwrites it. Throws InputError.
 */
export function readInput(path: string, chunkBytes = CHUNK_BYTES): AsyncGenerator<Uint8Array> {
  if (path === "-") return decompressed(readStdin(), "standard input");
  return decompressed(readFile(path, chunkBytes), path, chunkBytes);
}

async function* readFile(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((error) => {
    throw new InputError(`cannot open ${path}: ${describeSystemError(error)}`);
  });
  try {
    if ((await file.stat()).isDirectory()) throw new InputError(`${path} is a directory: name a capture file in it`);
    const buffer = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, null).catch((error) => {
        throw new InputError(`cannot read ${path}: ${describeSystemError(error)}`);
      });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* readStdin(): AsyncGenerator<Uint8Array> {
  if (process.stdin.isTTY) {
    throw new InputError("standard input is a terminal: pipe a capture into it, as in tcpdump -U -w - | cal-inspect -");
  }
  try {
    for await (const chunk of process.stdin) yield chunk as Uint8Array;
  } catch (error) {
    throw new InputError(`cannot read standard input: ${describeSystemError(error)}`);
  }
}
