import type { InflatePort } from "../grpc/inflate-port.js";

/** What a shell must supply to the core, which does no IO itself. All of it is synchronous. */
export interface Ports {
  readonly inflate: InflatePort;
}
