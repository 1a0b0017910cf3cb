/** What `frames` and `explain` see: every frame of a connection, with what its payload says. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { RepresentationView } from "../hpack/representation.js";
import type { HeaderBlock } from "./observer.js";
import type { Setting } from "./settings.js";

/** Of HEADERS with the PRIORITY flag and of PRIORITY (RFC 7540 §5.3; RFC 9113 keeps the bytes and not the meaning). */
export interface Priority {
  readonly exclusive: boolean;
  readonly dependency: number;
  /** 1 … 256. */
  readonly weight: number;
}

/** One frame. Borrowed: one object is reused for all; the values it refers to are owned. What a type lacks is null. */
export interface FrameView {
  side: Side;
  /** Stream offset of the frame header's first byte; the frame ends at `at + 9 + length`. */
  at: number;
  /** When its first and its last byte arrived. */
  startNs: number;
  endNs: number;
  /** Payload bytes, as the header says. */
  length: number;
  /** See frame-type.ts, which names types and flags. */
  type: number;
  flags: number;
  streamId: number;
  /** Pad Length of DATA, HEADERS, PUSH_PROMISE with PADDED; the padding ends the frame. */
  padLength: number | null;
  priority: Priority | null;
  /** RST_STREAM, GOAWAY: see error-code.ts. */
  errorCode: number | null;
  /** In the order of the frame, broken ones included. */
  settings: readonly Setting[] | null;
  /** PUSH_PROMISE. */
  promisedStreamId: number | null;
  /** GOAWAY. */
  lastStreamId: number | null;
  /** PRIORITY_UPDATE. */
  prioritizedStreamId: number | null;
  /** WINDOW_UPDATE. */
  increment: number | null;
  /** ALTSVC: the origin that it is for, "" for that of the stream. */
  origin: string | null;
  /** ORIGIN. */
  origins: readonly string[] | null;
  /** ALTSVC, PRIORITY_UPDATE: the field value. */
  fieldValue: string | null;
  /** PING: its 8 bytes. GOAWAY: the debug data. Owned. */
  opaque: Uint8Array | null;
  /** The header block that this frame ends. */
  block: HeaderBlock | null;
  /** Bytes of DATA that may still be sent in that direction behind it, after DATA and WINDOW_UPDATE: null where not known. */
  streamWindow: number | null;
  connectionWindow: number | null;
  /** False: bytes of it are missing in the capture, or its payload is not what its type needs. */
  complete: boolean;
}

export interface FrameObserver {
  /**
   * Told when the frame's last byte arrived: behind its DATA, before the header block that it ends is told to the
   * Http2Observer. A frame whose rest is missing in the capture is told when that is known.
   */
  frame(frame: FrameView): void;
  /**
   * Every HPACK representation, before its block. `streamOffset` turns an offset in the block into one in that side's byte stream;
   * the view's `origin` is the stream offset of the HEADERS or PUSH_PROMISE frame that taught the entry.
   */
  representation?(side: Side, view: RepresentationView, streamOffset: (blockOffset: number) => number): void;
}

export function emptyFrameView(): FrameView {
  return {
    side: 0,
    at: 0,
    startNs: 0,
    endNs: 0,
    length: 0,
    type: 0,
    flags: 0,
    streamId: 0,
    padLength: null,
    priority: null,
    errorCode: null,
    settings: null,
    promisedStreamId: null,
    lastStreamId: null,
    prioritizedStreamId: null,
    increment: null,
    origin: null,
    origins: null,
    fieldValue: null,
    opaque: null,
    block: null,
    streamWindow: null,
    connectionWindow: null,
    complete: true,
  };
}
