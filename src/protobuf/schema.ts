/**
 * The types that messages are decoded with, from .proto texts and descriptor sets. Reading and parsing end here: what comes
 * out (MethodType, MessageType) knows nothing of where it came from. A source that is broken costs itself only.
 */
import type { CallKind } from "./kind.js";
import { bundledFile, isBundledPath } from "./schema/bundled/lookup.js";
import type { FileDeclaration, MethodDeclaration, SchemaWarning, ServiceDeclaration } from "./schema/declaration.js";
import { type DescribedFile, parseDescriptorSet, parseFileDescriptor } from "./schema/parse-descriptor.js";
import { type ProtoFile, parseProto } from "./schema/parse-proto.js";
import { TypeTable } from "./schema/type-table.js";
import type { MessageType, MethodType, TypeRegistry } from "./types.js";

export type { ProtoFile, SchemaWarning };

export interface SchemaSources {
  /** Each with the name that the others import it by. */
  readonly protoFiles?: readonly ProtoFile[];
  /** FileDescriptorSets, as `protoc -o` and `buf build -o` write them; `path` is told in warnings. */
  readonly descriptorSets?: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Single FileDescriptorProtos, as server reflection sends them. */
  readonly fileDescriptors?: readonly Uint8Array[];
}

export interface ServiceInfo {
  /** "shop.v1.Orders", "Cal". */
  readonly fullName: string;
  readonly file: string;
  readonly line: number | null;
  readonly methods: readonly string[];
}

interface SourceFile {
  readonly path: string;
  readonly imports: readonly { readonly name: string; readonly line: number | null }[];
  /** null: it does not parse. */
  readonly declaration: FileDeclaration | null;
}

export class Schema implements TypeRegistry {
  static readonly empty: Schema = new Schema({});

  /** What is wrong with the sources, one line each. */
  readonly warnings: SchemaWarning[] = [];

  private readonly table = new TypeTable((fullName) => this.addBundled(fullName));
  private readonly declared = new Map<string, { readonly service: ServiceDeclaration; readonly file: string }>();
  private readonly bundled = new Set<FileDeclaration>();
  private readonly methods = new Map<string, MethodType>();

  constructor(sources: SchemaSources) {
    const files = [...this.parseTexts(sources.protoFiles ?? []), ...this.parseDescriptors(sources)];
    const paths = new Set(files.map(({ path }) => path));
    for (const { declaration } of files) if (declaration !== null) this.add(declaration);
    for (const { path, imports, declaration } of files) {
      const missing = imports.filter(({ name }) => !paths.has(name) && !isBundledPath(name));
      for (const { name, line } of missing) this.warn(path, line, `import "${name}" was not found`);
      if (missing.length === 0 && declaration !== null) this.checkReferences(declaration);
    }
  }

  /** By the ":path" of a call: "/shop.v1.Orders/Get". */
  method(path: string): MethodType | null {
    const known = this.methods.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf("/");
    const service = this.service(path.slice(1, slash));
    const declaration = service?.methods.find((method) => method.name === path.slice(slash + 1));
    if (service === null || declaration === undefined) return null;
    const method = this.link(service, declaration);
    this.methods.set(path, method);
    return method;
  }

  /** By full name, without a leading dot: "shop.v1.Order". */
  message(fullName: string): MessageType | null {
    return this.table.message(fullName);
  }

  /** The services that the sources declare, in their order. */
  services(): ServiceInfo[] {
    return [...this.declared.values()].map(({ service, file }) => ({
      fullName: service.fullName,
      file,
      line: service.line,
      methods: service.methods.map((method) => method.name),
    }));
  }

  private parseTexts(files: readonly ProtoFile[]): SourceFile[] {
    return distinct(files).map((file) => {
      const { outline, declaration, warning } = parseProto(file);
      if (warning !== null) this.warnings.push(warning);
      return { path: file.path, imports: outline.imports, declaration };
    });
  }

