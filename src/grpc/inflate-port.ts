/** Undoes a message encoding of `grpc-encoding`, giving up at `maxBytes` of output. Supplied by the shell, synchronous. */
export type InflatePort = (encoding: string, compressed: Uint8Array, maxBytes: number) => InflateResult;

export type InflateResult =
  | { readonly kind: "ok"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "too_large" }
  | { readonly kind: "unknown_encoding" };
