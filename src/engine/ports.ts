/** What a shell must supply to the core, which does no IO itself. All of it is synchronous. */
export interface Ports {
  readonly inflate: InflatePort;
}

/** Undoes a message encoding of `grpc-encoding`, giving up at `maxBytes` of output. */
export type InflatePort = (encoding: string, compressed: Uint8Array, maxBytes: number) => InflateResult;

export type InflateResult =
  | { readonly kind: "ok"; readonly bytes: Uint8Array }
  /** `bytes`: what came out before the failure. */
  | { readonly kind: "failed"; readonly reason: string; readonly bytes: Uint8Array }
  | { readonly kind: "too_large" }
  | { readonly kind: "unknown_encoding" };
