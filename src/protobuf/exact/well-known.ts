/**
 * The JSON forms of the well-known types (ProtoJSON: Timestamp, Duration, FieldMask, Struct, Value, ListValue, wrappers).
 * Each takes a decoded tree; null: the values have no such form, and the fields are shown as they are.
 */
import type { MessageType } from "../types.js";
import type { MessageTree, TreeValue } from "./message-tree.js";

/** Writes the JSON of a message that lies in a well-known one. */
export type WriteTree = (tree: MessageTree) => string;

type Form = (tree: MessageTree, write: WriteTree) => string | null;

/** Full name below google.protobuf → the fields that the form rests on, and the form. */
const FORMS: Readonly<Record<string, readonly [shape: string, form: Form]>> = {
  Timestamp: ["1:int64 2:int32", (tree) => timestamp(integer(tree, 1), integer(tree, 2))],
  Duration: ["1:int64 2:int32", (tree) => duration(integer(tree, 1), integer(tree, 2))],
  FieldMask: ["1:string*", fieldMask],
  Struct: ["1:message*", struct],
  ListValue: ["1:message*", listValue],
  Value: ["1:enum 2:double 3:string 4:bool 5:message 6:message", value],
  DoubleValue: ["1:double", wrapper("0")],
  FloatValue: ["1:float", wrapper("0")],
  Int64Value: ["1:int64", wrapper('"0"')],
  UInt64Value: ["1:uint64", wrapper('"0"')],
  Int32Value: ["1:int32", wrapper("0")],
  UInt32Value: ["1:uint32", wrapper("0")],
  BoolValue: ["1:bool", wrapper("false")],
  StringValue: ["1:string", wrapper('""')],
  BytesValue: ["1:bytes", wrapper('""')],
};

const forms = new WeakMap<MessageType, Form | null>();

/** The form of a well-known type; null for any other, and for one whose declaration is not the usual one. */
export function formOf(type: MessageType): Form | null {
  let form = forms.get(type);
  if (form === undefined) forms.set(type, (form = findForm(type)));
  return form;
}

function findForm(type: MessageType): Form | null {
  const name = wellKnownName(type);
  const row = name !== null && Object.hasOwn(FORMS, name) ? FORMS[name] : null;
  return row !== null && shapeOf(type) === row[0] ? row[1] : null;
}

/** "Timestamp" of google.protobuf.Timestamp; null outside that package. */
export function wellKnownName(type: MessageType): string | null {
  return type.fullName.startsWith("google.protobuf.") ? type.fullName.slice(16) : null;
}

export function isAny(type: MessageType): boolean {
  return type.fullName === "google.protobuf.Any" && shapeOf(type) === "1:string 2:bytes";
}

function shapeOf(type: MessageType): string {
  const fields = [...type.fields].sort((a, b) => a.number - b.number);
  return fields.map((field) => `${field.number}:${field.type}${field.repeated ? "*" : ""}`).join(" ");
}

function slot(tree: MessageTree, number: number): unknown {
  return tree.values.get(tree.type.fieldByNumber.get(number)!);
}

/** An int64 or int32 field as a number; both ranges of interest lie below 2^53. */
function integer(tree: MessageTree, number: number): number {
  const text = slot(tree, number) as string | undefined;
  return text === undefined ? 0 : Number(text.startsWith('"') ? text.slice(1, -1) : text);
}

function wrapper(zero: string): Form {
  return (tree) => (slot(tree, 1) as string | undefined) ?? zero;
}

/** RFC 3339 in UTC with 0, 3, 6 or 9 digits of a second; years 1 to 9999. */
export function timestamp(seconds: number, nanos: number): string | null {
  if (!(seconds >= -62_135_596_800 && seconds <= 253_402_300_799) || nanos < 0 || nanos > 999_999_999) return null;
  const text = new Date(seconds * 1000).toISOString();
  return `"${text.slice(0, 19)}${fraction(nanos)}Z"`;
}

/** "-1.500s"; at most 10,000 years, seconds and nanos of the same sign. */
export function duration(seconds: number, nanos: number): string | null {
  if (!(Math.abs(seconds) <= 315_576_000_000) || Math.abs(nanos) > 999_999_999) return null;
  if (seconds * nanos < 0) return null;
  const sign = seconds < 0 || nanos < 0 ? "-" : "";
  return `"${sign}${Math.abs(seconds)}${fraction(Math.abs(nanos))}s"`;
}

function fraction(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  if (nanos % 1_000_000 === 0) return `.${digits.slice(0, 3)}`;
  return nanos % 1_000 === 0 ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

/** Paths in lowerCamelCase, joined by commas; a path that does not come back from camelCase has no form. */
function fieldMask(tree: MessageTree): string | null {
  const paths = (slot(tree, 1) ?? []) as string[];
  const names: string[] = [];
  for (const path of paths.map((text) => JSON.parse(text) as string)) {
    if (/[A-Z,]|_(?![a-z])/.test(path)) return null;
    names.push(path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  }
  return JSON.stringify(names.join(","));
}

function struct(tree: MessageTree, write: WriteTree): string | null {
  const field = tree.type.fieldByNumber.get(1)!;
  if (!field.map) return null;
  const entries = (tree.values.get(field) ?? new Map()) as Map<string, TreeValue>;
  return `{${[...entries].map(([key, value]) => `${key}:${write(value as MessageTree)}`).join(",")}}`;
}

function listValue(tree: MessageTree, write: WriteTree): string {
  return `[${((slot(tree, 1) ?? []) as MessageTree[]).map(write).join(",")}]`;
}

/**
 * A Value with no kind set reads as null. "Note that attempting to serialize NaN or Infinity results in error": they would read as
 * text (struct.proto).
 */
function value(tree: MessageTree, write: WriteTree): string | null {
  const [kind] = tree.values.values();
  if (kind === undefined) return "null";
  if (typeof kind === "string" && kind.startsWith('"') && slot(tree, 2) === kind) return null;
  return typeof kind === "string" ? kind : write(kind as MessageTree);
}
