/** Undoes an encoding within the limits. */
import type { InflateResult } from "../grpc/inflate-port.js";
import type { CallContext } from "./context.js";

/** Up to here the ratio does not matter: a few bytes of zstd or br are a megabyte of zeros, of honest peers too. */
const ANY_RATIO_BYTES = 1024 * 1024;

export function maxInflated({ limits }: CallContext, length: number): number {
  return Math.min(limits.maxDecompressedBytes, Math.max(limits.maxDecompressionRatio * length, ANY_RATIO_BYTES));
}

export function inflate(context: CallContext, encoding: string, body: Uint8Array): InflateResult {
  return context.inflate(encoding, body, maxInflated(context, body.length));
}

/** null: it cannot be had. */
export function inflateBody(context: CallContext, encoding: string, body: Uint8Array): Uint8Array | null {
  const result = inflate(context, encoding, body);
  return result.kind === "ok" ? result.bytes : null;
}
