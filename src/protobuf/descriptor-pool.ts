/**
 * A schema that comes one FileDescriptorProto at a time, in any order, while it is in use, from peers that nobody knows: as
 * server reflection sends it. Each file is parsed once; what a file costs does not depend on how many there are.
 */
import { LIMITS } from "../limits.js";
import { bundledFile } from "./schema/bundled/lookup.js";
import type { FileDeclaration, MethodDeclaration, ServiceDeclaration } from "./schema/declaration.js";
import { linkMethod } from "./schema/link-method.js";
import { parseFileDescriptor } from "./schema/parse-descriptor.js";
import { TypeTable } from "./schema/type-table.js";
import { Schema } from "./schema.js";
import type { MessageType, MethodType, TypeRegistry } from "./types.js";

/** Records of one descriptor that are read: Kubernetes' largest takes 10,000. */
const MAX_RECORDS = 200_000;

/**
 * Types that were used before a file came that they needed are linked anew so many times, then stay as they are: linking takes
 * what the types in use are large. Servers send a file together with those that it imports.
 */
const MAX_RELINKS = 100;

/** What a file declares. */
export interface DescriptorContent {
  /** As in ":path". */
  readonly methods: readonly string[];
  /** Full names. */
  readonly messages: readonly string[];
  /** Messages, enums, methods, fields, values of enums. */
  readonly size: number;
}

/** A descriptor that has been read, and may be added to a pool. */
export class ParsedDescriptor implements DescriptorContent {
  readonly file: FileDeclaration;
  readonly methods: readonly string[];
  readonly messages: readonly string[];
  readonly size: number;

  constructor(bytes: Uint8Array) {
    const limits = { ...LIMITS, maxProtobufFields: MAX_RECORDS };
    this.file = parseFileDescriptor(bytes, Schema.empty, limits).file.declaration;
    const { messages, enums, services, extensions } = this.file;
    this.methods = services.flatMap(({ fullName, methods }) => methods.map(({ name }) => `/${fullName}/${name}`));
    this.messages = messages.map(({ fullName }) => fullName);
    const parts = [...messages.map(({ fields }) => fields), ...enums.map(({ values }) => values)];
    this.size = parts.reduce((sum, { length }) => sum + length + 1, extensions.length + this.methods.length);
  }
}

export class DescriptorPool implements TypeRegistry {
  private readonly files = new Map<string, FileDeclaration>();
  private readonly declared = new Map<string, { service: ServiceDeclaration; method: MethodDeclaration }>();
  private readonly linked = new Map<string, MethodType>();
  private table = newTable();
  private relinks = 0;

  /** Of files of the same name, and of declarations, the first one counts. */
  add({ file }: ParsedDescriptor): void {
    if (this.files.has(file.path)) return;
    this.files.set(file.path, file);
    this.table.add(file, () => {});
    for (const service of file.services) {
      for (const method of service.methods) {
        const path = `/${service.fullName}/${method.name}`;
        if (!this.declared.has(path)) this.declared.set(path, { service, method });
      }
    }
  }

  /** By the ":path" of a call: "/shop.v1.Orders/Get". */
  method(path: string): MethodType | null {
    this.relink();
    const known = this.linked.get(path);
    if (known !== undefined) return known;
    const declared = this.declared.get(path);
    if (declared === undefined) return null;
    const method = linkMethod(declared.service, declared.method, this.table);
    this.linked.set(path, method);
    return method;
  }

  /** By full name, without a leading dot: "shop.v1.Order". */
  message(fullName: string): MessageType | null {
    this.relink();
    return this.table.message(fullName);
  }

  private relink(): void {
    if (!this.table.stale || this.relinks >= MAX_RELINKS) return;
    this.relinks++;
    this.linked.clear();
    this.table = newTable();
    for (const file of this.files.values()) this.table.add(file, () => {});
  }
}

/** Types that everybody knows, such as google.protobuf.Timestamp, need not be sent. */
function newTable(): TypeTable {
  const bundled = new Set<FileDeclaration>();
  const table: TypeTable = new TypeTable({
    declare: (fullName) => {
      const file = bundledFile(fullName);
      if (file === null || bundled.has(file)) return;
      bundled.add(file);
      table.add(file, () => {});
    },
    extend: () => {},
  });
  return table;
}
