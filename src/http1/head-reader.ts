/**
 * Bytes → the head of a message, or the trailers behind its last chunk: lines up to an empty one (RFC 9112 §2.1, §7.1.2).
 * Cut anywhere. What goes beyond the limit is passed over, so that the end of the head is still found.
 */
import { indexOfByte } from "../bytes/index-of-byte.js";

const LF = 10;
const CR = 13;
const EMPTY = new Uint8Array(0);

export class HeadReader {
  /** The head, once `push` has found its end: borrowed, `bytes[start, end)`. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  /** Bytes went beyond the limit: the head is not whole. */
  long = false;
  /** Bytes seen of it. */
  length = 0;
  private kept: Uint8Array = EMPTY;
  private keptLength = 0;
  private lineEmpty = true;
  private skipsLines = true;

  constructor(private readonly maxBytes: number) {}

  /** A new one begins. `isTrailers`: an empty line ends it at once; before a start line empty lines are skipped (§2.2). */
  begin(isTrailers: boolean): void {
    this.long = false;
    this.length = 0;
    this.keptLength = 0;
    this.lineEmpty = true;
    this.skipsLines = !isTrailers;
  }

  /** Returns where in `buf` it ends; -1: more bytes are needed, all of these are taken. */
  push(buf: Uint8Array, start: number, end: number): number {
    let from = start;
    if (this.skipsLines) {
      // §2.2: "a server … SHOULD ignore at least one empty line (CRLF) received prior to the request-line"
      while (from < end && (buf[from] === CR || buf[from] === LF)) from++;
      if (from === end) return -1;
      this.skipsLines = false;
    }
    const close = this.findEnd(buf, from, end);
    const to = close < 0 ? end : close;
    this.length += to - from;
    if (close >= 0 && this.keptLength === 0 && to - from <= this.maxBytes) {
      this.bytes = buf;
      this.start = from;
      this.end = to;
      return close;
    }
    this.keep(buf, from, to);
    this.bytes = this.kept;
    this.start = 0;
    this.end = this.keptLength;
    return close;
  }

  private findEnd(buf: Uint8Array, start: number, end: number): number {
    let from = start;
    for (;;) {
      const lineEnd = indexOfByte(buf, LF, from, end);
      for (let i = from; i < lineEnd && this.lineEmpty; i++) this.lineEmpty = buf[i] === CR;
      if (lineEnd === end) return -1;
      if (this.lineEmpty) return lineEnd + 1;
      this.lineEmpty = true;
      from = lineEnd + 1;
    }
  }

  private keep(buf: Uint8Array, start: number, end: number): void {
    const room = Math.min(end - start, this.maxBytes - this.keptLength);
    if (room < end - start) this.long = true;
    if (this.kept.length < this.keptLength + room) {
      const bigger = new Uint8Array(Math.min(this.maxBytes, Math.max(1024, 2 * (this.keptLength + room))));
      bigger.set(this.kept.subarray(0, this.keptLength));
      this.kept = bigger;
    }
    this.kept.set(buf.subarray(start, start + room), this.keptLength);
    this.keptLength += room;
  }
}
