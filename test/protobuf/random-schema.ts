/** Random schemas as .proto text, and random wire bytes for the types they declare. */
import fc from "fast-check";
import type { FieldType, MessageType } from "../../src/protobuf/types.js";
import {
  doubleBits,
  floatBits,
  groupField,
  lenField,
  littleEndian,
  tag,
  textField,
  varint,
  varintField,
  zigzag,
} from "./wire-bytes.js";

const SCALARS = [
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
];
const KEYS = SCALARS.filter((name) => !["double", "float", "bytes"].includes(name));

/** Types that a field may have besides scalars: the schema's own, and the well-known ones (no Any: it needs a registry). */
const OWN = ["M0", "M1", "M2", "E0"];
const WELL_KNOWN = ["Timestamp", "Duration", "Struct", "Value", "ListValue", "Int64Value", "StringValue", "Empty"].map(
  (name) => `google.protobuf.${name}`,
);

export interface RandomField {
  readonly number: number;
  readonly shape: "plain" | "optional" | "repeated" | "unpacked" | "map" | "oneof";
  readonly type: string;
  readonly key: string;
  readonly name: string;
}

export interface RandomSchema {
  readonly syntax: "proto2" | "proto3";
  readonly messages: readonly { readonly name: string; readonly fields: readonly RandomField[] }[];
}

const fieldNumber = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 1100 }) },
  { weight: 1, arbitrary: fc.constantFrom(536_870_911, 2047, 2048, 70_000) },
);

const field: fc.Arbitrary<RandomField> = fc.record({
  number: fieldNumber,
  shape: fc.constantFrom("plain", "plain", "optional", "repeated", "unpacked", "map", "oneof"),
  type: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...SCALARS) },
    { weight: 3, arbitrary: fc.constantFrom(...OWN) },
    { weight: 2, arbitrary: fc.constantFrom(...WELL_KNOWN) },
  ),
  key: fc.constantFrom(...KEYS),
  name: fc.constantFrom("f", "a_b", "some_name_", "camelCase", "_x", "A"),
});

/** Three messages that may hold each other and themselves, one enum; fields in random or ascending order of number. */
export const randomSchema: fc.Arbitrary<RandomSchema> = fc
  .tuple(
    fc.constantFrom("proto3" as const, "proto2" as const),
    fc.array(fc.uniqueArray(field, { selector: ({ number }) => number, maxLength: 10 }), {
      minLength: 3,
      maxLength: 3,
    }),
    fc.boolean(),
  )
  .map(([syntax, messages, ascending]) => ({
    syntax,
    messages: messages.map((fields, i) => {
      // The name depends on the number, so that no two of a message are alike.
      const named = fields.map((plan) => ({ ...plan, name: plan.name + plan.number }));
      if (ascending) named.sort((a, b) => a.number - b.number);
      return { name: `M${i}`, fields: oneofsTogether(named) };
    }),
  }));

export const IMPORTS = ["timestamp", "duration", "struct", "wrappers", "empty"];

/** The one enum: name → number. */
export const E0 = { ZERO: 0, ONE: 1, BIG: 100_000, MINUS: -1 };

/** There are two oneofs at most. */
export function oneofOf({ shape, number }: RandomField): string | null {
  return shape === "oneof" ? `choice${number % 2}` : null;
}

export function isPackable(type: string): boolean {
  return !["string", "bytes"].includes(type) && !/^M|^google/.test(type);
}

/** The members of a oneof stand together, where the first one stood. */
function oneofsTogether(fields: readonly RandomField[]): RandomField[] {
  const groups = new Map<string, RandomField[]>();
  for (const plan of fields) {
    const key = oneofOf(plan) ?? plan.name;
    groups.set(key, [...(groups.get(key) ?? []), plan]);
  }
  return [...groups.values()].flat();
}

export function toText({ syntax, messages }: RandomSchema): string {
  const imports = IMPORTS.map((name) => `import "google/protobuf/${name}.proto";`);
  const values = Object.entries(E0).map(([name, number]) => `${name} = ${number};`);
  const bodies = messages.map(({ name, fields }) => `message ${name} {\n${bodyText(fields, syntax)}}`);
  return [
    `syntax = "${syntax}";`,
    "package random.v1;",
    ...imports,
    `enum E0 { ${values.join(" ")} }`,
    ...bodies,
    "",
  ].join("\n");
}

function bodyText(fields: readonly RandomField[], syntax: string): string {
  let body = "";
  let open: string | null = null;
  for (const plan of fields) {
    const oneof = oneofOf(plan);
    if (open !== null && oneof !== open) body += "  }\n";
    if (oneof !== null && oneof !== open) body += `  oneof ${oneof} {\n`;
    open = oneof;
    body += `  ${fieldText(plan, syntax)}\n`;
  }
  return open === null ? body : `${body}  }\n`;
}

