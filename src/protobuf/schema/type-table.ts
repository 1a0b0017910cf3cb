/** FileDeclarations → MessageTypes: names resolved by protobuf's scoping rule, each type linked when it is first asked for. */
import { encodeBase64 } from "../../bytes/base64.js";
import type { EnumType, FieldType, MessageType, ScalarName, TypeRegistry } from "../types.js";
import type {
  EnumDeclaration,
  FieldDeclaration,
  FileDeclaration,
  MessageDeclaration,
  TypeReference,
} from "./declaration.js";
import { enclosingNames } from "./enclosing-names.js";

/** Where a name was declared; `file`: for people. */
export interface Origin {
  readonly file: string;
  readonly line: number | null;
}

/** Adds to the table, where there are any, the files that declare the type of this name, or may extend it. */
export interface MoreFiles {
  declare(fullName: string): void;
  extend(fullName: string): void;
}

export class TypeTable implements TypeRegistry {
  private readonly messages = new Map<string, LinkedMessage>();
  private readonly enums = new Map<string, EnumType>();
  private readonly enumOrigins = new Map<string, string>();
  private readonly extensions: FieldDeclaration[] = [];
  private readonly extensionsByMessage = new Map<string, FieldDeclaration[]>();
  /** How many of `extensions` stand there. */
  private sorted = 0;
  /** Full names that were looked up and not there. */
  private readonly missed = new Set<string>();
  /** A file came later than a type was linked that it completes: such types stay as they were linked. */
  stale = false;

  constructor(private readonly more: MoreFiles) {}

  /** `duplicate` is told of each name that was there already; the first declaration stays. `from`: where the file lies. */
  add(
    file: FileDeclaration,
    duplicate: (fullName: string, line: number | null, first: Origin) => void,
    from: string = file.path,
  ): void {
    for (const message of file.messages) {
      const first = this.messages.get(message.fullName);
      if (first === undefined) this.messages.set(message.fullName, new LinkedMessage(message, file.path, from, this));
      else duplicate(message.fullName, message.line, { file: first.from, line: first.line });
    }
    for (const declaration of file.enums) {
      const first = this.enumOrigins.get(declaration.fullName);
      if (first !== undefined) duplicate(declaration.fullName, null, { file: first, line: null });
      else {
        this.enums.set(declaration.fullName, toEnumType(declaration));
        this.enumOrigins.set(declaration.fullName, from);
      }
    }
    for (const extension of file.extensions) {
      this.extensions.push(extension);
      if (this.messages.get(extension.extendee!.name.slice(1))?.isLinked) this.stale = true;
    }
    if (this.missed.size > 0)
      for (const { fullName } of [...file.messages, ...file.enums]) if (this.missed.has(fullName)) this.stale = true;
  }

  message(fullName: string): MessageType | null {
    if (!this.messages.has(fullName) && !this.enums.has(fullName)) this.more.declare(fullName);
    return this.messages.get(fullName) ?? null;
  }

  messageOf(reference: TypeReference): MessageType | null {
    const found = this.resolve(reference);
    return found === null ? null : (this.messages.get(found) ?? null);
  }

  enumOf(reference: TypeReference): EnumType | null {
    const found = this.resolve(reference);
    return found === null ? null : (this.enums.get(found) ?? null);
  }

  /** "type name resolution … works like C++: first the innermost scope is searched, then the next-innermost, and so on". */
  resolve({ name, scope }: TypeReference): string | null {
    if (name.startsWith(".")) {
      const fullName = name.slice(1);
      if (this.has(fullName)) return fullName;
      this.missed.add(fullName);
      return null;
    }
    for (const outer of enclosingNames(scope)) {
      const candidate = `${outer}.${name}`;
      if (this.has(candidate)) return candidate;
    }
    return this.has(name) ? name : null;
  }

  private has(fullName: string): boolean {
    if (this.messages.has(fullName) || this.enums.has(fullName)) return true;
    this.more.declare(fullName);
    return this.messages.has(fullName) || this.enums.has(fullName);
  }

  extensionsOf(fullName: string): readonly FieldDeclaration[] {
    this.more.extend(fullName);
    this.sortExtensions();
    return this.extensionsByMessage.get(fullName) ?? [];
  }

  /** Finding an extended message may bring in a file with more extensions: the list grows while it is gone through. */
  private sortExtensions(): void {
    const { extensions, extensionsByMessage } = this;
    while (this.sorted < extensions.length) {
      const extension = extensions[this.sorted++];
      const extended = this.resolve(extension.extendee!);
      if (extended === null) continue;
      const list = extensionsByMessage.get(extended);
      if (list === undefined) extensionsByMessage.set(extended, [extension]);
      else list.push(extension);
    }
  }
}

