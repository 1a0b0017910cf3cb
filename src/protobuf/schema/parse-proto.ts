/** .proto text → FileDeclaration, through protobufjs' parser. The only file that imports protobufjs' own classes. */
import protobuf from "protobufjs";
import {
  type Edition,
  type EnumDeclaration,
  type FieldDeclaration,
  type FileDeclaration,
  isScalarName,
  type MessageDeclaration,
  type SchemaWarning,
  type ServiceDeclaration,
  toJsonName,
} from "./declaration.js";
import { type Features, featuresOf, withFeatures } from "./features.js";
import { type ProtoOutline, scanProto } from "./scan-proto.js";

/** What the parser says may quote all of a file that is no text. */
const MAX_MESSAGE = 120;

export interface ProtoFile {
  /** The name that imports use, with forward slashes: "shop/v1/order.proto". */
  readonly path: string;
  readonly text: string;
  /** Where it lies, for people: "api/shop/v1/order.proto". Without it, `path` is told. */
  readonly from?: string;
}

export interface ParsedFile {
  readonly outline: ProtoOutline;
  /** null: the text does not parse, and `warning` says where. */
  readonly declaration: FileDeclaration | null;
  readonly warning: SchemaWarning | null;
}

/** Never throws: a text that does not parse is told by `warning`. */
export function parseProto({ path, text: source }: ProtoFile): ParsedFile {
  const outline = scanProto(source);
  const root = new protobuf.Root();
  try {
    parseInto(root, source);
    return { outline, declaration: toDeclaration(path, root, outline), warning: null };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, line = null] = /\bline (\d+)\)?/.exec(message) ?? [];
    const text = message.replace(/ ?\(line \d+\)/, "").slice(0, MAX_MESSAGE);
    return {
      outline,
      declaration: null,
      warning: { file: path, line: line === null ? null : Number(line), text: `does not parse: ${text}` },
    };
  }
}

/** protobufjs adds the message of a group to what holds its field. A oneof takes fields only, so there it goes to the message around it. */
function parseInto(root: protobuf.Root, source: string): void {
  const groups: [protobuf.OneOf, protobuf.Type][] = [];
  const { add } = protobuf.OneOf.prototype;
  protobuf.OneOf.prototype.add = function (object: protobuf.Field | protobuf.Type) {
    if (!(object instanceof protobuf.Type)) return add.call(this, object);
    groups.push([this, object]);
    return this;
  };
  try {
    protobuf.parse(source, root, { keepCase: true });
  } finally {
    protobuf.OneOf.prototype.add = add;
  }
  for (const [oneof, group] of groups) oneof.parent?.add(group);
}

/** google/protobuf/any.proto and the like, as protobufjs carries them; null for any other name. */
export function parseCommon(path: string): FileDeclaration | null {
  const json = protobuf.common.get(path);
  if (json === null) return null;
  const outline: ProtoOutline = { edition: "proto3", package: "google.protobuf", imports: [], lines: new Map() };
  return toDeclaration(path, protobuf.Root.fromJSON(json), outline);
}

function toDeclaration(path: string, root: protobuf.Root, outline: ProtoOutline): FileDeclaration {
  const collector = new Collector(path, outline);
  collector.namespace(root, featuresOf(outline.edition));
  return collector;
}

class Collector implements FileDeclaration {
  readonly messages: MessageDeclaration[] = [];
  readonly enums: EnumDeclaration[] = [];
  readonly services: ServiceDeclaration[] = [];
  readonly extensions: FieldDeclaration[] = [];
  readonly package: string;
  readonly edition: Edition;

  constructor(
    readonly path: string,
    private readonly outline: ProtoOutline,
  ) {
    this.package = outline.package;
    this.edition = outline.edition;
  }

  namespace(namespace: protobuf.NamespaceBase, features: Features): void {
    for (const object of namespace.nestedArray) {
      const own = withFeatures(features, object.options?.features);
      if (object instanceof protobuf.Type) this.message(object, own);
      else if (object instanceof protobuf.Enum) this.enum(object, own);
      else if (object instanceof protobuf.Service) this.service(object);
      else if (object instanceof protobuf.Field) this.extensions.push(this.field(object, own, namespace));
      else if (object instanceof protobuf.Namespace) this.namespace(object, own);
    }
  }

  private message(type: protobuf.Type, features: Features): void {
    const fields = type.fieldsArray
      // protobufjs adds to an extended message a copy of each extension of the same file.
      .filter((field) => !field.declaringField)
      .map((field) => this.field(field, withFeatures(features, field.options?.features), type));
    const fullName = nameOf(type);
    this.messages.push({ fullName, fields, line: this.lineOf(fullName) });
    this.namespace(type, features);
  }

  private field(field: protobuf.Field, features: Features, parent: protobuf.NamespaceBase): FieldDeclaration {
    const scope = nameOf(parent);
    const group = groupOf(field, parent);
    const name = group === null ? ((field.protoName as string | undefined) ?? field.name) : group.name.toLowerCase();
    const { options = {} } = field;
    const extendee = field.extend === undefined ? null : { name: field.extend, scope };
    const qualified = scope === "" ? name : `${scope}.${name}`;
    return {
      name: extendee === null ? name : qualified,
      jsonName: extendee === null ? ((field.jsonName as string | undefined) ?? toJsonName(name)) : `[${qualified}]`,
      number: field.id,
      type: isScalarName(field.type) ? field.type : { name: field.type, scope },
      mapKey: field instanceof protobuf.MapField && isScalarName(field.keyType) ? field.keyType : null,
      repeated: field.repeated || field.map,
      required: features.field_presence === "LEGACY_REQUIRED" || field.rule === "required",
      packed: options.packed ?? features.repeated_field_encoding === "PACKED",
      delimited: group !== null || features.message_encoding === "DELIMITED",
      presence:
        features.field_presence !== "IMPLICIT" ||
        field.partOf !== null ||
        extendee !== null ||
        field.rule === "required",
      oneof: field.partOf !== null && !options.proto3_optional ? field.partOf.name : null,
      defaultValue: options.default ?? null,
      extendee,
      line: this.lineOf(qualified),
    };
  }

  private enum(type: protobuf.Enum, features: Features): void {
    const closed = features.enum_type === "CLOSED";
    this.enums.push({ fullName: nameOf(type), values: Object.entries(type.values), closed });
  }

  private service(service: protobuf.Service): void {
    const fullName = nameOf(service);
    const methods = service.methodsArray.map((method) => ({
      name: method.name,
      request: { name: method.requestType, scope: fullName },
      response: { name: method.responseType, scope: fullName },
      clientStreaming: method.requestStream === true,
      serverStreaming: method.responseStream === true,
    }));
    this.services.push({ fullName, methods, line: this.lineOf(fullName) });
  }

  private lineOf(fullName: string): number | null {
    return this.outline.lines.get(fullName) ?? null;
  }
}

/** The group that a proto2 field declares: protoc names such a field like the group, in lower case. */
function groupOf(field: protobuf.Field, parent: protobuf.NamespaceBase): protobuf.ReflectionObject | null {
  const type: (protobuf.ReflectionObject & { group?: boolean }) | null = parent.get(field.type);
  return type?.group && type.name.toLowerCase() === field.name.toLowerCase() ? type : null;
}

function nameOf(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, "");
}
