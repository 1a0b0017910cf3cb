/** Evidence → the likeliest type of a field, and why. Every type given here reads all that was seen without loss. */
import { wireTypeOf } from "../scalar-json.js";
import type { ScalarName } from "../types.js";
import { I32, I64, LEN, SGROUP, VARINT, WIRE_TYPE_NAMES } from "../wire.js";
import type { FieldEvidence, FixedEvidence, MessageEvidence, VarintEvidence } from "./evidence.js";

export interface FieldKind {
  readonly type: ScalarName | "message" | "group";
  /** Of a message or group; null where all were empty. */
  readonly message: MessageEvidence | null;
  readonly repeated: boolean;
  /** Numbers that came in packed runs. */
  readonly packed: boolean;
  readonly map: boolean;
  /** Told apart from its default on the wire. */
  readonly optional: boolean;
  /** The evidence in words: "3 values, all UTF-8 text". */
  readonly why: string;
}

/** So many zeros and ones without any other number make a bool likelier than a small integer. */
const ENOUGH_BITS = 10;
/** So many packed values make a run of varints likelier than bytes that happen to read as one. */
const ENOUGH_PACKED = 4;

export function kindOf(field: FieldEvidence): FieldKind {
  const kind = likeliestKind(field);
  const rest = unexplained(field, kind);
  return rest === "" ? kind : { ...kind, why: `${kind.why}; also as ${rest}, which no one type explains` };
}

/** The wire types that the kind does not read. */
function unexplained({ lens, groups, varints, i32, i64 }: FieldEvidence, { type, packed }: FieldKind): string {
  const read = new Set([wireTypeOf(type), ...(packed ? [LEN] : [])]);
  const seen: [number, number][] = [
    [LEN, lens.count],
    [SGROUP, groups.count],
    [VARINT, varints.count],
    [I32, i32.count],
    [I64, i64.count],
  ];
  const rest = seen.filter(([wireType, count]) => count > 0 && !read.has(wireType));
  return rest.map(([wireType]) => WIRE_TYPE_NAMES[wireType]).join(" and ");
}

function likeliestKind(field: FieldEvidence): FieldKind {
  const { lens, groups, varints, i32, i64 } = field;
  if (lens.count > 0) {
    // Numbers that come alone and in runs are one repeated field (encoding guide, Packed Repeated Fields).
    if (varints.count > 0 && lens.packed.varints.fits)
      return numbers(field, bothOf(varints, lens.packed.varints.varints));
    if (i32.count > 0 && lens.packed.i32.fits) return runs(field, fixedName(i32, 32), "4-byte numbers");
    if (i64.count > 0 && lens.packed.i64.fits) return runs(field, fixedName(i64, 64), "8-byte numbers");
    return lenKind(field);
  }
  if (groups.count > 0) return plain(field, "group", "groups", groups.message);
  if (varints.count > 0) {
    const type = varintName(varints);
    return plain(field, type, `varints that fit ${type}${asZigzag(varints)}`);
  }
  if (i32.count > 0) return plain(field, fixedName(i32, 32), "4 bytes each");
  return plain(field, fixedName(i64, 64), "8 bytes each");
}

function lenKind(field: FieldEvidence): FieldKind {
  const { lens } = field;
  const { packed, nested } = lens;
  if (lens.empty === lens.count) return plain(field, "bytes", "always empty");
  const filled = lens.count - lens.empty;
  if (nested.message !== null && !(lens.utf8 && lens.plainText === filled)) {
    const map = lens.mapLike && field.repeated && isMapEntry(nested.message);
    const why = map ? "entries with a key of its own each" : "reads as a message each time";
    return { ...plain(field, "message", why, nested.message), map };
  }
  if (lens.utf8 && lens.plainText * 2 >= filled) return plain(field, "string", "always UTF-8");
  if (packed.i64.fits && packed.i64.fixed.usual) return runs(field, "double", "runs of usual doubles");
  if (packed.i32.fits && packed.i32.fixed.usual) return runs(field, "float", "runs of usual floats");
  if (packed.varints.fits && packed.varints.values >= ENOUGH_PACKED) return numbers(field, packed.varints.varints);
  return plain(field, lens.utf8 ? "string" : "bytes", lens.utf8 ? "always UTF-8" : "not always UTF-8");
}

function plain(
  field: FieldEvidence,
  type: FieldKind["type"],
  what: string,
  message: MessageEvidence | null = null,
): FieldKind {
  const { repeated } = field;
  const why = `${field.values} ${field.values === 1 ? "value" : "values"}: ${what}`;
  const optional = !repeated && field.zero && type !== "message" && type !== "group";
  return { type, message, repeated, packed: false, map: false, optional, why };
}

function numbers(field: FieldEvidence, varints: VarintEvidence): FieldKind {
  const type = varintName(varints);
  return runs(field, type, `runs of varints that fit ${type}`);
}

function runs(field: FieldEvidence, type: ScalarName, what: string): FieldKind {
  return { ...plain(field, type, what), repeated: true, packed: true, optional: false };
}

function varintName({ bits, int32, uint32, count }: VarintEvidence): ScalarName {
  if (bits && count >= ENOUGH_BITS) return "bool";
  if (int32) return "int32";
  return uint32 ? "uint32" : "int64";
}

/** Nothing on the wire tells int from sint as long as no value is negative as an int: then both are named. */
function asZigzag({ negative, bits, int32, zigzagMin, zigzagMax }: VarintEvidence): string {
  if (negative || bits || zigzagMin >= 0) return "";
  return `; as ${int32 ? "sint32" : "sint64"} they would be ${zigzagMin} to ${zigzagMax}`;
}

function fixedName({ usual, negative }: FixedEvidence, bits: 32 | 64): ScalarName {
  if (usual) return bits === 32 ? "float" : "double";
  return `${negative ? "sfixed" : "fixed"}${bits}`;
}

function bothOf(a: VarintEvidence, b: VarintEvidence): VarintEvidence {
  const both = { ...a, count: a.count + b.count };
  for (const name of ["bits", "int32", "uint32"] as const) both[name] = a[name] && b[name];
  return both as VarintEvidence;
}

/** An entry's key is a string or an integer, and every entry has one: a map has only one without. */
function isMapEntry(message: MessageEvidence): boolean {
  const key = message.fields.get(1);
  const value = message.fields.get(2);
  if (key === undefined || value === undefined) return false;
  const type = kindOf(key).type;
  const isKey = type === "string" || type === "int32" || type === "uint32" || type === "int64" || type === "bool";
  return isKey && !key.repeated && !value.repeated && !kindOf(value).packed;
}
