/** Texts and descriptors → declarations, each source on its own; what is wrong with one is a warning. */
import type { TypeRegistry } from "../types.js";
import type { FileDeclaration, SchemaWarning } from "./declaration.js";
import type { IndexedFile } from "./file-index.js";
import { type DescribedFile, parseDescriptorSet, parseFileDescriptor } from "./parse-descriptor.js";
import { type ProtoFile, parseProto } from "./parse-proto.js";

export interface SchemaSources {
  /** Each with the name that the others import it by. */
  readonly protoFiles?: readonly ProtoFile[];
  /** Files of big trees: parsed when they are needed. */
  readonly indexedFiles?: readonly IndexedFile[];
  /** FileDescriptorSets, as `protoc -o` and `buf build -o` write them; `path` is told in warnings. */
  readonly descriptorSets?: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** Single FileDescriptorProtos, as server reflection sends them. */
  readonly fileDescriptors?: readonly Uint8Array[];
}

export interface SourceFile {
  readonly path: string;
  readonly imports: readonly { readonly name: string; readonly line: number | null }[];
  /** null: it does not parse, or has not been parsed yet. */
  readonly declaration: FileDeclaration | null;
  /** What it was read from: its text, or its FileDescriptorProto. */
  readonly source: string | Uint8Array;
  /** Where that lies, for people: "api/shop/v1/order.proto", "image.binpb". */
  readonly from: string;
}

type Warn = (warning: SchemaWarning) => void;

export function readTexts(files: readonly ProtoFile[], warn: Warn): SourceFile[] {
  return distinct(files).map((file) => {
    const { outline, declaration, warning } = parseProto(file);
    if (warning !== null) warn({ ...warning, file: file.from ?? file.path });
    return { path: file.path, imports: outline.imports, declaration, source: file.text, from: file.from ?? file.path };
  });
}

/** The same file may be given twice, by way of a directory and by name. */
function distinct(files: readonly ProtoFile[]): ProtoFile[] {
  const seen = new Set<string>();
  return files.filter(({ path, text }) => {
    const key = `${path}\n${text}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** A file that several sets hold is taken from the first; one that is `given` as text too, from the text. */
export function readDescriptors(
  { descriptorSets = [], fileDescriptors = [] }: SchemaSources,
  given: Iterable<string>,
  types: TypeRegistry,
  warn: Warn,
): SourceFile[] {
  const seen = new Set(given);
  const files: SourceFile[] = [];
  const take = ({ declaration, imports, bytes }: DescribedFile, from: string): void => {
    const { path } = declaration;
    if (seen.has(path)) return;
    seen.add(path);
    files.push({ path, imports: imports.map((name) => ({ name, line: null })), declaration, source: bytes, from });
  };
  for (const { path, bytes } of descriptorSets) {
    const set = parseDescriptorSet(bytes, types);
    if (!set.whole || set.files.length === 0)
      warn({ file: path, line: null, text: "is damaged, or no FileDescriptorSet" });
    for (const file of set.files) take(file, path);
  }
  for (const bytes of fileDescriptors) {
    const { file, whole } = parseFileDescriptor(bytes, types);
    if (!whole) warn({ file: file.declaration.path, line: null, text: "is damaged: its descriptor does not decode" });
    take(file, file.declaration.path);
  }
  return files;
}
