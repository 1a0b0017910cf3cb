/** What one schema file declares, whatever it was read from: .proto text or a descriptor. References are still names. */
import type { ScalarName } from "../types.js";

export type Edition = "proto2" | "proto3" | "2023" | "2024";

export interface FileDeclaration {
  /** The name that imports use: "shop/v1/order.proto". */
  readonly path: string;
  /** "" where there is none. */
  readonly package: string;
  readonly edition: Edition;
  readonly messages: readonly MessageDeclaration[];
  readonly enums: readonly EnumDeclaration[];
  readonly services: readonly ServiceDeclaration[];
  /** Fields declared in `extend` blocks, wherever they stand. */
  readonly extensions: readonly FieldDeclaration[];
}

export interface MessageDeclaration {
  readonly fullName: string;
  readonly fields: readonly FieldDeclaration[];
  readonly line: number | null;
}

export interface FieldDeclaration {
  readonly name: string;
  readonly jsonName: string;
  readonly number: number;
  /** A scalar, or a message or enum as `TypeReference`. */
  readonly type: ScalarName | TypeReference;
  /** Of a map: `type` is that of its values. */
  readonly mapKey: ScalarName | null;
  readonly repeated: boolean;
  readonly required: boolean;
  readonly packed: boolean;
  /** A message is encoded as a group. */
  readonly delimited: boolean;
  /** For scalars and enums: unset differs from the default. */
  readonly presence: boolean;
  /** null for the one-member oneof behind a proto3 `optional`. */
  readonly oneof: string | null;
  /** As declared: the number, text, boolean or enum value name; null where nothing was. */
  readonly defaultValue: string | number | boolean | null;
  /** The message that is extended. */
  readonly extendee: TypeReference | null;
  readonly line: number | null;
}

/** A type's name as written in `scope`, which is the full name of the enclosing package, message or service. */
export interface TypeReference {
  readonly name: string;
  readonly scope: string;
}

export interface EnumDeclaration {
  readonly fullName: string;
  /** In order of declaration; aliases included. */
  readonly values: readonly (readonly [name: string, number: number])[];
  readonly closed: boolean;
}

export interface ServiceDeclaration {
  readonly fullName: string;
  readonly methods: readonly MethodDeclaration[];
  readonly line: number | null;
}

export interface MethodDeclaration {
  readonly name: string;
  readonly request: TypeReference;
  readonly response: TypeReference;
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
}

/** What is wrong with a source of the schema; everything else still decodes. */
export interface SchemaWarning {
  readonly file: string;
  /** From 1; null: the file as a whole. */
  readonly line: number | null;
  readonly text: string;
}

const SCALARS: ReadonlySet<string> = new Set([
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
]);

export function isScalarName(name: string): name is ScalarName {
  return SCALARS.has(name);
}

/** protoc's rule for a field's JSON name: underscores go, the letter behind one becomes a capital. */
export function toJsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}
