/** Undoes an encoding within the limits. */
import type { InflateResult } from "../grpc/inflate-port.js";
import type { CallContext } from "./context.js";

/** Small bodies may grow by more than the ratio allows: the headers of the formats alone do. */
const SMALLEST = 64;

export function maxInflated({ limits }: CallContext, length: number): number {
  return Math.min(limits.maxDecompressedBytes, limits.maxDecompressionRatio * Math.max(length, SMALLEST));
}

export function inflate(context: CallContext, encoding: string, body: Uint8Array): InflateResult {
  return context.inflate(encoding, body, maxInflated(context, body.length));
}

/** null: it cannot be had. */
export function inflateBody(context: CallContext, encoding: string, body: Uint8Array): Uint8Array | null {
  const result = inflate(context, encoding, body);
  return result.kind === "ok" ? result.bytes : null;
}
