/**
 * FileDeclaration → FileDescriptorProto bytes (google/protobuf/descriptor.proto), for programs that take descriptor sets. It
 * holds what the wire and the JSON need; options and comments are not kept.
 */
import { WireWriter } from "../wire-writer.js";
import type { EnumDeclaration, FieldDeclaration, FileDeclaration, ServiceDeclaration } from "./declaration.js";
import { blocksOf, dependenciesOf, type MessageBlock, type WrittenTypes } from "./declaration-tree.js";

/** FieldDescriptorProto.Type. */
const TYPES: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  group: 10,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};

/** Edition. */
const EDITIONS = { "2023": 1000, "2024": 1001 };

// Values of FeatureSet's enums.
const IMPLICIT = 2;
const LEGACY_REQUIRED = 3;
const CLOSED = 2;
const EXPANDED = 2;
const DELIMITED = 2;

export function writeDescriptor(file: FileDeclaration, types: WrittenTypes): Uint8Array {
  return new DescriptorWriter(file, types).file();
}

class DescriptorWriter {
  /** SourceCodeInfo, without columns. */
  private readonly locations = new WireWriter();
  private readonly editions: boolean;

  constructor(
    private readonly declaration: FileDeclaration,
    private readonly types: WrittenTypes,
  ) {
    this.editions = declaration.edition in EDITIONS;
  }

  file(): Uint8Array {
    const { path, package: packageName, edition } = this.declaration;
    const { messages, enums, services, extensions } = blocksOf(this.declaration);
    const out = new WireWriter().text(1, path);
    if (packageName !== "") out.text(2, packageName);
    for (const name of dependenciesOf(this.declaration, this.types)) out.text(3, name);
    for (const [i, block] of messages.entries()) out.len(4, this.message(block, [4, i]));
    for (const declaration of enums) out.len(5, this.enum(declaration));
    for (const [i, service] of services.entries()) out.len(6, this.service(service, [6, i]));
    for (const [i, field] of extensions.entries()) out.len(7, this.field(field, null, [7, i]));
    if (this.locations.length > 0) out.len(9, this.locations.finish());
    if (edition !== "proto2") out.text(12, this.editions ? "editions" : edition);
    if (this.editions) out.varint(14, EDITIONS[edition as "2023"]);
    return out.finish();
  }

  private at(path: readonly number[], line: number | null): void {
    if (line === null) return;
    this.locations.len(
      1,
      new WireWriter()
        .packed(1, path)
        .packed(2, [line - 1, 0, 0])
        .finish(),
    );
  }

  private message({ declaration, messages, enums, extensions }: MessageBlock, path: readonly number[]): Uint8Array {
    const { fullName, fields, line } = declaration;
    this.at(path, line);
    const out = new WireWriter().text(1, lastPart(fullName));
    const oneofs = new Oneofs();
    // protoc wants those that it makes up itself, for `optional`, behind the others.
    for (const { oneof } of fields) if (oneof !== null) oneofs.index(oneof);
    for (const [i, field] of fields.entries()) {
      const entry = field.mapKey === null ? null : entryName(field.name);
      const own =
        entry === null ? field : { ...field, mapKey: null, type: { name: `.${fullName}.${entry}`, scope: "" } };
      out.len(2, this.field(own, oneofs, [...path, 2, i], entry !== null));
    }
    for (const [i, block] of messages.entries()) out.len(3, this.message(block, [...path, 3, i]));
    for (const field of fields) if (field.mapKey !== null) out.len(3, this.entry(field));
    for (const declaration of enums) out.len(4, this.enum(declaration));
    for (const number of this.types.extensionNumbers(fullName))
      out.len(
        5,
        new WireWriter()
          .varint(1, number)
          .varint(2, number + 1)
          .finish(),
      );
    for (const [i, field] of extensions.entries()) out.len(6, this.field(field, null, [...path, 6, i]));
    for (const name of oneofs.names) out.len(8, new WireWriter().text(1, name).finish());
    return out.finish();
  }

  /** The message that a map's entries are (encoding guide, Maps). */
  private entry(field: FieldDeclaration): Uint8Array {
    const plain = { ...field, mapKey: null, repeated: false, presence: true, delimited: false, line: null };
    const key = { ...plain, name: "key", jsonName: "key", number: 1, type: field.mapKey! };
    const value = { ...plain, name: "value", jsonName: "value", number: 2 };
    return new WireWriter()
      .text(1, entryName(field.name))
      .len(2, this.field(key, null, [], true))
      .len(2, this.field(value, null, [], true))
      .len(7, new WireWriter().varint(7, 1).finish())
      .finish();
  }

