/** The body of a message, decompressed → its parts, by its codec and the schema. */
import type { Call, CallHalf, CallMessage } from "../call/call.js";
import { jsonOf, messageTypeOf, methodOf, readFieldsInOrder } from "../call/decode.js";
import type { BodyPart } from "./body-part.js";
import { unread } from "./frame-parts.js";
import { messageParts } from "./protobuf-parts.js";
import { readingParts } from "./reading-parts.js";
import type { Part } from "./span.js";

/** They cover the body from its first byte to its last. */
export function* valueParts(call: Call, half: CallHalf, message: CallMessage, body: Uint8Array): Generator<BodyPart> {
  let at = 0;
  for (const part of partsOf(call, half, message, body)) {
    if (part.start > at) yield { start: at, end: part.start, part: unread("not read") };
    yield part;
    at = part.end;
  }
  if (body.length > at) yield { start: at, end: body.length, part: unread("not read") };
}

function partsOf(call: Call, half: CallHalf, message: CallMessage, body: Uint8Array): Iterable<BodyPart> {
  if (body.length === 0) return [];
  if (half.codec !== "proto") {
    const json = jsonOf(half, message, body, call.context.limits.maxProtobufDepth, []);
    return [{ start: 0, end: body.length, part: json === null ? foreignPart(half, body) : jsonPart(json) }];
  }
  const type = messageTypeOf(half, methodOf(call));
  return type === null ? fieldParts(call, half, message, body) : messageParts(type, body, call.context);
}

function* fieldParts(call: Call, half: CallHalf, message: CallMessage, body: Uint8Array): Generator<BodyPart> {
  for (const field of readFieldsInOrder(call, half, message, body, []).fields) yield* readingParts(body, field, "", 0);
}

export function jsonPart(json: string): Part {
  return { layer: "json", role: "value", name: null, json, text: json, depth: 0 };
}

function foreignPart({ codec }: CallHalf, body: Uint8Array): Part {
  return unread(`not read: the codec is ${codec}, ${body.length} bytes`);
}
