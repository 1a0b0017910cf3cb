/**
 * After lost bytes: where the next message begins. A line that ends as a start line does is taken for one, also behind the last bytes
 * of a body that ends without a line end. What is found depends on the bytes only, not on how they are cut.
 */
import { CLIENT, type Side } from "../bytes/byte-stream-sink.js";
import { indexOfByte } from "../bytes/index-of-byte.js";
import { decodeLatin1 } from "../bytes/text.js";

const TAB = 9;
const LF = 10;
const CR = 13;

/** Bytes at the end of a line that are looked at: a request target with a message in it may be long. */
const MAX_LINE = 8192;

const REQUEST_LINE_END = /(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH) [!-~]+ HTTP\/1\.[01]\r?\n$/;
const STATUS_LINE_END = /HTTP\/1\.[01] [1-5]\d\d(?: [\t -~]*)?\r?\n$/;

export class HeadFinder {
  /** The start line with its line end, once `push` has found it. */
  line = new Uint8Array(0);
  private kept = new Uint8Array(0);
  private length = 0;
  private readonly pattern: RegExp;

  constructor(side: Side) {
    this.pattern = side === CLIENT ? REQUEST_LINE_END : STATUS_LINE_END;
  }

  begin(): void {
    this.length = 0;
  }

  /** Returns where in `buf` the start line ends; -1: there is none yet. */
  push(buf: Uint8Array, start: number, end: number): number {
    for (let from = start; from < end; ) {
      const lineEnd = indexOfByte(buf, LF, from, end);
      const hasEnd = lineEnd < end;
      const to = hasEnd ? lineEnd + 1 : end;
      this.keep(buf, from, to);
      if (hasEnd && this.matches()) return to;
      if (hasEnd) this.length = 0;
      from = to;
    }
    return -1;
  }

  private matches(): boolean {
    // "HTTP/1.1 200" is the shortest; most lines of a binary body are told apart by their last bytes.
    if (this.length < 13) return false;
    const from = this.printableFrom();
    const match = this.pattern.exec(decodeLatin1(this.kept, from, this.length));
    if (match === null) return false;
    this.line = this.kept.slice(from + match.index, this.length);
    this.length = 0;
    return true;
  }

  /** A start line is printable as a whole: what comes before a byte that is not need not be tried as its beginning. */
  private printableFrom(): number {
    const { kept, length } = this;
    const first = Math.max(0, length - MAX_LINE);
    let from = length - 1;
    if (kept[from - 1] === CR) from--;
    while (from > first && isPrintable(kept[from - 1])) from--;
    return from;
  }

  /** Keeps the last MAX_LINE bytes of the line, or more. */
  private keep(buf: Uint8Array, start: number, end: number): void {
    if (this.kept.length === 0) this.kept = new Uint8Array(2 * MAX_LINE);
    const from = Math.max(start, end - MAX_LINE);
    if (this.length + end - from > this.kept.length) {
      this.kept.copyWithin(0, this.length - MAX_LINE, this.length);
      this.length = MAX_LINE;
    }
    this.kept.set(buf.subarray(from, end), this.length);
    this.length += end - from;
  }
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === TAB;
}
