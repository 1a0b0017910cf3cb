/**
 * The joint type of the pipeline: ordered bytes of one two-sided connection, pushed.
 *
 * Whoever has ordered bytes (the TCP assembler, a TLS layer, a live proxy) pushes them into a ByteStreamSink;
 * whoever reads a protocol (TLS, HTTP/2) is one.
 */

/** Who sent it: 0 the client, 1 the server. */
export type Side = 0 | 1;
export const CLIENT = 0;
export const SERVER = 1;

export type CloseReason = "fin" | "rst" | "idle" | "eof" | "evicted";

export interface ByteStreamSink {
  /**
   * The next bytes of `side`: `buf[start, end)`, never empty. `at` is the offset of `buf[start]` in that side's stream,
   * counted from 0 at the first byte that the stream can know. Calls come in order and without overlap: `at` equals the end
   * of the previous data or gap. The view is borrowed: it is good until the call returns.
   * `timeNs`: nanoseconds since the inspector's time base, the time at which the packet that brought the bytes was seen.
   */
  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void;

  /** `length` bytes from `at` on were sent and never seen. Lost bytes are an event, not an error. */
  gap(side: Side, at: number, length: number, timeNs: number): void;

  /**
   * Nothing more will come. For "fin", of that side only: the other may go on (half-close). Any other reason ends both
   * sides, and is told once for each; "rst" first for the side that sent it.
   */
  close(side: Side, reason: CloseReason, timeNs: number): void;
}
