/** The events of one side → the body that it sent: where its bytes stand, and what is missing between them. */

import type { BodyReader } from "../grpc/body-reader.js";
import { DATA, FLAG_END_STREAM, FRAME_HEADER_LENGTH, HEADERS } from "../http2/frame-type.js";
import { clip } from "./byte-log.js";
import { prefixParts } from "./frame-parts.js";
import { addRange } from "./side-bytes.js";
import type { KeptEvent, KeptFrame, Stretch } from "./stream-log.js";

/** The stream range of a DATA frame's or a header block's fragment, as far as it counts. */
export function fragmentOf(frame: KeptFrame): readonly [from: number, to: number] {
  const { at, end, type, padLength, countedTo } = frame;
  const prefix = prefixParts(frame).reduce((sum, [length]) => sum + length, 0);
  const from = Math.min(end, at + FRAME_HEADER_LENGTH + prefix);
  const to = Math.max(from, end - (padLength ?? 0));
  return [from, type === DATA ? Math.max(from, Math.min(to, countedTo)) : to];
}

/** Gives a reader the body, as it was given to the one that made the record. */
export function readBody(events: readonly KeptEvent[], reader: BodyReader): void {
  let begun = false;
  for (const event of events) {
    if (event.kind === "loss") {
      // how many of the bytes lost between frames were this body's is not known; before it began none were
      if (begun) reader.lost(Number.POSITIVE_INFINITY);
      continue;
    }
    begun ||= event.kind === "run" || event.type === HEADERS || event.type === DATA;
    if (event.kind === "run" && event.what === "body") push(reader, event, event.at, event.end);
    else if (event.kind === "frame" && event.type === DATA) {
      push(reader, event, ...fragmentOf(event));
      if ((event.flags & FLAG_END_STREAM) !== 0) reader.end();
    }
  }
  reader.end();
}

/** The stream ranges of the body. */
export function bodyRanges(events: readonly KeptEvent[]): number[] {
  const ranges: number[] = [];
  readBody(events, {
    push: (_buf, start, end, at) => addRange(ranges, at, at + end - start),
    lost: () => {},
    end: () => {},
  });
  return ranges;
}

function push(reader: BodyReader, { pieces, endNs }: Stretch, from: number, to: number): void {
  let at = from;
  for (const whole of pieces) {
    const piece = clip(whole, from, to);
    if (piece === null) continue;
    if (piece.at > at) reader.lost(piece.at - at);
    if (piece.bytes === null) reader.lost(piece.length);
    else reader.push(piece.bytes, 0, piece.length, piece.at, endNs);
    at = piece.at + piece.length;
  }
  if (to > at) reader.lost(to - at);
}
