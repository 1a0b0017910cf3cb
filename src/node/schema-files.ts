/** .proto files and descriptor sets on disk → a schema. */
import { Schema, type SchemaWarning } from "../protobuf/schema.js";
import { readProtoFiles } from "./proto-files.js";

export interface LoadedSchema {
  readonly schema: Schema;
  /** What is wrong with the sources; each costs its own file only. */
  readonly warnings: readonly SchemaWarning[];
}

/** `paths`: .proto files, directories or globs. `importPaths`: where imports are looked up, as protoc's -I. */
export function loadSchema(paths: readonly string[], importPaths: readonly string[] = []): LoadedSchema {
  const { files, warnings } = readProtoFiles(paths, importPaths);
  const schema = new Schema({ protoFiles: files });
  return { schema, warnings: [...warnings, ...schema.warnings] };
}
