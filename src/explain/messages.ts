/** A body → where each of its length-prefixed messages stands. */
import type { Side } from "../bytes/byte-stream-sink.js";
import { OffsetMap } from "../bytes/offset-map.js";
import type { BodyReader } from "../grpc/body-reader.js";
import { MemoryBudget } from "../grpc/growing-buffer.js";
import { MessageSplitter } from "../grpc/message-splitter.js";
import { addRange, type Ranges } from "./side-bytes.js";

export interface MessagePlace {
  readonly flag: number;
  /** What the prefix says. */
  readonly length: number;
  /** Where prefix and body stand. */
  readonly ranges: Ranges;
  /** Bytes of the body that a record reads: fewer than are there when some between them were lost. */
  readonly bodyLength: number;
  readonly isComplete: boolean;
  readonly timeNs: number;
}

/** Stands in for the map to packets: "packets" are then the ranges themselves. */
class RangeMap extends OffsetMap {
  override packets(from: number, to: number): number[] {
    return [from, to];
  }

  override addPackets(from: number, to: number, ranges: number[]): void {
    addRange(ranges, from, to);
  }
}

/** `read` gives the body to the reader; the messages in order. `isLate`: the half's headers were not seen. */
export function placeMessages(
  side: Side,
  isLate: boolean,
  maxBytes: number,
  read: (reader: BodyReader) => void,
): MessagePlace[] {
  const places: MessagePlace[] = [];
  const sink: ConstructorParameters<typeof MessageSplitter>[0] = {
    message(_side, flag, length, body, ranges, timeNs, missing) {
      places.push({ flag, length, ranges, bodyLength: body.length, isComplete: missing === null, timeNs });
    },
  };
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const splitter = new MessageSplitter(sink, side, new RangeMap(), maxBytes, budget);
  if (isLate) splitter.joinLate();
  read({
    push: (buf, start, end, at, timeNs) => splitter.push(buf, start, end, at, timeNs),
    // what was lost before anything of the half was seen is nothing to its messages
    lost: (length) => {
      if (!isLate || places.length > 0 || length !== Number.POSITIVE_INFINITY) splitter.lost(length);
    },
    end: () => splitter.end(),
  });
  return places;
}