function fieldText({ shape, type, key, name, number }: RandomField, syntax: string): string {
  switch (shape) {
    case "oneof":
      return `${type} ${name} = ${number};`;
    case "map":
      return `map<${key}, ${type}> ${name} = ${number};`;
    case "repeated":
    case "unpacked":
      return `repeated ${type} ${name} = ${number}${isPackable(type) ? ` [packed = ${shape === "repeated"}]` : ""};`;
    default:
      return `${shape === "optional" || syntax === "proto2" ? "optional " : ""}${type} ${name} = ${number};`;
  }
}

/** How the records of a message are chosen. */
export interface WireStyle {
  /** As serializers do: in the order of the numbers, each field once, map keys not repeated, nothing left out. */
  readonly canonical: boolean;
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -100, max: 300 }).map(BigInt),
  fc.constantFrom(2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 0n),
);
const int32 = fc.oneof(fc.integer(), fc.integer({ min: -100, max: 300 }));
// The oracles leave out −0 as if it were 0; it has a test of its own.
const plusZero = (value: number) => (value === 0 ? 0 : value);
const float = fc.oneof(
  fc.float().map(plusZero),
  fc.constantFrom(0.1, 1.5, 100, 1e-7, 16_777_216, 3.4028234663852886e38, 1e-45),
);
const double = fc.oneof(
  fc.double().map(plusZero),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
  fc.constantFrom(1e-7, 1e21, 5e-324, 123_456_789.123_456, 1e15, 0.000_001),
);
const finite = double.filter((value) => Number.isFinite(value));
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom('quote " and \\', "\u0000\u001f\u007f\u2028", "ünï©ødé", "🐶", "line\nbreak\ttab"),
);

/** Payload bytes of one value, without tag. */
function scalarBytes({ type, enumType }: FieldType): fc.Arbitrary<number[]> {
  switch (type) {
    case "double":
      return double.map((value) => littleEndian(doubleBits(value), 8));
    case "float":
      return float.map((value) => littleEndian(BigInt(floatBits(value)), 4));
    case "int32":
      return int32.map((value) => varint(value));
    case "uint32":
      return int32.map((value) => varint(value >>> 0));
    case "sint32":
      return int32.map((value) => varint(zigzag(BigInt(value))));
    case "int64":
    case "uint64":
      return int64.map((value) => varint(value));
    case "sint64":
      return int64.map((value) => varint(zigzag(value)));
    case "fixed32":
    case "sfixed32":
      return int32.map((value) => littleEndian(BigInt(value >>> 0), 4));
    case "fixed64":
    case "sfixed64":
      return int64.map((value) => littleEndian(value, 8));
    case "bool":
      return fc.constantFrom([0], [1]);
    case "enum":
      return fc.constantFrom(...enumType!.names.keys()).map((value) => varint(value));
    case "string":
      return text.map((value) => [...new TextEncoder().encode(value)]);
    default:
      return fc.array(fc.nat(255), { maxLength: 20 });
  }
}

const WIRE_TYPES: Partial<Record<FieldType["type"], number>> = {
  double: 1,
  fixed64: 1,
  sfixed64: 1,
  float: 5,
  fixed32: 5,
  sfixed32: 5,
  string: 2,
  bytes: 2,
};

function record(field: FieldType, payload: number[]): number[] {
  const wireType = WIRE_TYPES[field.type] ?? 0;
  return wireType === 2 ? lenField(field.number, payload) : [...tag(field.number, wireType), ...payload];
}

const wellKnown: Record<string, () => fc.Arbitrary<number[]>> = {
  Timestamp: () => time(fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), fc.nat(999_999_999)),
  Duration: () =>
    fc
      .tuple(fc.integer({ min: 0, max: 315_576_000_000 }), fc.nat(999_999_999), fc.boolean())
      .chain(([seconds, nanos, negative]) => {
        const sign = negative ? -1 : 1;
        return time(fc.constant(seconds * sign), fc.constantFrom(nanos * sign, 0, 500_000_000 * sign));
      }),
  Value: () => valueBytes(2),
  Struct: () => structBytes(2),
  ListValue: () => listBytes(2),
};

function time(seconds: fc.Arbitrary<number>, nanos: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  const some = fc.oneof(
    nanos,
    nanos.map((value) => value - (value % 1_000_000)),
    fc.constant(0),
  );
  return fc
    .tuple(seconds, some)
    .map(([s, n]) => [...(s === 0 ? [] : varintField(1, s)), ...(n === 0 ? [] : varintField(2, n))]);
}

function valueBytes(depth: number): fc.Arbitrary<number[]> {
  const leaves = [
    fc.constant(varintField(1, 0)),
    finite.map((value) => [...tag(2, 1), ...littleEndian(doubleBits(value), 8)]),
    text.map((value) => textField(3, value)),
    fc.boolean().map((value) => varintField(4, value ? 1 : 0)),
  ];
  if (depth === 0) return fc.oneof(...leaves);
  const struct = structBytes(depth - 1).map((bytes) => lenField(5, bytes));
  return fc.oneof(
    ...leaves,
    struct,
    listBytes(depth - 1).map((bytes) => lenField(6, bytes)),
  );
}

