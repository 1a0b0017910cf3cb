/**
 * FileDescriptorSet or FileDescriptorProto bytes → FileDeclarations, read with our own decoder: what a .proto parser or a
 * server says about its schema is a protobuf message like any other (google/protobuf/descriptor.proto).
 */
import { LIMITS } from "../../limits.js";
import { decodeMessage } from "../decode.js";
import type { ReadingLimits } from "../field-reading.js";
import type { MessageType, ScalarName, TypeRegistry } from "../types.js";
import { LEN, WireReader } from "../wire.js";
import {
  type Edition,
  type EnumDeclaration,
  type FieldDeclaration,
  type FileDeclaration,
  isScalarName,
  type MessageDeclaration,
  type MethodDeclaration,
  type ServiceDeclaration,
  type TypeReference,
  toJsonName,
} from "./declaration.js";
import { type Features, featuresOf, withFeatures } from "./features.js";

export interface DescribedFile {
  readonly declaration: FileDeclaration;
  readonly imports: readonly string[];
  /** The FileDescriptorProto. */
  readonly bytes: Uint8Array;
}

/** Files of `bytes`, as far as they decode. `types`: where descriptor.proto is known. */
export function parseDescriptorSet(bytes: Uint8Array, types: TypeRegistry): { files: DescribedFile[]; whole: boolean } {
  const files: DescribedFile[] = [];
  const reader = new WireReader(bytes, 0, bytes.length);
  let whole = true;
  while (reader.pos < bytes.length) {
    if (!reader.readTag() || !reader.skip()) return { files, whole: false };
    if (reader.number !== SET_FILE || reader.wireType !== LEN) {
      whole = false;
      continue;
    }
    const one = parseFileDescriptor(bytes.subarray(reader.from, reader.to), types);
    files.push(one.file);
    whole &&= one.whole;
  }
  return { files, whole };
}

/** One file, as server reflection sends it. `limits`: what is read of it. */
export function parseFileDescriptor(
  bytes: Uint8Array,
  types: TypeRegistry,
  limits: ReadingLimits = LIMITS,
): { file: DescribedFile; whole: boolean } {
  const type = types.message("google.protobuf.FileDescriptorProto") as MessageType;
  const options = { schema: null, limits, emitDefaults: false };
  const { json, problems } = decodeMessage(type, bytes, 0, bytes.length, options);
  const damaged = problems.some(({ code }) => code === "PROTOBUF_MALFORMED" || code === "PROTOBUF_WIRE_TYPE");
  return { file: toFile(JSON.parse(json) as FileProto, bytes), whole: !damaged };
}

// The parts of descriptor.proto that are read, as ProtoJSON.
interface FileProto {
  name?: string;
  package?: string;
  syntax?: string;
  edition?: string;
  dependency?: string[];
  messageType?: MessageProto[];
  enumType?: EnumProto[];
  service?: ServiceProto[];
  extension?: FieldProto[];
  options?: WithFeatures;
  sourceCodeInfo?: { location?: { path?: number[]; span?: number[] }[] };
}
interface MessageProto {
  name?: string;
  field?: FieldProto[];
  extension?: FieldProto[];
  nestedType?: MessageProto[];
  enumType?: EnumProto[];
  oneofDecl?: { name?: string }[];
  options?: WithFeatures & { mapEntry?: boolean };
}
interface FieldProto {
  name?: string;
  number?: number;
  label?: string;
  type?: string;
  typeName?: string;
  extendee?: string;
  defaultValue?: string;
  oneofIndex?: number;
  jsonName?: string;
  proto3Optional?: boolean;
  options?: WithFeatures & { packed?: boolean };
}
interface EnumProto {
  name?: string;
  value?: { name?: string; number?: number }[];
  options?: WithFeatures;
}
interface ServiceProto {
  name?: string;
  method?: {
    name?: string;
    inputType?: string;
    outputType?: string;
    clientStreaming?: boolean;
    serverStreaming?: boolean;
  }[];
}
interface WithFeatures {
  features?: Partial<Record<"fieldPresence" | "enumType" | "repeatedFieldEncoding" | "messageEncoding", string>>;
}

