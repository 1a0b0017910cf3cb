/** The schema flags → a schema: --proto, -I, --protoset; without any of them `./proto`, if there is one. */
import { existsSync } from "node:fs";
import { loadSchema } from "../node/schema-files.js";
import type { Schema } from "../protobuf/schema.js";
import type { SchemaOptions } from "./options.js";

const DEFAULT_FOLDER = "proto";

/** `warn` gets a sentence for each source that is broken. */
export function schemaOf({ proto, importPath, protoset }: SchemaOptions, warn: (sentence: string) => void): Schema {
  const given = proto.length > 0 || protoset.length > 0;
  const paths = !given && existsSync(DEFAULT_FOLDER) ? [DEFAULT_FOLDER] : proto;
  const { schema, warnings } = loadSchema({ proto: paths, importPath, protoset });
  for (const { file, line, text } of warnings) warn(`${file}${line === null ? "" : `:${line}`}: ${text}`);
  return schema;
}