function structBytes(depth: number): fc.Arbitrary<number[]> {
  const entry = fc.tuple(text, valueBytes(depth));
  return fc
    .uniqueArray(entry, { selector: ([key]) => key, maxLength: 3 })
    .map((entries) => entries.flatMap(([key, value]) => lenField(1, [...textField(1, key), ...lenField(2, value)])));
}

function listBytes(depth: number): fc.Arbitrary<number[]> {
  return fc.array(valueBytes(depth), { maxLength: 3 }).map((values) => values.flatMap((value) => lenField(1, value)));
}

/** Bytes of a message of the type. `depth`: how many messages may lie in it. */
export function messageBytes(type: MessageType, style: WireStyle, depth = 3): fc.Arbitrary<number[]> {
  const special = wellKnown[type.fullName.replace("google.protobuf.", "")];
  if (special !== undefined) return special();
  const fields = type.fields.filter((field) => depth > 0 || field.messageType === null);
  if (fields.length === 0) return fc.constant([]);
  const some = fc.subarray(fields, { maxLength: Math.min(6, fields.length) });
  if (style.canonical) {
    return some.chain((chosen) => {
      const members = new Set<string>();
      const usual = [...chosen]
        .sort((a, b) => a.number - b.number)
        .filter(({ oneof }) => oneof === null || (!members.has(oneof) && members.add(oneof)));
      return fc.tuple(...usual.map((field) => canonicalField(field, style, depth))).map((parts) => parts.flat());
    });
  }
  const one = fc.constantFrom(...fields).chain((field) => anyRecord(field, style, depth));
  return fc.array(one, { maxLength: 8 }).map((records) => records.flat());
}

/** All records of one field, as a serializer writes them. */
function canonicalField(field: FieldType, style: WireStyle, depth: number): fc.Arbitrary<number[]> {
  if (field.map) {
    return fc
      .uniqueArray(entryBytes(field, style, depth), { selector: ({ key }) => key.join(), maxLength: 4 })
      .map((entries) => entries.flatMap(({ bytes }) => lenField(field.number, bytes)));
  }
  if (field.messageType !== null) {
    const one = subMessage(field, style, depth);
    return field.repeated ? fc.array(one, { maxLength: 3 }).map((all) => all.flat()) : one;
  }
  if (!field.repeated) return scalarBytes(field).map((payload) => record(field, payload));
  return fc.array(scalarBytes(field), { maxLength: 4 }).map((values) => {
    if (!field.packed) return values.flatMap((payload) => record(field, payload));
    return values.length === 0 ? [] : lenField(field.number, values.flat());
  });
}

function subMessage(field: FieldType, style: WireStyle, depth: number): fc.Arbitrary<number[]> {
  const bytes = messageBytes(field.messageType!, style, depth - 1);
  return bytes.map((inner) => (field.type === "group" ? groupField : lenField)(field.number, inner));
}

/** A record of the field in any legal form: packed or not, a map entry with parts left out, swapped or doubled. */
function anyRecord(field: FieldType, style: WireStyle, depth: number): fc.Arbitrary<number[]> {
  if (field.map) return entryBytes(field, style, depth).map(({ bytes }) => lenField(field.number, bytes));
  if (field.messageType !== null) return subMessage(field, style, depth);
  const single = scalarBytes(field).map((payload) => record(field, payload));
  if (!field.repeated || field.type === "string" || field.type === "bytes") return single;
  const packed = fc.array(scalarBytes(field), { maxLength: 4 }).map((all) => lenField(field.number, all.flat()));
  return fc.oneof(single, packed);
}

function entryBytes(
  field: FieldType,
  style: WireStyle,
  depth: number,
): fc.Arbitrary<{ key: number[]; bytes: number[] }> {
  const [keyField, valueField] = [1, 2].map((number) => field.messageType!.fieldByNumber.get(number)!);
  const key = scalarBytes(keyField).map((payload) => record(keyField, payload));
  const value =
    valueField.messageType === null
      ? scalarBytes(valueField).map((payload) => record(valueField, payload))
      : subMessage(valueField, style, depth);
  // protobufjs takes a 64-bit key that is left out for another key than a written 0.
  const keyless = /64/.test(keyField.type) ? [] : ["v", ""];
  const order = style.canonical ? fc.constant("kv") : fc.constantFrom("kv", "kv", "vk", "k", "kkv", "kvv", ...keyless);
  return fc.tuple(key, key, value, value, order).map(([k1, k2, v1, v2, form]) => {
    const [keys, values] = [
      [k1, k2],
      [v1, v2],
    ];
    const bytes = [...form].flatMap((part) => (part === "k" ? keys.pop()! : values.pop()!));
    return { key: k2, bytes };
  });
}