class LinkedMessage implements MessageType {
  readonly fullName: string;
  readonly line: number | null;
  private linked: FieldType[] | null = null;
  private byNumber: Map<number, FieldType> | null = null;

  constructor(
    private readonly declaration: MessageDeclaration,
    readonly file: string,
    readonly from: string,
    private readonly table: TypeTable,
  ) {
    this.fullName = declaration.fullName;
    this.line = declaration.line;
  }

  get isLinked(): boolean {
    return this.linked !== null;
  }

  get fields(): readonly FieldType[] {
    if (this.linked === null) {
      const { table, file } = this;
      const all = [...this.declaration.fields, ...table.extensionsOf(this.fullName)];
      this.linked = all.map((field) => linkField(field, table, file)).filter((field) => field !== null);
    }
    return this.linked;
  }

  get fieldByNumber(): ReadonlyMap<number, FieldType> {
    this.byNumber ??= new Map(this.fields.map((field) => [field.number, field]));
    return this.byNumber;
  }
}

/** null: its type is not in the table; on the wire the field is then an unknown one. */
function linkField(declaration: FieldDeclaration, table: TypeTable, file: string): FieldType | null {
  const { type, mapKey } = declaration;
  if (mapKey !== null) return linkMap(declaration, mapKey, table, file);
  const scalar = typeof type === "string" ? type : null;
  const messageType = typeof type === "string" ? null : table.messageOf(type);
  const enumType = typeof type === "string" ? null : table.enumOf(type);
  if (scalar === null && messageType === null && enumType === null) return null;
  const { name, jsonName, number, repeated, required, oneof, line } = declaration;
  return {
    name,
    jsonName,
    number,
    type: scalar ?? (enumType !== null ? "enum" : declaration.delimited ? "group" : "message"),
    enumType,
    messageType,
    map: false,
    repeated,
    packed: repeated && declaration.packed && messageType === null && scalar !== "string" && scalar !== "bytes",
    presence: !repeated && (declaration.presence || messageType !== null),
    oneof,
    defaultJson: repeated ? [] : messageType !== null ? undefined : defaultJson(declaration, scalar, enumType),
    extension: declaration.extendee !== null,
    required,
    line,
  };
}

/** A map is on the wire a repeated message with the fields key = 1 and value = 2 (encoding guide, Maps). */
function linkMap(declaration: FieldDeclaration, mapKey: ScalarName, table: TypeTable, file: string): FieldType | null {
  const plain = {
    ...declaration,
    mapKey: null,
    repeated: false,
    delimited: false,
    presence: false,
    defaultValue: null,
  };
  const key = linkField({ ...plain, name: "key", jsonName: "key", number: 1, type: mapKey }, table, file);
  const value = linkField({ ...plain, name: "value", jsonName: "value", number: 2 }, table, file);
  if (key === null || value === null) return null;
  const { name, jsonName, number, line } = declaration;
  const fields = [key, value];
  const fieldByNumber = new Map(fields.map((field) => [field.number, field]));
  return {
    name,
    jsonName,
    number,
    type: "message",
    enumType: null,
    messageType: { fullName: `map ${name}`, fields, fieldByNumber, file, line },
    map: true,
    repeated: true,
    packed: false,
    presence: false,
    oneof: null,
    defaultJson: {},
    extension: false,
    required: false,
    line,
  };
}

function toEnumType({ fullName, values, closed }: EnumDeclaration): EnumType {
  const names = new Map<number, string>();
  for (const [name, number] of values) if (!names.has(number)) names.set(number, name);
  return { fullName, names, closed, defaultNumber: values[0]?.[1] ?? 0 };
}

function defaultJson(
  { defaultValue }: FieldDeclaration,
  scalar: ScalarName | null,
  enumType: EnumType | null,
): unknown {
  if (enumType !== null) {
    if (enumType.fullName === "google.protobuf.NullValue") return null;
    return defaultValue ?? enumType.names.get(enumType.defaultNumber) ?? enumType.defaultNumber;
  }
  switch (scalar) {
    case "string":
      return String(defaultValue ?? "");
    case "bytes":
      return defaultValue === null ? "" : latin1Base64(String(defaultValue));
    case "bool":
      return defaultValue ?? false;
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      return String(defaultValue ?? 0);
    case "double":
    case "float":
      return Number.isFinite(defaultValue ?? 0) ? (defaultValue ?? 0) : String(defaultValue);
    default:
      return Number(defaultValue ?? 0);
  }
}

/** A bytes default stands in the file as text with escapes, one character a byte. */
function latin1Base64(text: string): string {
  return encodeBase64(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}
