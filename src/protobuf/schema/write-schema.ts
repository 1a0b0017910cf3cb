/** A schema, from whatever it was read → .proto files, or one FileDescriptorSet. What was read as such stays as it was. */
import type { Schema } from "../schema.js";
import { WireWriter } from "../wire-writer.js";
import { bundledSource, isBundledPath } from "./bundled/lookup.js";
import { dependenciesOf, type WrittenTypes } from "./declaration-tree.js";
import type { ProtoFile } from "./parse-proto.js";
import type { SourceFile } from "./read-sources.js";
import { writeDescriptor } from "./write-descriptor.js";
import { writeProtoFile } from "./write-proto-file.js";

/** With the names that imports use. Files of google/protobuf, which every compiler brings, are not among them. */
export function toProtoFiles(schema: Schema): ProtoFile[] {
  const { files, types } = schema.parts();
  const all = closure(files, types).filter(({ path }) => !path.startsWith("google/protobuf/"));
  return all.flatMap(({ path, source, declaration }) => {
    if (typeof source === "string") return [{ path, text: source }];
    return declaration === null ? [] : [{ path, text: writeProtoFile(declaration, types) }];
  });
}

/** With all that the files import, as far as it is known; each file behind those that it imports. */
export function toDescriptorSet(schema: Schema): Uint8Array {
  const { files, types } = schema.parts();
  const set = new WireWriter();
  for (const { source, declaration } of closure(files, types)) {
    if (typeof source !== "string" && source.length > 0) set.len(1, source);
    else if (declaration !== null) set.len(1, writeDescriptor(declaration, types));
  }
  return set.finish();
}

/** The files, and the bundled ones that they need. */
function closure(files: readonly SourceFile[], types: WrittenTypes): SourceFile[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const ordered = new Set<SourceFile>();
  const visiting = new Set<string>();
  const visit = (path: string): void => {
    // Imports may go in a circle.
    if (visiting.has(path)) return;
    visiting.add(path);
    const file = byPath.get(path) ?? (isBundledPath(path) ? bundledSource(path) : null);
    if (file === null) return;
    const needed = file.declaration === null ? [] : dependenciesOf(file.declaration, types);
    const imports = typeof file.source === "string" ? [] : file.imports.map(({ name }) => name);
    for (const name of [...imports, ...needed]) visit(name);
    ordered.add(file);
  };
  for (const { path } of files) visit(path);
  return [...ordered];
}
