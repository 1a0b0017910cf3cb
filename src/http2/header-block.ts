/**
 * Gathers a header block (RFC 9113 §4.3) of one side: the fragments of HEADERS or PUSH_PROMISE and its CONTINUATIONs. A block
 * that lies whole in one pushed buffer never comes here. Copies into a buffer that grows with what arrived, up to a limit.
 */
export class BlockBuffer {
  /** The stream whose block is open; 0: none. */
  streamId = 0;
  /** The block is that of a PUSH_PROMISE for this stream; else 0. */
  promisedStreamId = 0;
  endStream = false;
  at = 0;
  startNs = 0;
  /** Bytes were dropped: the limit, or a gap. */
  cut = false;
  frames = 0;
  length = 0;
  bytes = new Uint8Array(0);

  constructor(private readonly maxBytes: number) {}

  open(streamId: number, endStream: boolean, at: number, startNs: number): void {
    this.streamId = streamId;
    this.promisedStreamId = 0;
    this.endStream = endStream;
    this.at = at;
    this.startNs = startNs;
    this.cut = false;
    this.frames = 0;
    this.length = 0;
  }

  /** False when the limit was passed, and bytes were dropped for the first time. */
  append(buf: Uint8Array, start: number, end: number): boolean {
    const length = Math.min(end - start, this.maxBytes - this.length);
    if (this.bytes.length < this.length + length) {
      const bigger = new Uint8Array(Math.min(this.maxBytes, Math.max(512, 2 * (this.length + length))));
      bigger.set(this.bytes.subarray(0, this.length));
      this.bytes = bigger;
    }
    this.bytes.set(buf.subarray(start, start + length), this.length);
    this.length += length;
    if (length === end - start) return true;
    const first = !this.cut;
    this.cut = true;
    return !first;
  }

  close(): void {
    this.streamId = 0;
    this.length = 0;
    if (this.bytes.length > USUAL_BYTES) this.bytes = new Uint8Array(0);
  }
}

/** A buffer larger than this is not kept between blocks: there may be many connections. */
const USUAL_BYTES = 4096;
