/**
 * A length-prefixed message (grpc/message-splitter.ts draws it) → parts: its prefix, and its body as the schema reads it. A
 * compressed body is one part; what it decompresses to is explained behind it.
 */
import type { Call, CallHalf, CallMessage } from "../call/call.js";
import { bodyOf, encodingOf, messageTypeOf, methodOf } from "../call/decode.js";
import type { DiagnosticRecord } from "../call/record.js";
import { PREFIX_LENGTH } from "../grpc/message-splitter.js";
import type { BodyPart } from "./body-part.js";
import { unread } from "./frame-parts.js";
import type { MessagePlace } from "./messages.js";
import { bodyParts } from "./protobuf-parts.js";
import { lengthOf, RangeCursor, type SideBytes } from "./side-bytes.js";
import type { Item, Part, Span } from "./span.js";

export function* messageItems(call: Call, half: CallHalf, place: MessagePlace, bytes: SideBytes): Generator<Item> {
  const cursor = new RangeCursor(place.ranges);
  const there = lengthOf(place.ranges);
  const type = messageTypeOf(half, methodOf(call));
  const title = `message ${place.index} of the ${half.side === 0 ? "request" : "response"}`;
  const heading = `${title}${type === null ? "" : `: ${type.fullName}`}`;
  yield* bytes.spans(cursor.take(1), { ...flagPart(half, place), heading });
  if (there > 1) yield* bytes.spans(cursor.take(PREFIX_LENGTH - 1), lengthPart(place, there));
  const bodyRanges = cursor.take(place.bodyLength);
  const body = bytes.gather(bodyRanges);
  if (body === null) yield* bytes.spans(bodyRanges, unread("not kept: the call is larger than maxOpenMessageBytes"));
  else {
    const { index, timeNs, flag, length: wireSize, isComplete: complete } = place;
    const message: CallMessage = { index, timeNs, flag, body, wireSize, packets: [], complete };
    if (flag === 0) {
      const inBody = new RangeCursor(bodyRanges);
      for (const { length, part } of covering(bodyParts(type, body, call.context), body.length))
        yield* bytes.spans(inBody.take(length), part);
    } else yield* compressedItems(call, half, message, bytes.spans(bodyRanges, compressedPart(half, message)));
  }
  const rest = cursor.take(Number.POSITIVE_INFINITY);
  yield* bytes.spans(rest, unread("not read: bytes of the message before it are missing"));
}

function flagPart(half: CallHalf, { flag }: MessagePlace): Part {
  const note = flag === 0 ? "not compressed" : `compressed: ${half.encoding}`;
  return prefixPart("Compressed-Flag", flag, note);
}

function lengthPart({ length }: MessagePlace, there: number): Part {
  if (there < PREFIX_LENGTH) return { ...prefixPart("Message-Length", null, "cut off"), text: "Message-Length" };
  return prefixPart("Message-Length", length, "");
}

function prefixPart(name: string, value: number | null, note: string): Part {
  return { layer: "grpc", role: "prefix", name, json: String(value), text: `${name} ${value}`, note, depth: 0 };
}

function compressedPart(half: CallHalf, message: CallMessage): Part {
  const encoding = encodingOf(half, message);
  const json = JSON.stringify(encoding);
  const text = `compressed by ${encoding}, ${message.body.length} bytes`;
  return { layer: "grpc", role: "compressed", name: "Message", json, text, depth: 0 };
}

function* compressedItems(call: Call, half: CallHalf, message: CallMessage, from: readonly Span[]): Generator<Item> {
  const found: DiagnosticRecord[] = [];
  const body = bodyOf(call, half, message, found);
  const [first, ...others] = from;
  if (first === undefined) return;
  if (body === null) {
    yield { ...first, part: { ...first.part, note: found[0]?.text ?? "cut off" } };
    yield* others;
    return;
  }
  yield* from;
  const heading = `decompressed, ${body.length} bytes`;
  let offset = 0;
  const type = messageTypeOf(half, methodOf(call));
  for (const { length, part } of covering(bodyParts(type, body, call.context), body.length)) {
    const headed = offset === 0 ? { ...part, heading } : part;
    const bytes = body.subarray(offset, offset + length);
    yield { kind: "inner", part: headed, side: half.side, message: message.index, offset, bytes, from };
    offset += length;
  }
}

/** The parts, one behind the other, with what they leave out told as unread. */
function* covering(parts: Iterable<BodyPart>, length: number): Generator<{ length: number; part: Part }> {
  let at = 0;
  for (const { start, end, part } of parts) {
    if (start > at) yield { length: start - at, part: unread("not read") };
    yield { length: end - start, part };
    at = end;
  }
  if (length > at) yield { length: length - at, part: unread("not read") };
}