  /** A file that several sets hold is taken from the first; one that is given as text too, from the text. */
  private parseDescriptors({
    protoFiles = [],
    descriptorSets = [],
    fileDescriptors = [],
  }: SchemaSources): SourceFile[] {
    const seen = new Set(protoFiles.map(({ path }) => path));
    const files: SourceFile[] = [];
    const take = ({ declaration, imports }: DescribedFile): void => {
      const { path } = declaration;
      if (seen.has(path)) return;
      seen.add(path);
      files.push({ path, imports: imports.map((name) => ({ name, line: null })), declaration });
    };
    for (const { path, bytes } of descriptorSets) {
      const set = parseDescriptorSet(bytes, Schema.empty);
      if (!set.whole || set.files.length === 0) this.warn(path, null, "is damaged, or no FileDescriptorSet");
      set.files.forEach(take);
    }
    for (const bytes of fileDescriptors) {
      const { file, whole } = parseFileDescriptor(bytes, Schema.empty);
      if (!whole) this.warn(file.declaration.path, null, "is damaged: its descriptor does not decode");
      take(file);
    }
    return files;
  }

  private service(fullName: string): ServiceDeclaration | null {
    const declared = this.declared.get(fullName);
    if (declared !== undefined) return declared.service;
    return bundledFile(fullName)?.services.find((service) => service.fullName === fullName) ?? null;
  }

  private link(service: ServiceDeclaration, declaration: MethodDeclaration): MethodType {
    return {
      service: service.fullName,
      name: declaration.name,
      kind: kindOf(declaration),
      request: this.table.messageOf(declaration.request),
      response: this.table.messageOf(declaration.response),
    };
  }

  private add(file: FileDeclaration): void {
    this.table.add(file, (fullName, line, first) => {
      const place = first === null ? "before" : `in ${first.file}${first.line === null ? "" : `:${first.line}`}`;
      this.warn(file.path, line, `${fullName} is declared ${place} already: this declaration is not used`);
    });
    for (const service of file.services) {
      const first = this.declared.get(service.fullName);
      if (first === undefined) this.declared.set(service.fullName, { service, file: file.path });
      else this.warn(file.path, service.line, `service ${service.fullName} is declared in ${first.file} already`);
    }
  }

  private addBundled(fullName: string): void {
    const file = bundledFile(fullName);
    if (file === null || this.bundled.has(file)) return;
    this.bundled.add(file);
    this.table.add(file, () => {});
  }

  /** Types that nothing declares, though every import is there. */
  private checkReferences(file: FileDeclaration): void {
    for (const field of [...file.messages.flatMap((message) => message.fields), ...file.extensions]) {
      const references = [field.type, field.extendee].filter((type) => typeof type === "object" && type !== null);
      for (const reference of references)
        if (this.table.resolve(reference) === null)
          this.warn(file.path, field.line, `type ${reference.name} of ${field.name} is not declared anywhere`);
    }
    for (const service of file.services)
      for (const { name, request, response } of service.methods)
        for (const reference of [request, response])
          if (this.table.resolve(reference) === null)
            this.warn(file.path, service.line, `type ${reference.name} of method ${name} is not declared anywhere`);
  }

  private warn(file: string, line: number | null, text: string): void {
    this.warnings.push({ file, line, text });
  }
}

/** The same file may be given twice, by way of a directory and by name. */
function distinct(files: readonly ProtoFile[]): ProtoFile[] {
  const seen = new Set<string>();
  return files.filter(({ path, text }) => {
    const key = `${path}\n${text}`;
    return !seen.has(key) && seen.add(key);
  });
}

function kindOf({ clientStreaming, serverStreaming }: MethodDeclaration): CallKind {
  if (clientStreaming) return serverStreaming ? "bidi_streaming" : "client_streaming";
  return serverStreaming ? "server_streaming" : "unary";
}
