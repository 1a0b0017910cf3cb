import type { BodyReader } from "../grpc/body-reader.js";

/** A body that carries no messages, such as a proxy's page. */
export class IgnoredBody implements BodyReader {
  push(): void {}
  lost(): void {}
  end(): void {}
}
