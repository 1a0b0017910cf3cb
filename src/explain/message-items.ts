/**
 * A length-prefixed message (grpc/message-splitter.ts draws it), or a body that is one message → items: the prefix, and the body as
 * its codec and the schema read it. A compressed body is one part; what it decompresses to is told behind it.
 */
import { type Call, type CallHalf, type CallMessage, halfName } from "../call/call.js";
import { bodyOf, encodingOf, messageTypeOf, methodOf } from "../call/decode.js";
import type { DiagnosticRecord } from "../call/record.js";
import { PREFIX_LENGTH } from "../grpc/boundary.js";
import { unread } from "./frame-parts.js";
import type { MessagePlace } from "./messages.js";
import { lengthOf, RangeCursor, type Ranges, type SideBytes } from "./side-bytes.js";
import type { Inner, Item, Part, Span } from "./span.js";
import { valueParts } from "./value-parts.js";

/** Makes items of parts: spans of the wire, or of bytes that were decoded from it. */
export interface Writer {
  /** null: not all of them are kept. */
  gather(ranges: Ranges): Uint8Array | null;
  items(ranges: Ranges, part: Part): (Span | Inner)[];
}

export function wireWriter(bytes: SideBytes): Writer {
  return { gather: (ranges) => bytes.gather(ranges), items: (ranges, part) => bytes.spans(ranges, part) };
}

export function* messageItems(
  call: Call,
  half: CallHalf,
  index: number,
  place: MessagePlace,
  writer: Writer,
): Generator<Item> {
  const cursor = new RangeCursor(place.ranges);
  const heading = messageHeading(call, half, index);
  const note = (place.flag & 1) === 0 ? "not compressed" : `compressed: ${half.encoding ?? "by what was not seen"}`;
  yield* prefixItems(place, cursor, writer, heading, note);
  yield* bodyItems(call, half, index, place, cursor.take(place.bodyLength), writer);
  yield* restItems(cursor, writer);
}

/** The five bytes before a message. */
export function* prefixItems(
  { flag, length, ranges }: MessagePlace,
  cursor: RangeCursor,
  writer: Writer,
  heading: string,
  note: string,
): Generator<Item> {
  yield* writer.items(cursor.take(1), { ...prefixPart("Compressed-Flag", flag, note), heading });
  const there = lengthOf(ranges);
  if (there === 1) return;
  const part =
    there < PREFIX_LENGTH
      ? { ...prefixPart("Message-Length", null, "cut off"), text: "Message-Length" }
      : prefixPart("Message-Length", length, "");
  yield* writer.items(cursor.take(PREFIX_LENGTH - 1), part);
}

/** What is left of a message whose middle was lost. */
export function* restItems(cursor: RangeCursor, writer: Writer): Generator<Item> {
  const rest = cursor.take(Number.POSITIVE_INFINITY);
  yield* writer.items(rest, unread("not read: bytes of the message before it are missing"));
}

/** `ranges`: of the body. */
export function* bodyItems(
  call: Call,
  half: CallHalf,
  index: number,
  { timeNs, flag, length: wireSize, isComplete: complete }: MessagePlace,
  ranges: Ranges,
  writer: Writer,
  heading?: string,
): Generator<Item> {
  const body = writer.gather(ranges);
  if (body === null) {
    yield* writer.items(ranges, { ...unread("not kept: the call is larger than maxOpenMessageBytes"), heading });
    return;
  }
  const message: CallMessage = { index, timeNs, flag, body, wireSize, packets: [], complete };
  if (flag === 0) {
    const cursor = new RangeCursor(ranges);
    let isFirst = true;
    for (const { start, end, part } of valueParts(call, half, message, body)) {
      yield* writer.items(cursor.take(end - start), isFirst && heading !== undefined ? { ...part, heading } : part);
      isFirst = false;
    }
    return;
  }
  const encoding = encodingOf(half, message);
  const text = `compressed by ${encoding}, ${body.length} bytes`;
  const json = JSON.stringify(encoding);
  const part: Part = { layer: "grpc", role: "compressed", name: "Message", json, text, heading, depth: 0 };
  const found: DiagnosticRecord[] = [];
  const plain = bodyOf(call, half, message, found);
  const from = writer.items(ranges, plain === null ? { ...part, note: found[0]?.text ?? "cut off" } : part);
  yield* from;
  if (plain === null) return;
  for (const { start, end, part: inner } of valueParts(call, half, message, plain)) {
    const bytes = plain.subarray(start, end);
    const headed = start === 0 ? { ...inner, heading: `decompressed, ${plain.length} bytes` } : inner;
    yield {
      kind: "inner",
      decoding: "decompressed",
      part: headed,
      side: half.side,
      message: index,
      offset: start,
      bytes,
      from,
    };
  }
}

export function messageHeading(call: Call, half: CallHalf, index: number): string {
  const type = messageTypeOf(half, methodOf(call));
  return `message ${index} of the ${halfName(half.side)}${type === null ? "" : `: ${type.fullName}`}`;
}

export function prefixPart(name: string, value: number | null, note: string): Part {
  return { layer: "grpc", role: "prefix", name, json: String(value), text: `${name} ${value}`, note, depth: 0 };
}
