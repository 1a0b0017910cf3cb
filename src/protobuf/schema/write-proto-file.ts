/**
 * FileDeclaration → the text of a .proto file, for descriptors that came without one. It declares what the wire and the JSON
 * need; options and comments are not kept.
 */
import {
  type EnumDeclaration,
  type FieldDeclaration,
  type FileDeclaration,
  type ServiceDeclaration,
  type TypeReference,
  toJsonName,
} from "./declaration.js";
import { type Block, blocksOf, dependenciesOf, type MessageBlock, type WrittenTypes } from "./declaration-tree.js";
import { escapeBytes, isOptional, lastPart } from "./write-descriptor.js";

export function writeProtoFile(file: FileDeclaration, types: WrittenTypes): string {
  return new ProtoFileWriter(file, types).text();
}

class ProtoFileWriter {
  /** Full names of the types that are groups. */
  private readonly groups: ReadonlySet<string | null>;

  constructor(
    private readonly file: FileDeclaration,
    private readonly types: WrittenTypes,
  ) {
    const fields = [...file.messages.flatMap(({ fields }) => fields), ...file.extensions];
    this.groups = new Set(fields.map((field) => this.groupOf(field)));
  }

  text(): string {
    const { edition, package: packageName } = this.file;
    const { services, ...block } = blocksOf(this.file);
    const head = [this.editions ? `edition = "${edition}";` : `syntax = "${edition}";`];
    if (packageName !== "") head.push(`package ${packageName};`);
    const imports = dependenciesOf(this.file, this.types).map((path) => `import "${path}";`);
    const blocks = [...services.map((service) => this.service(service)), ...this.block(block)];
    return `${[head.join("\n"), imports.join("\n"), ...blocks].filter((part) => part !== "").join("\n\n")}\n`;
  }

  private get editions(): boolean {
    return this.file.edition !== "proto2" && this.file.edition !== "proto3";
  }

  private block({ messages, enums, extensions }: Block): string[] {
    return [
      ...messages.filter((block) => !this.isGroup(block)).map((block) => this.message(block)),
      ...enums.map((declaration) => this.enum(declaration)),
      ...extensions.map((field) => this.extension(field, messages)),
    ];
  }

  private message(block: MessageBlock): string {
    return `message ${lastPart(block.declaration.fullName)} ${this.body(block)}`;
  }

  private body(block: MessageBlock): string {
    const { declaration } = block;
    const ranges = this.types.extensionNumbers(declaration.fullName).map((number) => `extensions ${number};`);
    const lines = [...ranges, ...this.fields(declaration.fields, block.messages), ...this.block(block)];
    return lines.length === 0 ? "{}" : `{\n${indent(lines)}\n}`;
  }

  private fields(fields: readonly FieldDeclaration[], around: readonly MessageBlock[]): string[] {
    const told = new Set<string>();
    return fields.flatMap((field) => {
      const { oneof } = field;
      if (oneof === null) return [this.field(field, around)];
      if (told.has(oneof)) return [];
      told.add(oneof);
      const members = fields.filter((member) => member.oneof === oneof).map((member) => this.field(member, around));
      return [`oneof ${oneof} {\n${indent(members)}\n}`];
    });
  }

  /** `around`: the messages beside it, one of which it may declare as a group. */
  private field(field: FieldDeclaration, around: readonly MessageBlock[]): string {
    const { name, number, type, mapKey } = field;
    const group = around.find((nested) => this.isGroup(nested) && this.groupOf(field) === nested.declaration.fullName);
    if (group !== undefined)
      return `${this.label(field, "group")}group ${lastPart(group.declaration.fullName)} = ${number} ${this.body(group)}`;
    const kind = this.kindOf(type);
    const written = typeof type === "string" ? type : this.name(type);
    const declared = mapKey === null ? `${this.label(field, kind)}${written}` : `map<${mapKey}, ${written}>`;
    const options = this.options(field, kind);
    return `${declared} ${lastPart(name)} = ${number}${options.length === 0 ? "" : ` [${options.join(", ")}]`};`;
  }

  private label(field: FieldDeclaration, kind: string): string {
    const { repeated, required, oneof } = field;
    if (repeated) return "repeated ";
    if (this.editions || oneof !== null) return "";
    if (this.file.edition === "proto2") return required ? "required " : "optional ";
    return isOptional(field, kind) ? "optional " : "";
  }

