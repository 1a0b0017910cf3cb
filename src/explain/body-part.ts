/** Parts of a message body that both ways of reading it have in common. */
import { WIRE_TYPE_NAMES } from "../protobuf/wire.js";
import type { Part } from "./span.js";

/** A part and the bytes [start, end) of the body that it takes. */
export interface BodyPart {
  readonly start: number;
  readonly end: number;
  readonly part: Part;
}

export function tagPart(
  start: number,
  end: number,
  name: string,
  path: string,
  depth: number,
  { number, wireType }: { readonly number: number; readonly wireType: number },
  type = "",
): BodyPart {
  const wire = WIRE_TYPE_NAMES[wireType];
  const text = `field ${number}: ${name}`;
  const note = type === "" ? wire : `${wire}, ${type}`;
  const more = { path, wireType: wire };
  return { start, end, part: { layer: "protobuf", role: "tag", name, json: String(number), text, note, depth, more } };
}

/** Bytes that do not read, and why. */
export function unreadPart(start: number, end: number, why: string, depth: number): BodyPart {
  return { start, end, part: { layer: "protobuf", role: "unread", name: null, json: "null", text: why, depth } };
}
