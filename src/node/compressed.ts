/**
 * Bytes that may be compressed, by gzip (members concatenated too) or zstd → the bytes themselves, at constant memory. The
 * format is known by its first bytes; anything else passes through as it is.
 */
import { createGunzip } from "node:zlib";
import { MAX_WINDOW_BYTES, unzstd, WindowTooLarge } from "./inflate/zstd/stream.js";
import { InputError } from "./input-error.js";

/** A chunk is borrowed: the next one may overwrite it. */
export type Chunks = AsyncIterable<Uint8Array>;

/** RFC 1952 §2.3.1. */
const GZIP_MAGIC = [0x1f, 0x8b];
/** RFC 8878 §3.1.1. */
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/** Of gzip: larger ones cost memory, smaller ones a turn of the event loop each. */
const MAX_CHUNK_BYTES = 256 * 1024;

/**
 * `name` is what a sentence about the input calls it; `chunkBytes`: about as much is decompressed at a time, or less. Throws
 * InputError behind the last good byte.
 */
export async function* decompressed(
  chunks: Chunks,
  name: string,
  chunkBytes = MAX_CHUNK_BYTES,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const [head, rest] = await peek(iterator, ZSTD_MAGIC.length);
  const all = join(head, rest);
  if (startsWith(head, GZIP_MAGIC)) yield* gunzipped(all, name, Math.min(chunkBytes, MAX_CHUNK_BYTES));
  else if (startsWith(head, ZSTD_MAGIC)) yield* unzstdChunks(all, name);
  else yield* all;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

/** The first chunk, joined with later ones until it has `length` bytes or there are no more. */
async function peek(
  iterator: AsyncIterator<Uint8Array>,
  length: number,
): Promise<[head: Uint8Array, rest: AsyncIterator<Uint8Array>]> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < length) {
    const { value, done } = await iterator.next();
    if (done) break;
    head = head.length === 0 && value.length >= length ? value : Buffer.concat([head, value]);
  }
  return [head, iterator];
}

async function* join(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* gunzipped(chunks: Chunks, name: string, chunkSize: number): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize });
  const feeding = (async () => {
    for await (const chunk of chunks) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(chunk.slice()))
        await new Promise<void>((resume) => onceAny(gunzip, ["drain", "close"], resume));
    }
    gunzip.end();
  })();
  feeding.catch((error) => gunzip.destroy(error));
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    throw error instanceof InputError ? error : damaged(name, "gzip", error);
  } finally {
    gunzip.destroy();
  }
}

function onceAny(stream: NodeJS.EventEmitter, events: readonly string[], listener: () => void): void {
  const once = () => {
    for (const event of events) stream.off(event, once);
    listener();
  };
  for (const event of events) stream.on(event, once);
}

async function* unzstdChunks(chunks: Chunks, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* unzstd(chunks);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw error instanceof WindowTooLarge ? tooLarge(name, error) : damaged(name, "zstd", error);
  }
}

function tooLarge(name: string, { windowSize }: WindowTooLarge): InputError {
  const [asked, most] = [windowSize, MAX_WINDOW_BYTES].map((bytes) => Math.ceil(bytes / 2 ** 20));
  return new InputError(
    `${name} is zstd-compressed with a window of ${asked} MiB, and at most ${most} are taken: unpack it by zstd -dc --long=31 FILE | cal-inspect -`,
  );
}

function damaged(name: string, format: string, error: unknown): InputError {
  return new InputError(
    `${name} is ${format}-compressed and damaged or cut: ${(error as Error).message}; what came before was read`,
  );
}