/** Numbers of fields in descriptor.proto, as they stand in the paths of SourceCodeInfo. */
const SET_FILE = 1;
const FILE_MESSAGE = 4;
const FILE_SERVICE = 6;
const FILE_EXTENSION = 7;
const MESSAGE_FIELD = 2;
const MESSAGE_NESTED = 3;
const MESSAGE_EXTENSION = 6;

function toFile(proto: FileProto, bytes: Uint8Array): DescribedFile {
  const collector = new Collector(proto);
  const scope = proto.package ?? "";
  const features = ownFeatures(featuresOf(editionOf(proto)), proto.options);
  for (const [i, message] of (proto.messageType ?? []).entries())
    collector.message(message, scope, features, [FILE_MESSAGE, i]);
  for (const enumType of proto.enumType ?? []) collector.enum(enumType, scope, features);
  for (const [i, service] of (proto.service ?? []).entries()) collector.service(service, scope, [FILE_SERVICE, i]);
  for (const [i, field] of (proto.extension ?? []).entries())
    collector.extension(field, scope, features, [FILE_EXTENSION, i]);
  return { declaration: collector, imports: proto.dependency ?? [], bytes };
}

function editionOf({ syntax, edition }: FileProto): Edition {
  if (syntax === "proto3") return "proto3";
  if (edition === "EDITION_2024") return "2024";
  return syntax === "editions" || edition !== undefined ? "2023" : "proto2";
}

function ownFeatures(features: Features, options: WithFeatures | undefined): Features {
  const own = options?.features;
  if (own === undefined) return features;
  const known = {
    field_presence: own.fieldPresence,
    enum_type: own.enumType,
    repeated_field_encoding: own.repeatedFieldEncoding,
    message_encoding: own.messageEncoding,
  };
  return withFeatures(features, Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)));
}

class Collector implements FileDeclaration {
  readonly path: string;
  readonly package: string;
  readonly edition: Edition;
  readonly messages: MessageDeclaration[] = [];
  readonly enums: EnumDeclaration[] = [];
  readonly services: ServiceDeclaration[] = [];
  readonly extensions: FieldDeclaration[] = [];
  private readonly lines = new Map<string, number>();

  constructor(proto: FileProto) {
    this.path = proto.name ?? "";
    this.package = proto.package ?? "";
    this.edition = editionOf(proto);
    for (const { path = [], span = [] } of proto.sourceCodeInfo?.location ?? [])
      if (span.length > 0) this.lines.set(path.join(), span[0] + 1);
  }

  message(proto: MessageProto, scope: string, outer: Features, path: readonly number[]): void {
    const fullName = join(scope, proto.name);
    if (!isFullName(fullName)) return;
    const features = ownFeatures(outer, proto.options);
    const fields = (proto.field ?? [])
      .map((field, i) => this.field(field, fullName, features, proto, [...path, MESSAGE_FIELD, i]))
      .filter(({ name }) => isFullName(name));
    this.messages.push({ fullName, fields, line: this.lineAt(path) });
    for (const [i, nested] of (proto.nestedType ?? []).entries())
      if (!nested.options?.mapEntry) this.message(nested, fullName, features, [...path, MESSAGE_NESTED, i]);
    for (const enumType of proto.enumType ?? []) this.enum(enumType, fullName, features);
    for (const [i, field] of (proto.extension ?? []).entries())
      this.extension(field, fullName, features, [...path, MESSAGE_EXTENSION, i]);
  }

  extension(proto: FieldProto, scope: string, outer: Features, path: readonly number[]): void {
    const field = this.field(proto, scope, outer, null, path);
    if (isFullName(field.name)) this.extensions.push(field);
  }