  /** `oneofs`: of the message around it; null outside any. `entry`: it belongs to a map, where presence is not told. */
  private field(field: FieldDeclaration, oneofs: Oneofs | null, path: readonly number[], entry = false): Uint8Array {
    const { jsonName, number, repeated, required, extendee, defaultValue } = field;
    this.at(path, path.length === 0 ? null : field.line);
    const name = extendee === null ? field.name : lastPart(field.name);
    const out = new WireWriter().text(1, name);
    if (extendee !== null) out.text(2, `.${this.types.resolve(extendee) ?? extendee.name.replace(/^\./, "")}`);
    out.varint(3, number).varint(4, repeated ? 3 : required && !this.editions ? 2 : 1);
    const type = this.typeOf(field, entry);
    out.varint(5, TYPES[type.kind]);
    if (type.name !== null) out.text(6, type.name);
    if (defaultValue !== null) out.text(7, defaultText(field));
    const options = this.options(field, type.kind, entry);
    if (options.length > 0) out.len(8, options);
    const explicit = this.declaration.edition === "proto3" && isOptional(field, type.kind) && !entry && oneofs !== null;
    if (explicit) out.varint(9, oneofs.index(`_${name}`));
    else if (field.oneof !== null && oneofs !== null) out.varint(9, oneofs.index(field.oneof));
    if (extendee === null) out.text(10, jsonName);
    return out.bool(17, explicit).finish();
  }

  private typeOf({ type, delimited }: FieldDeclaration, entry: boolean): { kind: string; name: string | null } {
    if (typeof type === "string") return { kind: type, name: null };
    const fullName = this.types.resolve(type) ?? type.name.replace(/^\./, "");
    const kind = this.types.isEnum(fullName) ? "enum" : delimited && !this.editions && !entry ? "group" : "message";
    return { kind, name: `.${fullName}` };
  }

  /** FieldOptions: what differs from the defaults of the file's edition. */
  private options(field: FieldDeclaration, kind: string, entry: boolean): Uint8Array {
    const { edition } = this.declaration;
    const { repeated, packed, presence, required, delimited } = field;
    const packable = repeated && kind !== "string" && kind !== "bytes" && kind !== "message" && kind !== "group";
    const out = new WireWriter();
    if (!this.editions)
      return packable && packed !== (edition === "proto3") ? out.varint(2, packed ? 1 : 0).finish() : out.finish();
    const features = new WireWriter();
    if (required) features.varint(1, LEGACY_REQUIRED);
    else if (!presence && !repeated && kind !== "message" && !entry) features.varint(1, IMPLICIT);
    if (packable && !packed) features.varint(3, EXPANDED);
    if (kind === "message" && delimited && !entry) features.varint(5, DELIMITED);
    return features.length === 0 ? out.finish() : out.len(21, features.finish()).finish();
  }

  private enum({ fullName, values, closed }: EnumDeclaration): Uint8Array {
    const out = new WireWriter().text(1, lastPart(fullName));
    for (const [name, number] of values) out.len(2, new WireWriter().text(1, name).varint(2, number).finish());
    const options = new WireWriter().bool(2, new Set(values.map(([, number]) => number)).size < values.length);
    if (this.editions && closed) options.len(7, new WireWriter().varint(2, CLOSED).finish());
    return options.length === 0 ? out.finish() : out.len(3, options.finish()).finish();
  }

  private service({ fullName, methods, line }: ServiceDeclaration, path: readonly number[]): Uint8Array {
    this.at(path, line);
    const out = new WireWriter().text(1, lastPart(fullName));
    for (const { name, request, response, clientStreaming, serverStreaming } of methods) {
      const [input, output] = [request, response].map(
        (type) => this.types.resolve(type) ?? type.name.replace(/^\./, ""),
      );
      const method = new WireWriter().text(1, name).text(2, `.${input}`).text(3, `.${output}`);
      out.len(2, method.bool(5, clientStreaming).bool(6, serverStreaming).finish());
    }
    return out.finish();
  }
}

/** The oneofs of a message, in the order in which their members need them. */
class Oneofs {
  readonly names: string[] = [];

  index(name: string): number {
    const at = this.names.indexOf(name);
    return at >= 0 ? at : this.names.push(name) - 1;
  }
}

/** A proto3 `optional` scalar or enum: messages tell their presence anyway. */
export function isOptional({ presence, oneof, repeated, extendee }: FieldDeclaration, kind: string): boolean {
  return presence && oneof === null && !repeated && extendee === null && kind !== "message" && kind !== "group";
}

/** protoc's name for the entries of a map: "tag_counts" → "TagCountsEntry". */
export function entryName(fieldName: string): string {
  return `${fieldName.replace(/(?:^|_)([a-zA-Z0-9]?)/g, (_, letter: string) => letter.toUpperCase())}Entry`;
}

export function lastPart(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}

/** Descriptors hold every default as text; bytes with C escapes. */
function defaultText({ type, defaultValue }: FieldDeclaration): string {
  if (type === "bytes") return escapeBytes(String(defaultValue));
  if (defaultValue === Number.POSITIVE_INFINITY) return "inf";
  if (defaultValue === Number.NEGATIVE_INFINITY) return "-inf";
  return Number.isNaN(defaultValue) ? "nan" : String(defaultValue);
}

/** One character a byte → C escapes. */
export function escapeBytes(text: string): string {
  return text.replace(/[^ !#-&(-[\]-~]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
