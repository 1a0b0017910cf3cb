/**
 * The inflate port on Node.js: gzip, deflate (zlib, as gRPC means it, and raw, as some peers send it) and br by node:zlib, zstd and
 * snappy by our own readers. Each gives up at the bound of its output.
 */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import type { InflatePort } from "../../grpc/inflate-port.js";
import { decompressSnappy } from "./snappy.js";
import { type Decompress, TooLarge } from "./too-large.js";
import { decompressZstd } from "./zstd/index.js";

type Zlib = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const withZlib =
  (decompress: Zlib): Decompress =>
  (bytes, maxOutputLength) =>
    decompress(bytes, { maxOutputLength });

/** By the names of `grpc-encoding` and `content-encoding`; of several ways the first that succeeds counts. */
const DECOMPRESSORS = new Map<string, readonly Decompress[]>([
  ["gzip", [withZlib(gunzipSync)]],
  ["deflate", [withZlib(inflateSync), withZlib(inflateRawSync)]],
  ["br", [withZlib(brotliDecompressSync)]],
  ["zstd", [decompressZstd]],
  ["snappy", [decompressSnappy]],
  ["x-snappy-framed", [decompressSnappy]],
]);

export const inflate: InflatePort = (encoding, compressed, maxBytes) => {
  const decompressors = DECOMPRESSORS.get(encoding);
  if (decompressors === undefined) return { kind: "unknown_encoding" };
  let reason = "";
  for (const decompress of decompressors) {
    try {
      return { kind: "ok", bytes: decompress(compressed, maxBytes) };
    } catch (error) {
      if (isTooLarge(error)) return { kind: "too_large" };
      reason ||= (error as Error).message;
    }
  }
  return { kind: "failed", reason };
};

function isTooLarge(error: unknown): boolean {
  return error instanceof TooLarge || (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}
