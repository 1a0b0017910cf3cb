/** A record that no schema explains, as field-reading.ts reads it → its tag, length and value. The likeliest reading is shown. */
import type { FieldReading } from "../protobuf/field-reading.js";
import { LEN, SGROUP, WireReader } from "../protobuf/wire.js";
import { type BodyPart, tagPart } from "./body-part.js";

/** `why`: what is odd about it. */
export function* readingParts(
  body: Uint8Array,
  { number, at, size, readings }: FieldReading,
  parent: string,
  depth: number,
  why = "",
): Generator<BodyPart> {
  const reader = new WireReader(body, at, at + size);
  reader.readTag();
  const name = String(number);
  const path = `${parent}${name}`;
  const { as, value } = readings[0];
  const tag = tagPart(at, reader.pos, name, path, depth, reader, why);
  const isLen = reader.wireType === LEN;
  const isNested = as === "message" || as === "group";
  yield isLen ? { ...tag, part: { ...tag.part, joins: true } } : tag;
  let start = reader.pos;
  if (isLen) {
    reader.readLength();
    const { from, to } = reader;
    const text = `field ${number}`;
    const note = `len, ${to - from} bytes${isNested ? ", reads as a message" : ""}${why === "" ? "" : `; ${why}`}`;
    const json = String(to - from);
    const more = { path, ...(to === from && { reads: value }) };
    yield {
      start,
      end: from,
      part: { layer: "protobuf", role: "length", name, json, text, note, depth, more },
    };
    start = from;
  }
  const end = at + size;
  if (isNested) {
    for (const field of value as FieldReading[]) yield* readingParts(body, field, `${path}.`, depth + 1);
    const last = (value as FieldReading[]).at(-1);
    start = last === undefined ? start : last.at + last.size;
    if (reader.wireType !== SGROUP) return;
    reader.pos = start;
    // What damage or a limit left unread inside the group stands before its end tag, which is the record's last bytes.
    if (!reader.readTag() || reader.pos !== end) return;
    yield tagPart(start, end, `end of group ${number}`, path, depth, reader);
    return;
  }
  if (end === start) return;
  const others = readings.slice(1).map((reading) => ({ as: reading.as, value: reading.value }));
  const json = JSON.stringify(value);
  const text = as === "bytes" ? `${end - start} bytes` : json;
  const more = { path, as, ...(others.length > 0 && { others }) };
  yield {
    start,
    end,
    part: { layer: "protobuf", role: "value", name, json, text: `${name}: ${text}`, note: as, depth, more },
  };
}
