/** A call by GET of the Connect protocol: its message stands in the query, and is told behind the head that has it. */
import { CLIENT } from "../bytes/byte-stream-sink.js";
import type { Call } from "../call/call.js";
import { decodedWriter } from "./decoded-writer.js";
import { bodyItems, messageHeading } from "./message-items.js";
import type { Item, Part } from "./span.js";

/** `items`, with the message of the query where the next frame or head begins. */
export function* withQuery(call: Call, items: Iterable<Item>): Generator<Item> {
  const target: Item[] = [];
  let isTold = false;
  for (const item of items) {
    if (!isTold && target.length > 0 && item.part.isBlock === true && isWhole(target)) {
      yield* queryItems(call, target);
      isTold = true;
    }
    if (item.side === CLIENT && hasTarget(item.part)) target.push(item);
    yield item;
  }
  if (!isTold && target.length > 0) yield* queryItems(call, target);
}

function hasTarget({ layer, role, name }: Part): boolean {
  return layer === "http1" ? role === "start line" : name === ":path" && (role === "value" || role === "field");
}

function isWhole(target: readonly Item[]): boolean {
  const last = target[target.length - 1];
  return last.kind === "span" && last.piece === last.pieces;
}

function* queryItems(call: Call, target: Item[]): Generator<Item> {
  const { request } = call;
  const [message] = request.messages;
  if (message === undefined) return;
  const { body, flag, timeNs } = message;
  const ranges = [0, body.length];
  const { length } = body;
  const place = { flag, length, ranges, bodyLength: length, isComplete: true, timeNs };
  const heading = `${messageHeading(call, request, 0)}, in the query`;
  yield* bodyItems(call, request, 0, place, ranges, decodedWriter(body, CLIENT, 0, target), heading);
}
