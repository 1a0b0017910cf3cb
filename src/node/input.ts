/** A capture's bytes from a file or standard input, in chunks. What cannot be opened is one clear sentence. */
import { open } from "node:fs/promises";
import { describeSystemError } from "./system-error.js";

/** Chunks of 4 MiB: larger ones read no faster, smaller ones cost a turn of the event loop each. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** An input that cannot be read; the message is a whole sentence for the user. */
export class InputError extends Error {}

/** The chunk is borrowed: the next one overwrites it. "-" is standard input. Throws InputError. */
export async function* readInput(path: string): AsyncGenerator<Uint8Array> {
  if (path === "-") {
    yield* readStdin();
    return;
  }
  const file = await open(path).catch((error) => {
    throw new InputError(`cannot open ${path}: ${describeSystemError(error)}`);
  });
  try {
    if ((await file.stat()).isDirectory()) throw new InputError(`${path} is a directory: name a capture file in it`);
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null).catch((error) => {
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