  field(
    proto: FieldProto,
    scope: string,
    outer: Features,
    message: MessageProto | null,
    path: readonly number[],
  ): FieldDeclaration {
    const { name = "", options, extendee } = proto;
    const features = ownFeatures(outer, options);
    const qualified = join(scope, name);
    const repeated = proto.label === "LABEL_REPEATED";
    const required = proto.label === "LABEL_REQUIRED" || features.field_presence === "LEGACY_REQUIRED";
    const entry = repeated ? mapEntryOf(proto, message) : null;
    const [keyField, valueField] = [1, 2].map((number) => entry?.field?.find((field) => field.number === number));
    return {
      name: extendee === undefined ? name : qualified,
      jsonName: extendee === undefined ? (proto.jsonName ?? toJsonName(name)) : `[${qualified}]`,
      number: proto.number ?? 0,
      type: typeOf(valueField ?? proto, scope),
      mapKey: keyField === undefined ? null : (typeOf(keyField, scope) as ScalarName),
      repeated,
      required,
      packed: options?.packed ?? features.repeated_field_encoding === "PACKED",
      delimited: proto.type === "TYPE_GROUP" || features.message_encoding === "DELIMITED",
      presence:
        required || features.field_presence !== "IMPLICIT" || proto.oneofIndex !== undefined || extendee !== undefined,
      oneof: proto.proto3Optional ? null : (message?.oneofDecl?.[proto.oneofIndex ?? -1]?.name ?? null),
      defaultValue: defaultOf(proto),
      extendee: extendee === undefined ? null : { name: extendee, scope },
      line: this.lineAt(path),
    };
  }

  enum(proto: EnumProto, scope: string, features: Features): void {
    const fullName = join(scope, proto.name);
    if (!isFullName(fullName)) return;
    const values = (proto.value ?? []).filter(({ name = "" }) => isFullName(name));
    this.enums.push({
      fullName,
      values: values.map(({ name = "", number = 0 }) => [name, number] as const),
      closed: ownFeatures(features, proto.options).enum_type === "CLOSED",
    });
  }

  service(proto: ServiceProto, scope: string, path: readonly number[]): void {
    const fullName = join(scope, proto.name);
    if (!isFullName(fullName)) return;
    const named = (proto.method ?? []).filter(({ name = "" }) => isFullName(name));
    const methods: MethodDeclaration[] = named.map((method) => ({
      name: method.name ?? "",
      request: { name: method.inputType ?? "", scope: fullName },
      response: { name: method.outputType ?? "", scope: fullName },
      clientStreaming: method.clientStreaming ?? false,
      serverStreaming: method.serverStreaming ?? false,
    }));
    this.services.push({ fullName, methods, line: this.lineAt(path) });
  }

  private lineAt(path: readonly number[]): number | null {
    return this.lines.get(path.join()) ?? null;
  }
}

/** Names of peers that nobody knows: protobuf's own are far shorter, and longer ones make every table slow. */
const MAX_NAME = 1_000;
const FULL_NAME = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/** As protobuf's language writes names; what is declared under another is passed over. */
function isFullName(name: string): boolean {
  return name.length <= MAX_NAME && FULL_NAME.test(name);
}

function join(scope: string, name = ""): string {
  return scope === "" ? name : `${scope}.${name}`;
}

function mapEntryOf(field: FieldProto, message: MessageProto | null): MessageProto | null {
  const name = field.typeName?.slice(field.typeName.lastIndexOf(".") + 1);
  return message?.nestedType?.find((nested) => nested.options?.mapEntry && nested.name === name) ?? null;
}

/** "If the name starts with a '.', it is fully-qualified. Otherwise, C++-like scoping rules are used to find the type". */
function typeOf({ type = "", typeName }: FieldProto, scope: string): ScalarName | TypeReference {
  if (typeName !== undefined && typeName !== "") return { name: typeName, scope };
  const name = type.replace("TYPE_", "").toLowerCase();
  // A type of the future, or a damaged one: its bytes are shown.
  return isScalarName(name) ? name : "bytes";
}

/** Descriptors hold every default as text; bytes with C escapes. */
function defaultOf({ type, defaultValue }: FieldProto): string | number | boolean | null {
  if (defaultValue === undefined) return null;
  switch (type) {
    case "TYPE_BOOL":
      return defaultValue === "true";
    case "TYPE_DOUBLE":
    case "TYPE_FLOAT":
      return Number(defaultValue.replace("inf", "Infinity"));
    case "TYPE_BYTES":
      return defaultValue.replace(/\\([0-7]{3}|.)/g, (_, code: string) => unescaped(code));
    default:
      return defaultValue;
  }
}

function unescaped(code: string): string {
  if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
  return { n: "\n", r: "\r", t: "\t" }[code] ?? code;
}
