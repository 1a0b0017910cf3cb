/** What `frames` and `explain` see: every frame of a connection, with what its payload says. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { HeaderBlock } from "./observer.js";
import type { Setting } from "./settings.js";

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
  type: number;
  flags: number;
  streamId: number;
  /** Pad Length of DATA, HEADERS, PUSH_PROMISE with PADDED; the padding ends the frame. */
  padLength: number | null;
  priority: Priority | null;
  /** RST_STREAM, GOAWAY. */
  errorCode: number | null;
  settings: readonly Setting[] | null;
  /** PUSH_PROMISE. */
  promisedStreamId: number | null;
  /** GOAWAY. */
  lastStreamId: number | null;
  /** WINDOW_UPDATE. */
  increment: number | null;
  /** PING: its 8 bytes. GOAWAY: the debug data. ALTSVC, PRIORITY_UPDATE: the field value. ORIGIN: the payload. Owned. */
  opaque: Uint8Array | null;
  /** The header block that this frame ends. */
  block: HeaderBlock | null;
  /** False: bytes of it are missing in the capture, or it ends before its payload does. */
  complete: boolean;
}

export interface FrameObserver {
  /** Told when the frame's last byte arrived, before what it means for its stream is told (but after its DATA). */
  frame(frame: FrameView): void;
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
    increment: null,
    opaque: null,
    block: null,
    complete: true,
  };
}
