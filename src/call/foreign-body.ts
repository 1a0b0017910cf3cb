/** The body of a response that is not gRPC, such as a proxy's page: counted, and its beginning kept to be told. */
import { decodeUtf8 } from "../bytes/text.js";
import type { BodyReader } from "../grpc/body-reader.js";
import type { Call } from "./call.js";
import { diagnose } from "./diagnose.js";

/** Enough for the title of an error page. */
const KEPT_BYTES = 200;

export class ForeignBody implements BodyReader {
  private length = 0;
  private text = "";
  private told = false;

  constructor(
    private readonly call: Call,
    private readonly contentType: string,
  ) {}

  push(buf: Uint8Array, start: number, end: number): void {
    const room = Math.min(end - start, KEPT_BYTES - this.length);
    if (room > 0) this.text += decodeUtf8(buf, start, start + room);
    this.length += end - start;
  }

  lost(length: number): void {
    this.length += length;
  }

  end(): void {
    if (this.told) return;
    this.told = true;
    const { call, contentType, length } = this;
    const begin = length === 0 ? "" : `, beginning ${JSON.stringify(this.text.replace(/\s+/g, " ").trim())}`;
    diagnose(call, "GRPC_RESPONSE_FOREIGN", { contentType, length, begin }, []);
  }
}
