/** All that was seen on one stream of a connection, kept whole, in the order in which it came. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { MemoryBudget } from "../grpc/growing-buffer.js";
import type { RepresentationView } from "../hpack/representation.js";
import type { Priority } from "../http2/frame-observer.js";
import type { Piece } from "./byte-log.js";

/** Where a table entry was sent for the first time. */
export interface Lesson {
  readonly packet: number | null;
  readonly offset: number | null;
}

/** An HPACK representation, with offsets that count from the first byte of its header block. */
export interface KeptRepresentation extends Readonly<RepresentationView> {
  /** null: the entry is of the static table, or was sent before the capture began. */
  readonly taught: Lesson | null;
}

/** Stream bytes [at, end) of one side, as far as they were seen. */
export interface Stretch {
  readonly side: Side;
  readonly at: number;
  readonly end: number;
  readonly pieces: readonly Piece[];
  /** When its last byte came. */
  readonly endNs: number;
}

export interface KeptFrame extends Stretch {
  readonly kind: "frame";
  /** Of its payload, as its header says. */
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly padLength: number | null;
  readonly priority: Priority | null;
  readonly errorCode: number | null;
  readonly increment: number | null;
  readonly promisedStreamId: number | null;
  /** DATA up to this stream offset counted; what lies behind came when the call was over. */
  readonly countedTo: number;
  /** Of the header block that it begins. */
  readonly representations: KeptRepresentation[];
}

/** Bytes of HTTP/1.1: a head or trailers, a part of a body, chunk sizes between such; "late": a body when the call was over. */
export interface KeptRun extends Stretch {
  readonly kind: "run";
  readonly what: "head" | "body" | "framing" | "late";
}

/** `length` bytes of a side were lost between frames: anything may have been in them. */
export interface KeptLoss {
  readonly kind: "loss";
  readonly side: Side;
  readonly length: number;
}

export type KeptEvent = KeptFrame | KeptRun | KeptLoss;

export class StreamLog {
  readonly events: KeptEvent[] = [];
  /** How many sides have ended the stream. */
  endedSides = 0;
  private heldBytes = 0;

  constructor(private readonly budget: MemoryBudget) {}

  /** Makes borrowed pieces its own; past `maxBytes` on this stream, or past the budget, without their bytes. */
  keep(borrowed: readonly Piece[], maxBytes: number): Piece[] {
    return borrowed.map(({ at, length, segment, bytes }) => {
      const isKept = bytes !== null && this.heldBytes + length <= maxBytes && this.budget.take(length);
      if (isKept) this.heldBytes += length;
      return { at, length, segment, bytes: isKept ? bytes.slice() : null };
    });
  }

  clear(): void {
    this.events.length = 0;
    this.budget.give(this.heldBytes);
    this.heldBytes = 0;
  }
}
