/**
 * The types that messages are decoded with, from .proto texts and descriptor sets. Reading and parsing end here: what comes
 * out (MethodType, MessageType) knows nothing of where it came from. A source that is broken costs itself only.
 */
import { bundledFile, isBundledPath } from "./schema/bundled/lookup.js";
import type { FileDeclaration, SchemaWarning, ServiceDeclaration } from "./schema/declaration.js";
import type { WrittenTypes } from "./schema/declaration-tree.js";
import { type FileIndex, type IndexedFile, indexProto } from "./schema/file-index.js";
import { LazyFiles } from "./schema/lazy-files.js";
import { linkMethod } from "./schema/link-method.js";
import type { ProtoFile } from "./schema/parse-proto.js";
import { readDescriptors, readTexts, type SchemaSources, type SourceFile } from "./schema/read-sources.js";
import { type Origin, TypeTable } from "./schema/type-table.js";
import { TypesOfFiles } from "./schema/types-of-files.js";
import type { MessageType, MethodType, TypeRegistry } from "./types.js";

export type { FileIndex, IndexedFile, ProtoFile, SchemaSources, SchemaWarning };
export { indexProto };

export interface ServiceInfo {
  /** "shop.v1.Orders", "Cal". */
  readonly fullName: string;
  readonly file: string;
  readonly line: number | null;
  readonly methods: readonly string[];
}

interface DeclaredService {
  readonly service: ServiceDeclaration;
  readonly file: string;
  readonly from: string;
}

export interface MessageInfo {
  /** "shop.v1.Order", "shop.v1.Order.Item". */
  readonly fullName: string;
  readonly file: string;
  readonly line: number | null;
}

export class Schema implements TypeRegistry {
  static readonly empty: Schema = new Schema({});

  /** What is wrong with the sources, one line each. */
  readonly warnings: SchemaWarning[] = [];

  private readonly table: TypeTable;
  private readonly lazy: LazyFiles;
  private readonly declared = new Map<string, DeclaredService>();
  private readonly indexed: readonly ServiceInfo[];
  private readonly files: readonly SourceFile[];
  private readonly added = new Set<FileDeclaration>();
  private readonly methods = new Map<string, MethodType>();

