/**
 * Gathers a header block (RFC 9113 §4.3) of one side: the fragments of HEADERS or PUSH_PROMISE and its CONTINUATIONs, and has it
 * decoded. A block that lies whole in one pushed buffer is never copied; others into a buffer that grows with what arrived, up
 * to a limit. Past it what is held is decoded as it comes, so that the table stays in step.
 */
import type { HpackDecoder } from "../hpack/decoder.js";
import type { HeaderField } from "../hpack/header-field.js";

/** A buffer larger than this is not kept between blocks: there may be many connections. */
const USUAL_BYTES = 4096;

/** Places of fragments that are remembered: enough for a block of a few frames in a few packets. */
const MAX_PIECES = 64;

export class BlockBuffer {
  /** The stream whose block is open; 0: none. */
  streamId = 0;
  /** The block is that of a PUSH_PROMISE for this stream; else 0. */
  promisedStreamId = 0;
  endStream = false;
  /** Stream offset of its first frame. */
  at = 0;
  startNs = 0;
  /** Frames that it came in. */
  frames = 0;
  /** Bytes are held, so the rest has to be too. */
  length = 0;
  /** It passed the limit. */
  long = false;
  /** Bytes of it are missing in the capture. */
  cut = false;
  /** It holds an integer without end: nothing behind it can be read. */
  private broken = false;
  private bytes = new Uint8Array(0);
  /** Parallel: from this offset in the block on, it stands at this offset of the side's stream. */
  private readonly pieceStart: number[] = [];
  private readonly pieceAt: number[] = [];
  private pieces = 0;
  /** Bytes of the block so far. */
  private total = 0;

  constructor(
    private readonly hpack: HpackDecoder,
    private readonly maxBytes: number,
  ) {}

  open(streamId: number, endStream: boolean, at: number, startNs: number): void {
    this.streamId = streamId;
    this.promisedStreamId = 0;
    this.endStream = endStream;
    this.at = at;
    this.startNs = startNs;
    this.frames = 1;
    this.length = this.total = 0;
    this.long = this.cut = this.broken = false;
    this.pieces = 0;
  }

  /** The next bytes of the block; `at`: their offset in the side's stream. */
  append(buf: Uint8Array, start: number, end: number, at: number): void {
    this.note(at);
    this.total += end - start;
    for (let i = start; i < end && !this.cut && !this.broken; ) {
      const room = this.maxBytes - this.length;
      if (room === 0) {
        this.makeRoom();
        continue;
      }
      const next = Math.min(end, i + room);
      this.hold(buf, i, next);
      i = next;
    }
  }

  /** The block's last bytes, which were not appended, and all that were: its fields. */
  end(buf: Uint8Array, start: number, end: number, at: number): HeaderField[] {
    const { hpack } = this;
    if (this.length === 0 && !this.long && !this.cut) {
      this.note(at);
      return hpack.decode(buf, start, end, this.at);
    }
    if (end > start) this.append(buf, start, end, at);
    if (!this.long) return hpack.decode(this.bytes, 0, this.length, this.at);
    return hpack.end(this.bytes, 0, this.length);
  }

  /** No more of it will be seen: what is there keeps the table in step, as far as it goes. */
  abandon(): HeaderField[] {
    const { hpack } = this;
    if (!this.long) hpack.begin(this.at);
    hpack.part(this.bytes, 0, this.length);
    hpack.lost();
    hpack.complete = false;
    return hpack.taken();
  }

  close(): void {
    this.streamId = 0;
    this.length = 0;
    if (this.bytes.length > USUAL_BYTES) this.bytes = new Uint8Array(0);
  }

  /** Offset in the side's stream of byte `offset` of the block. */
  streamOffset(offset: number): number {
    let i = this.pieces - 1;
    while (i > 0 && this.pieceStart[i] > offset) i--;
    return i < 0 ? this.at + offset : this.pieceAt[i] + offset - this.pieceStart[i];
  }

  private note(at: number): void {
    const last = this.pieces - 1;
    if (last >= 0 && this.pieceAt[last] + this.total - this.pieceStart[last] === at) return;
    if (last >= MAX_PIECES) return;
    this.pieceStart[this.pieces] = this.total;
    this.pieceAt[this.pieces++] = at;
  }

  private hold(buf: Uint8Array, start: number, end: number): void {
    const length = this.length + end - start;
    if (this.bytes.length < length) {
      const bigger = new Uint8Array(Math.min(this.maxBytes, Math.max(256, 2 * length)));
      bigger.set(this.bytes.subarray(0, this.length));
      this.bytes = bigger;
    }
    this.bytes.set(buf.subarray(start, end), this.length);
    this.length = length;
  }

  private makeRoom(): void {
    const { hpack, bytes } = this;
    if (!this.long) hpack.begin(this.at);
    this.long = true;
    let rest = hpack.part(bytes, 0, this.length);
    if (rest === 0) rest = hpack.passLong(bytes, 0, this.length);
    if (rest <= 0) {
      this.broken = true;
      hpack.lost();
      this.length = 0;
      return;
    }
    bytes.copyWithin(0, rest, this.length);
    this.length -= rest;
  }
}
