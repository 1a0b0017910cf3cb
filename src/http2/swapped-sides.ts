/** Tells a connection with its sides changed over: what looked like the server is the client. */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";

export class SwappedSides implements ByteStreamSink {
  constructor(private readonly sink: ByteStreamSink) {}

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.sink.data((1 - side) as Side, buf, start, end, at, timeNs);
  }

  gap(side: Side, at: number, length: number, timeNs: number): void {
    this.sink.gap((1 - side) as Side, at, length, timeNs);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    this.sink.close((1 - side) as Side, reason, timeNs);
  }
}
