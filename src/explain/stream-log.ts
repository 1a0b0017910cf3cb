/** All that was seen on one stream of a connection, kept whole: its frames with their bytes, in the order of their last byte. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { MemoryBudget } from "../grpc/growing-buffer.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { RepresentationView } from "../hpack/representation.js";
import type { FrameView, Priority } from "../http2/frame-observer.js";
import { FRAME_HEADER_LENGTH } from "../http2/frame-type.js";
import type { Piece } from "./byte-log.js";

/** Where a table entry was sent for the first time. */
export interface Lesson {
  readonly packet: number | null;
  readonly offset: number | null;
}

/** An HPACK representation, with offsets that count from the first byte of its header block. */
export interface KeptRepresentation extends Omit<RepresentationView, "entry" | "origin"> {
  readonly entry: HeaderField | null;
  /** null: the entry is of the static table, or was sent before the capture began. */
  readonly taught: Lesson | null;
}

export interface KeptFrame {
  readonly kind: "frame";
  readonly side: Side;
  /** Stream offset of its header; its payload has `length` bytes. */
  readonly at: number;
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly endNs: number;
  readonly padLength: number | null;
  readonly priority: Priority | null;
  readonly errorCode: number | null;
  readonly increment: number | null;
  readonly promisedStreamId: number | null;
  /** DATA up to this stream offset counted; what lies behind came when the call was over. */
  readonly countedTo: number;
  readonly pieces: readonly Piece[];
  /** Of the header block that it begins. */
  readonly representations: KeptRepresentation[];
}

/** `length` bytes of a side were lost between frames: anything may have been in them. */
export interface KeptLoss {
  readonly kind: "loss";
  readonly side: Side;
  readonly length: number;
}

export class StreamLog {
  readonly events: (KeptFrame | KeptLoss)[] = [];
  /** How many sides have ended the stream. */
  endedSides = 0;
  private heldBytes = 0;

  constructor(private readonly budget: MemoryBudget) {}

  /** `borrowed`: what is there of its bytes. Past `maxBytes` on this stream they are not kept. */
  addFrame(
    view: FrameView,
    borrowed: readonly Piece[],
    countedTo: number,
    maxBytes: number,
    representations: KeptRepresentation[],
  ): KeptFrame {
    const { side, at, length, type, flags, streamId, endNs } = view;
    const { padLength, priority, errorCode, increment, promisedStreamId } = view;
    const pieces = borrowed.map((piece) => this.keep(piece, maxBytes));
    const seen = { side, at, length, type, flags, streamId, endNs };
    const says = { padLength, priority, errorCode, increment, promisedStreamId };
    const frame: KeptFrame = { kind: "frame", ...seen, ...says, countedTo, pieces, representations };
    this.events.push(frame);
    return frame;
  }

  addLoss(side: Side, length: number): void {
    this.events.push({ kind: "loss", side, length });
  }

  clear(): void {
    this.events.length = 0;
    this.budget.give(this.heldBytes);
    this.heldBytes = 0;
  }

  private keep(piece: Piece, maxBytes: number): Piece {
    const { at, length, segment, bytes } = piece;
    const isKept = bytes !== null && this.heldBytes + length <= maxBytes && this.budget.take(length);
    if (isKept) this.heldBytes += length;
    return { at, length, segment, bytes: isKept ? bytes.slice() : null };
  }
}

/** Stream offset behind the frame. */
export function frameEnd({ at, length }: { readonly at: number; readonly length: number }): number {
  return at + FRAME_HEADER_LENGTH + length;
}
