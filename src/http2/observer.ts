import type { CloseReason, Side } from "../bytes/byte-stream-sink.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { RepeatedBlock } from "../hpack/repeated-blocks.js";

/** One stream of a connection. `user` belongs to the observer: what it keeps for this stream, with no second look-up. */
export interface Http2Stream {
  readonly id: number;
  user: unknown;
}

/** A whole header block, decoded: HEADERS or PUSH_PROMISE with its CONTINUATIONs. Owned: safe to keep. */
export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  /** Stream offsets of the first byte of the frame that began it and behind the last byte of the frame that ended it. */
  readonly at: number;
  readonly end: number;
  /** When the first byte of the first frame, and the last byte of the last, arrived. */
  readonly startNs: number;
  readonly endNs: number;
  /** False: fields were lost (a limit, damage, a gap); those that are there are right. */
  readonly complete: boolean;
  /** Fields of this side's blocks may be unknown or inferred: the capture lacks the blocks that they were first sent in. */
  readonly doubtful: boolean;
  /** Of a block that may come again with the same list of fields: what was made of them. */
  readonly memo: RepeatedBlock["memo"] | null;
}

/**
 * What an HTTP/2 connection tells about its streams, both sides, in the order of the bytes. `side` is who sent it. Views are
 * borrowed until the call returns.
 */
export interface Http2Observer {
  headers(stream: Http2Stream, side: Side, block: HeaderBlock, endStream: boolean): void;
  /** The next piece of DATA, padding taken off; frames may come in many pieces. `at`: its offset in that side's byte stream. */
  data(stream: Http2Stream, side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void;
  /** That side's half is closed by END_STREAM (for HEADERS: told after `headers`). */
  endStream(stream: Http2Stream, side: Side, timeNs: number): void;
  /** RST_STREAM, or a stream above GOAWAY's last stream id (`refused`). */
  reset(stream: Http2Stream, side: Side, errorCode: number, refused: boolean, timeNs: number): void;
  /**
   * Bytes were lost. With a stream: `length` bytes of its DATA. With null: anything of that side may be missing, on every
   * open stream; messages resume at the next boundary that can be known.
   */
  lost(stream: Http2Stream | null, side: Side, length: number, timeNs: number): void;
  /** Too many streams are open: this one, the oldest, is given up. Nothing more comes of it. */
  abandoned?(stream: Http2Stream): void;
  /** The connection is over (for "fin": that side). Streams still open end without an END_STREAM. */
  close(side: Side, reason: CloseReason, timeNs: number): void;
}
