/** The DATA that one side sent on a stream → where each of its messages stands. */
import type { Side } from "../bytes/byte-stream-sink.js";
import { OffsetMap } from "../bytes/offset-map.js";
import { MemoryBudget } from "../grpc/growing-buffer.js";
import { MessageSplitter } from "../grpc/message-splitter.js";
import { DATA, FLAG_END_STREAM, FRAME_HEADER_LENGTH } from "../http2/frame-type.js";
import type { Limits } from "../limits.js";
import { clip } from "./byte-log.js";
import { prefixParts } from "./frame-parts.js";
import { addRange, type Ranges } from "./side-bytes.js";
import { frameEnd, type KeptFrame, type KeptLoss } from "./stream-log.js";

export interface MessagePlace {
  readonly index: number;
  readonly flag: number;
  /** What the prefix says. */
  readonly length: number;
  /** Where prefix and body stand in the side's stream. */
  readonly ranges: Ranges;
  /** Bytes of the body that a record reads: fewer than are there when some between them were lost. */
  readonly bodyLength: number;
  readonly isComplete: boolean;
  readonly timeNs: number;
}

/** Stands in for the map to packets: "packets" are then the stream ranges themselves. */
class RangeMap extends OffsetMap {
  override packets(from: number, to: number): number[] {
    return [from, to];
  }

  override addPackets(from: number, to: number, ranges: number[]): void {
    addRange(ranges, from, to);
  }
}

/** In order. `events`: of one side. */
export function placeMessages(side: Side, events: readonly (KeptFrame | KeptLoss)[], limits: Limits): MessagePlace[] {
  const places: MessagePlace[] = [];
  const splitter = new MessageSplitter(
    {
      message(_side, flag, length, body, ranges, timeNs, missing) {
        const isComplete = missing === null;
        places.push({ index: places.length, flag, length, ranges, bodyLength: body.length, isComplete, timeNs });
      },
    },
    side,
    new RangeMap(),
    limits.maxMessageBytes,
    new MemoryBudget(Number.POSITIVE_INFINITY),
  );
  for (const event of events) {
    if (event.kind === "loss") splitter.lost(event.length);
    else if (event.type === DATA) pushFrame(splitter, event);
  }
  splitter.end();
  return places;
}

/** The stream range of a DATA frame's or a header block's fragment, as far as it counts. */
export function fragmentOf(frame: KeptFrame): readonly [from: number, to: number] {
  const end = frameEnd(frame);
  const prefix = prefixParts(frame).reduce((sum, [length]) => sum + length, 0);
  const from = Math.min(end, frame.at + FRAME_HEADER_LENGTH + prefix);
  const to = Math.max(from, end - (frame.padLength ?? 0));
  return [from, frame.type === DATA ? Math.max(from, Math.min(to, frame.countedTo)) : to];
}

function pushFrame(splitter: MessageSplitter, frame: KeptFrame): void {
  const [from, to] = fragmentOf(frame);
  let at = from;
  for (const whole of frame.pieces) {
    const piece = clip(whole, from, to);
    if (piece === null) continue;
    if (piece.at > at) splitter.lost(piece.at - at);
    if (piece.bytes === null) splitter.lost(piece.length);
    else splitter.push(piece.bytes, 0, piece.length, piece.at, frame.endNs);
    at = piece.at + piece.length;
  }
  if (to > at) splitter.lost(to - at);
  if ((frame.flags & FLAG_END_STREAM) !== 0) splitter.end();
}
