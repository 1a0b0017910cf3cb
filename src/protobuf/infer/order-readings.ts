/** Readings of one message, put into the order of their likelihood over all messages of its method. */
import { encodeBase64 } from "../../bytes/base64.js";
import { LIMITS } from "../../limits.js";
import { type FieldReading, type PackedBudget, packedReadings, type Reading } from "../field-reading.js";
import { WireReader } from "../wire.js";
import type { MessageEvidence } from "./evidence.js";
import { type FieldKind, kindOf } from "./field-kind.js";

/** `fields`: as `readFields` read them in `buf[start, end)`. Nothing is dropped; what no evidence is about stays as it is. */
export function orderReadings(
  fields: readonly FieldReading[],
  evidence: MessageEvidence,
  buf: Uint8Array,
  start: number,
  end: number,
  budget: PackedBudget = { packed: LIMITS.maxProtobufFields },
): FieldReading[] {
  const kinds = new Map<number, FieldKind>();
  for (const { number } of fields) {
    const field = evidence.fields.get(number);
    if (field !== undefined && !kinds.has(number)) kinds.set(number, kindOf(field));
  }
  return fields.map((field) => {
    const kind = kinds.get(field.number);
    if (kind === undefined) return field;
    const named = nestedInOrder(withLikeliest(field, kind, buf, start, end, budget), kind, buf, start, end, budget);
    const likely = likelyNames(kind);
    const rank = ({ as }: Reading) => (likely.includes(as) ? likely.indexOf(as) : likely.length);
    return { ...field, readings: [...named].sort((a, b) => rank(a) - rank(b)) };
  });
}

function likelyNames({ type, packed }: FieldKind): readonly string[] {
  switch (type) {
    case "int32":
    case "int64":
      return ["packed varint", "int64", "uint64"];
    case "uint32":
      return ["packed varint", "uint64"];
    case "bool":
      return ["bool", "packed varint"];
    default:
      return packed ? [`packed ${type}`, type] : [type];
  }
}

/** Long payloads are offered as bytes or packed only where little else fits: not so when that is the likeliest. */
function withLikeliest(
  field: FieldReading,
  { type, packed }: FieldKind,
  buf: Uint8Array,
  start: number,
  end: number,
  budget: PackedBudget,
): readonly Reading[] {
  const { readings, wireType } = field;
  const isMissing = packed ? !readings.some(({ as }) => as.startsWith("packed")) : type === "bytes";
  if (wireType !== "len" || !isMissing || readings.some(({ as }) => as === "bytes")) return readings;
  const reader = new WireReader(buf, start + field.at, end);
  if (!reader.readTag() || !reader.skip()) return readings;
  if (packed) return [...readings, ...packedReadings(buf, reader.from, reader.to, budget)];
  return [...readings, { as: "bytes", value: encodeBase64(buf, reader.from, reader.to) }];
}

function nestedInOrder(
  readings: readonly Reading[],
  { message }: FieldKind,
  buf: Uint8Array,
  start: number,
  end: number,
  budget: PackedBudget,
): readonly Reading[] {
  if (message === null) return readings;
  return readings.map((reading) =>
    reading.as === "message" || reading.as === "group"
      ? { as: reading.as, value: orderReadings(reading.value as FieldReading[], message, buf, start, end, budget) }
      : reading,
  );
}
