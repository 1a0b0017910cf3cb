/** The body that one side sent → items: its messages, and what some protocols send in their place at the end. */
import { SERVER } from "../bytes/byte-stream-sink.js";
import type { Call, CallHalf } from "../call/call.js";
import { inflateBody } from "../call/inflate-body.js";
import { compactJson } from "../call/json-codec.js";
import type { BodyReader } from "../grpc/body-reader.js";
import { Base64Body } from "../grpc/web/base64-body.js";
import { TRAILERS_FLAG } from "../grpc/web/trailers.js";
import { bodyKind } from "./body-kind.js";
import { bodyRanges, readBody } from "./body-pieces.js";
import { decodedWriter, joined } from "./decoded-writer.js";
import { unread } from "./frame-parts.js";
import { lineParts } from "./line-parts.js";
import {
  bodyItems,
  messageHeading,
  messageItems,
  prefixItems,
  restItems,
  type Writer,
  wireWriter,
} from "./message-items.js";
import { type MessagePlace, placeMessages } from "./messages.js";
import { lengthOf, RangeCursor, type Ranges, type SideBytes } from "./side-bytes.js";
import type { Item, Part } from "./span.js";
import type { KeptEvent } from "./stream-log.js";
import { jsonPart } from "./value-parts.js";

/** Connect's mark of the message that ends a stream. */
const END_STREAM_FLAG = 2;

/** `events`: of the side that sends the half. */
export function* sideItems(
  call: Call,
  half: CallHalf,
  events: readonly KeptEvent[],
  bytes: SideBytes,
): Generator<Item> {
  const { maxMessageBytes } = call.context.limits;
  const writer = wireWriter(bytes);
  switch (bodyKind(call, half)) {
    case "messages":
      yield* allMessages(
        call,
        half,
        placeMessages(half.side, half.headers === null, maxMessageBytes, (reader) => readBody(events, reader)),
        writer,
      );
      return;
    case "base64":
      yield* base64Items(call, half, events, writer);
      return;
    case "whole":
      yield* wholeItems(call, half, events, writer);
      return;
    case "error":
      yield* jsonItems(call, half, bodyRanges(events), writer, "the error");
      return;
    case "foreign":
      yield* writer.items(bodyRanges(events), unread("not read: no message of the call"));
  }
}

function* allMessages(call: Call, half: CallHalf, places: readonly MessagePlace[], writer: Writer): Generator<Item> {
  let index = 0;
  for (const place of places) {
    const mark = half.side === SERVER ? endMark(call, place.flag) : "";
    if (mark === "") {
      yield* messageItems(call, half, index++, place, writer);
      continue;
    }
    const cursor = new RangeCursor(place.ranges);
    yield* prefixItems(place, cursor, writer, mark, "the end of the stream");
    const ranges = cursor.take(place.bodyLength);
    if (call.protocol === "connect") yield* jsonItems(call, half, ranges, writer, "", place.flag);
    else yield* trailerItems(call, half, ranges, writer, place.flag);
    yield* restItems(cursor, writer);
  }
}

/** What a message with this flag is in place of one; "" for a message. */
function endMark({ protocol }: Call, flag: number): string {
  if (protocol === "connect") return (flag & END_STREAM_FLAG) !== 0 ? "end of the stream" : "";
  return protocol !== "grpc" && (flag & TRAILERS_FLAG) !== 0 ? "trailers" : "";
}

/** Trailers in a body of gRPC-Web. */
function* trailerItems(call: Call, half: CallHalf, ranges: Ranges, writer: Writer, flag: number): Generator<Item> {
  const body = writer.gather(ranges);
  if (body === null || (flag & 1) !== 0) {
    yield* opaqueItems(call, half, ranges, writer, body);
    return;
  }
  const cursor = new RangeCursor(ranges);
  for (const { start, end, part } of lineParts(body, null)) yield* writer.items(cursor.take(end - start), part);
}

function* jsonItems(
  call: Call,
  half: CallHalf,
  ranges: Ranges,
  writer: Writer,
  heading: string,
  flag = half.encoding === "identity" ? 0 : 1,
): Generator<Item> {
  const body = writer.gather(ranges);
  const json = body === null || (flag & 1) !== 0 ? null : compactJson(body, call.context.limits.maxProtobufDepth);
  if (json === null) yield* opaqueItems(call, half, ranges, writer, body);
  else yield* writer.items(ranges, { ...jsonPart(json), ...(heading !== "" && { heading }) });
}

/** Compressed, or not what it should be. */
function* opaqueItems(
  { context }: Call,
  { encoding }: CallHalf,
  ranges: Ranges,
  writer: Writer,
  body: Uint8Array | null,
): Generator<Item> {
  const plain = body === null || encoding === null ? null : inflateBody(context, encoding, body);
  if (plain === null) {
    yield* writer.items(ranges, unread("not read"));
    return;
  }
  const text = new TextDecoder().decode(plain);
  const json = JSON.stringify(text);
  const part: Part = {
    layer: "grpc",
    role: "compressed",
    name: null,
    json,
    text: `compressed by ${encoding}: ${text}`,
    depth: 0,
  };
  yield* writer.items(ranges, part);
}

/** A unary Connect body is the message. */
function* wholeItems(call: Call, half: CallHalf, events: readonly KeptEvent[], writer: Writer): Generator<Item> {
  const ranges = bodyRanges(events);
  const body = writer.gather(ranges);
  const length = lengthOf(ranges);
  const flag = half.encoding === "identity" ? 0 : 1;
  const place = { flag, length, ranges, bodyLength: length, isComplete: half.ended && body !== null, timeNs: 0 };
  yield* bodyItems(call, half, 0, place, ranges, writer, messageHeading(call, half, 0));
}

/** gRPC-Web text: the characters as they are, and behind them what they stand for. */
function* base64Items(call: Call, half: CallHalf, events: readonly KeptEvent[], writer: Writer): Generator<Item> {
  const ranges = bodyRanges(events);
  const part: Part = { layer: "grpc", role: "base64", name: null, json: "null", text: "base64", depth: 0 };
  const from = writer.items(ranges, { ...part, heading: "the body as base64" });
  yield* from;
  const { maxMessageBytes } = call.context.limits;
  const decoded: Uint8Array[] = [];
  const read = (reader: BodyReader) =>
    readBody(
      events,
      new Base64Body(
        null,
        () => keeping(reader, decoded),
        () => {},
      ),
    );
  const places = placeMessages(half.side, half.headers === null, maxMessageBytes, read);
  const inner = decodedWriter(joined(decoded), half.side, null, from);
  yield* allMessages(call, half, places, inner);
}

/** Keeps what goes into a reader; lost bytes are zeros, so that offsets stay what they are. */
function keeping(reader: BodyReader, kept: Uint8Array[]): BodyReader {
  return {
    push(buf, start, end, at, timeNs) {
      kept.push(buf.slice(start, end));
      reader.push(buf, start, end, at, timeNs);
    },
    lost: (length) => reader.lost(length),
    end: () => reader.end(),
  };
}
