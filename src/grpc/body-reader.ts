/** Takes the bytes of one half of a call and makes messages of them; MessageSplitter is the usual one. */
export interface BodyReader {
  /** The next bytes, `buf[start, end)`, borrowed; `at` is the offset of the first in the connection's byte stream. */
  push(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void;
  /** `length` bytes were never seen. */
  lost(length: number): void;
  /** The half is over; a message that is still open ends short. May be told twice. */
  end(): void;
}
