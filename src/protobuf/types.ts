/** What the wire walker needs to know of a schema: types resolved once, looked up by field number. No protobufjs in here. */
import type { CallKind } from "./kind.js";

export interface MethodType {
  /** Full name of the service: "shop.v1.Orders", "Cal". */
  readonly service: string;
  readonly name: string;
  /** null: its types were given by hand, and no schema declares it. */
  readonly kind: CallKind | null;
  /** null: the schema names the type and does not hold it. */
  readonly request: MessageType | null;
  readonly response: MessageType | null;
}

export type ScalarName =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

export interface EnumType {
  readonly fullName: string;
  /** The value declared first: what a field reads as when it is not on the wire. */
  readonly defaultNumber: number;
  /** The first name declared for each number. */
  readonly names: ReadonlyMap<number, string>;
  readonly closed: boolean;
}

export interface FieldType {
  readonly name: string;
  readonly jsonName: string;
  readonly number: number;
  readonly type: ScalarName | "enum" | "message" | "group";
  readonly enumType: EnumType | null;
  readonly messageType: MessageType | null;
  /** For maps `messageType` is the entry: key is its field 1, value its field 2. */
  readonly map: boolean;
  readonly repeated: boolean;
  readonly packed: boolean;
  /** Tells "set to the default" from "not set": proto2 scalars, proto3 `optional`, oneof members, messages. */
  readonly presence: boolean;
  readonly oneof: string | null;
  /** What it reads as when it is not on the wire, as ProtoJSON; undefined for a message. */
  readonly defaultJson: unknown;
  readonly extension: boolean;
  /** proto2 `required`. */
  readonly required: boolean;
  /** Where it was declared, from 1; null when not known. */
  readonly line: number | null;
}

export interface MessageType {
  /** "AddRequest", "shop.v1.Order", without a leading dot. */
  readonly fullName: string;
  /** In order of declaration. */
  readonly fields: readonly FieldType[];
  readonly fieldByNumber: ReadonlyMap<number, FieldType>;
  /** Where it was declared: "SimpleCal.proto"; null when not known. */
  readonly file: string | null;
  readonly line: number | null;
}

/** Where the type that an Any names is looked up. */
export interface TypeRegistry {
  message(fullName: string): MessageType | null;
}