  /** What differs from the defaults of the file's edition. */
  private options(field: FieldDeclaration, kind: string): string[] {
    const { name, jsonName, repeated, packed, presence, required, delimited, extendee, defaultValue, mapKey } = field;
    const options: string[] = [];
    const scalar = kind !== "message";
    const packable = repeated && mapKey === null && scalar && kind !== "string" && kind !== "bytes";
    if (packable && !this.editions && packed !== (this.file.edition === "proto3")) options.push(`packed = ${packed}`);
    if (this.editions) {
      if (packable && !packed) options.push("features.repeated_field_encoding = EXPANDED");
      if (required) options.push("features.field_presence = LEGACY_REQUIRED");
      else if (!presence && !repeated && scalar) options.push("features.field_presence = IMPLICIT");
      if (delimited && kind === "message" && mapKey === null) options.push("features.message_encoding = DELIMITED");
    }
    if (defaultValue !== null) options.push(`default = ${defaultText(field, kind)}`);
    if (extendee === null && jsonName !== toJsonName(name)) options.push(`json_name = ${JSON.stringify(jsonName)}`);
    return options;
  }

  private kindOf(type: FieldDeclaration["type"]): string {
    if (typeof type === "string") return type;
    const fullName = this.types.resolve(type);
    return fullName !== null && this.types.isEnum(fullName) ? "enum" : "message";
  }

  /** proto2's `group` declares a field and its type at once. */
  private isGroup({ declaration }: MessageBlock): boolean {
    return this.file.edition === "proto2" && this.groups.has(declaration.fullName);
  }

  private groupOf({ type, delimited }: FieldDeclaration): string | null {
    return delimited && typeof type !== "string" ? this.types.resolve(type) : null;
  }

  private enum({ fullName, values, closed }: EnumDeclaration): string {
    const lines = values.map(([name, number]) => `${name} = ${number};`);
    if (new Set(values.map(([, number]) => number)).size < values.length) lines.unshift("option allow_alias = true;");
    if (this.editions && closed) lines.unshift("option features.enum_type = CLOSED;");
    return `enum ${lastPart(fullName)} {\n${indent(lines)}\n}`;
  }

  private extension(field: FieldDeclaration, around: readonly MessageBlock[]): string {
    return `extend ${this.name(field.extendee!)} {\n${indent([this.field(field, around)])}\n}`;
  }

  private service({ fullName, methods }: ServiceDeclaration): string {
    const lines = methods.map(({ name, request, response, clientStreaming, serverStreaming }) => {
      const [takes, gives] = [clientStreaming ? "stream " : "", serverStreaming ? "stream " : ""];
      return `rpc ${name}(${takes}${this.name(request)}) returns (${gives}${this.name(response)});`;
    });
    return lines.length === 0
      ? `service ${lastPart(fullName)} {}`
      : `service ${lastPart(fullName)} {\n${indent(lines)}\n}`;
  }

  /** Short where the type is of the file's own package, else from the root on: it then means the same from everywhere. */
  private name(reference: TypeReference): string {
    const fullName = this.types.resolve(reference) ?? reference.name.replace(/^\./, "");
    const prefix = this.file.package === "" ? "" : `${this.file.package}.`;
    const short = fullName.slice(prefix.length);
    return fullName.startsWith(prefix) && !short.includes(".") && this.file.messages.every(isNoOther(short, fullName))
      ? short
      : `.${fullName}`;
  }
}

/** No nested type, and no field's scope, has the same last name. */
function isNoOther(short: string, fullName: string): (message: { fullName: string }) => boolean {
  return (message) => message.fullName === fullName || lastPart(message.fullName) !== short;
}

function defaultText({ type, defaultValue }: FieldDeclaration, kind: string): string {
  if (kind === "enum") return String(defaultValue);
  if (type === "bytes") return `"${escapeBytes(String(defaultValue))}"`;
  if (type === "string") return JSON.stringify(String(defaultValue));
  if (defaultValue === Number.POSITIVE_INFINITY) return "inf";
  if (defaultValue === Number.NEGATIVE_INFINITY) return "-inf";
  return Number.isNaN(defaultValue) ? "nan" : String(defaultValue);
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/^(?=.)/gm, "  ")).join("\n");
}
