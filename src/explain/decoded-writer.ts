/** Parts of bytes that stand on the wire in another form, as base64 or in a query → items behind the spans that they came from. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { Writer } from "./message-items.js";
import type { Ranges } from "./side-bytes.js";
import type { Item } from "./span.js";

/** `message`: its index in its half; null: the whole body was decoded. */
export function decodedWriter(plain: Uint8Array, side: Side, message: number | null, from: Item[]): Writer {
  return {
    gather: (ranges) => gather(plain, ranges),
    items: (ranges, part) =>
      pairs(ranges).map(([start, end], i) => ({
        kind: "inner",
        decoding: "decoded",
        part: i === 0 ? part : { ...part, heading: undefined },
        side,
        message,
        offset: start,
        bytes: plain.subarray(start, end),
        from,
      })),
  };
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function pairs(ranges: Ranges): [number, number][] {
  return Array.from({ length: ranges.length / 2 }, (_, i) => [ranges[2 * i], ranges[2 * i + 1]]);
}

function gather(bytes: Uint8Array, ranges: Ranges): Uint8Array {
  return joined(pairs(ranges).map(([start, end]) => bytes.subarray(start, end)));
}
