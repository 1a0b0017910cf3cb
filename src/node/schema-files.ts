/** .proto files and descriptor sets on disk → a schema. */
import { readFileSync } from "node:fs";
import { Schema, type SchemaWarning } from "../protobuf/schema.js";
import { ProtoCache } from "./proto-cache.js";
import { readProtoFiles } from "./proto-files.js";
import { describeSystemError } from "./system-error.js";

export interface SchemaPaths {
  /** .proto files, directories or globs. */
  readonly proto?: readonly string[];
  /** Where imports are looked up, as protoc's -I. */
  readonly importPath?: readonly string[];
  /** FileDescriptorSets, as `protoc -o` and `buf build -o` write them. */
  readonly protoset?: readonly string[];
  /** More of them, that lie in no file; `path` says where they come from. */
  readonly descriptorSets?: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

export interface LoadedSchema {
  readonly schema: Schema;
  /** What is wrong with the sources; each costs its own file only. */
  readonly warnings: readonly SchemaWarning[];
}

export function loadSchema(paths: SchemaPaths): LoadedSchema {
  const { proto = [], importPath = [], protoset = [], descriptorSets: given = [] } = paths;
  const cache = ProtoCache.of([...proto, ...importPath]);
  const { files, indexedFiles, warnings } = readProtoFiles(proto, importPath, cache);
  const all: SchemaWarning[] = [...warnings];
  const descriptorSets = protoset.flatMap((path) => {
    try {
      return [{ path, bytes: readFileSync(path) }];
    } catch (error) {
      all.push({ file: path, line: null, text: describeSystemError(error) });
      return [];
    }
  });
  const schema = new Schema({ protoFiles: files, indexedFiles, descriptorSets: [...descriptorSets, ...given] });
  return { schema, warnings: [...all, ...schema.warnings] };
}
