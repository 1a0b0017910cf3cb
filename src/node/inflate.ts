/** The inflate port on node:zlib: gzip, deflate (zlib, as gRPC means it, and raw, as some peers send it) and br. */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import type { InflatePort } from "../grpc/inflate-port.js";

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

const DECOMPRESSORS = new Map<string, readonly Decompress[]>([
  ["gzip", [gunzipSync]],
  ["deflate", [inflateSync, inflateRawSync]],
  ["br", [brotliDecompressSync]],
]);

export const inflate: InflatePort = (encoding, compressed, maxBytes) => {
  const decompressors = DECOMPRESSORS.get(encoding);
  if (decompressors === undefined) return { kind: "unknown_encoding" };
  let reason = "";
  for (const decompress of decompressors) {
    try {
      return { kind: "ok", bytes: decompress(compressed, { maxOutputLength: maxBytes }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return { kind: "too_large" };
      reason ||= (error as Error).message;
    }
  }
  return { kind: "failed", reason };
};