  constructor(private readonly sources: SchemaSources) {
    const warn = (warning: SchemaWarning) => this.warnings.push(warning);
    const { protoFiles = [], indexedFiles = [] } = sources;
    this.table = new TypeTable({
      declare: (fullName) => this.provide(this.lazy.declaring(fullName) ?? bundledFile(fullName)),
      extend: (fullName) => {
        for (const file of this.lazy.extending(fullName)) this.provide(file);
      },
    });
    const given = [...protoFiles, ...indexedFiles].map(({ path }) => path);
    const files = [...readTexts(protoFiles, warn), ...readDescriptors(sources, given, Schema.empty, warn)];
    this.files = files;
    this.lazy = new LazyFiles(indexedFiles, warn);
    this.indexed = indexedFiles.flatMap(({ path, index }) => index.services.map((info) => ({ ...info, file: path })));
    for (const { declaration, from } of files) if (declaration !== null) this.add(declaration, from);
    const paths = new Set([...given, ...files.map(({ path }) => path)]);
    const indexes = indexedFiles.map(({ path, index, from = path }) => {
      return { path, imports: index.imports, declaration: null, from };
    });
    for (const { imports, declaration, from } of [...files, ...indexes]) {
      const missing = imports.filter(({ name }) => !paths.has(name) && !isBundledPath(name));
      for (const { name, line } of missing) this.warn(from, line, `import "${name}" was not found`);
      if (missing.length === 0 && declaration !== null) this.checkReferences(declaration, from);
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
    const method = linkMethod(service, declaration, this.table);
    this.methods.set(path, method);
    return method;
  }

  /**
   * From now on the messages of this path are of these types; null: of the type that was declared. Answers the names of those
   * that the schema does not hold: then nothing is changed.
   */
  decodeAs(path: string, request: string | null, response: string | null): string[] {
    const names = [request, response].filter((name) => name !== null);
    const missing = names.filter((name) => this.message(name) === null);
    if (missing.length > 0) return missing;
    const slash = path.lastIndexOf("/");
    const { kind = null, ...declared } = this.method(path) ?? { request: null, response: null };
    this.methods.set(path, {
      service: path.slice(1, slash),
      name: path.slice(slash + 1),
      kind,
      request: request === null ? declared.request : this.message(request),
      response: response === null ? declared.response : this.message(response),
    });
    return [];
  }

  /** By full name, without a leading dot: "shop.v1.Order". */
  message(fullName: string): MessageType | null {
    return this.table.message(fullName);
  }

  /** The services that the sources declare, in their order. */
  services(): ServiceInfo[] {
    const declared = [...this.declared.values()].map(({ service, file }) => ({
      fullName: service.fullName,
      file,
      line: service.line,
      methods: service.methods.map((method) => method.name),
    }));
    return [...declared, ...this.indexed.filter(({ fullName }) => !this.declared.has(fullName))];
  }

  /** The messages that the sources declare, in their order; of big trees those that lie in no other. */
  messages(): MessageInfo[] {
    const declared = new Map<string, MessageInfo>();
    for (const { path: file, declaration } of this.files)
      for (const { fullName, line } of declaration?.messages ?? [])
        if (!declared.has(fullName)) declared.set(fullName, { fullName, file, line });
    const { indexedFiles = [] } = this.sources;
    // An enum has no line in the index.
    const indexed = indexedFiles.flatMap(({ path: file, index }) =>
      index.types.filter(([, line]) => line !== null).map(([fullName, line]) => ({ fullName, file, line })),
    );
    return [...declared.values(), ...indexed.filter(({ fullName }) => !declared.has(fullName))];
  }

  /** Where the file of this name lies, for people: a path, a descriptor set, a server. */
  originOf(path: string): string {
    const file = [...this.files, ...(this.sources.indexedFiles ?? [])].find((one) => one.path === path);
    return file?.from ?? path;
  }

  /** All files that were given, read whole, and what writing them takes. */
  parts(): { readonly files: readonly SourceFile[]; readonly types: WrittenTypes } {
    const { indexedFiles = [] } = this.sources;
    const lazy = this.lazy.all();
    for (const file of lazy) this.provide(file);
    const byPath = new Map(lazy.map((file) => [file.path, file]));
    const indexed = indexedFiles.map(({ path, text, index, from }) => {
      return { path, imports: index.imports, declaration: byPath.get(path) ?? null, source: text, from: from ?? path };
    });
    const files = [...this.files, ...indexed];
    return { files, types: new TypesOfFiles(this.table, files) };
  }

  private service(fullName: string): ServiceDeclaration | null {
    if (!this.declared.has(fullName)) {
      const file = this.lazy.declaring(fullName);
      if (file !== null && !this.added.has(file)) this.provide(file);
    }
    const declared = this.declared.get(fullName);
    if (declared !== undefined) return declared.service;
    return bundledFile(fullName)?.services.find((service) => service.fullName === fullName) ?? null;
  }

  private add(file: FileDeclaration, from: string): void {
    const twice = (name: string, line: number | null, first: Origin): void => {
      const place = `${first.file}${first.line === null ? "" : `:${first.line}`}`;
      this.warn(from, line, `${name} is declared in ${place} already: this declaration is not used`);
    };
    this.table.add(file, twice, from);
    for (const service of file.services) {
      const { fullName, line } = service;
      const first = this.declared.get(fullName);
      if (first === undefined) this.declared.set(fullName, { service, file: file.path, from });
      else twice(`service ${fullName}`, line, { file: first.from, line: first.service.line });
    }
  }

  /** Adds a file that was not given as a whole: what it has twice was told before, or is there on purpose. */
  private provide(file: FileDeclaration | null): void {
    if (file === null || this.added.has(file)) return;
    this.added.add(file);
    this.table.add(file, () => {});
    if (isBundledPath(file.path)) return;
    for (const service of file.services)
      if (!this.declared.has(service.fullName))
        this.declared.set(service.fullName, { service, file: file.path, from: this.originOf(file.path) });
  }

  /** Types that nothing declares, though every import is there. */
  private checkReferences(file: FileDeclaration, from: string): void {
    for (const field of [...file.messages.flatMap((message) => message.fields), ...file.extensions]) {
      const references = [field.type, field.extendee].filter((type) => typeof type === "object" && type !== null);
      for (const reference of references)
        if (this.table.resolve(reference) === null)
          this.warn(from, field.line, `type ${reference.name} of ${field.name} is not declared anywhere`);
    }
    for (const service of file.services)
      for (const { name, request, response } of service.methods)
        for (const reference of [request, response])
          if (this.table.resolve(reference) === null)
            this.warn(from, service.line, `type ${reference.name} of method ${name} is not declared anywhere`);
  }

  private warn(file: string, line: number | null, text: string): void {
    this.warnings.push({ file, line, text });
  }
}
