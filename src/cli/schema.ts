/** The schema flags → a schema: --proto, -I, --protoset; without any of them `./proto`, if there is one. */
import { existsSync } from "node:fs";
import { loadSchema } from "../node/schema-files.js";
import type { Schema } from "../protobuf/schema.js";
import type { SchemaOptions } from "./options.js";
import { nearest, UsageError } from "./usage-error.js";

const DEFAULT_FOLDER = "proto";

/** `warn` gets a sentence for each source that is broken. */
export function schemaOf(
  { proto, importPath, protoset, decodeAs }: SchemaOptions,
  warn: (sentence: string) => void,
): Schema {
  const given = proto.length > 0 || protoset.length > 0;
  const paths = !given && existsSync(DEFAULT_FOLDER) ? [DEFAULT_FOLDER] : proto;
  const { schema, warnings } = loadSchema({ proto: paths, importPath, protoset });
  for (const { file, line, text } of warnings) warn(`${file}${line === null ? "" : `:${line}`}: ${text}`);
  for (const text of decodeAs) applyDecodeAs(text, schema);
  return schema;
}

/** "/Cal/Add=AddRequest,ResultReply"; either type may be left out: "/Cal/Add=,ResultReply". */
function applyDecodeAs(text: string, schema: Schema): void {
  const [, path, request, response = ""] = /^(\/[^=]+\/[^=/]+)=([^,=]*)(?:,([^,=]*))?$/.exec(text) ?? [];
  if (path === undefined)
    throw new UsageError(`--decode-as takes a path and its types, as /Cal/Add=AddRequest,ResultReply, not "${text}"`);
  const [missing] = schema.decodeAs(path, nameOf(request), nameOf(response));
  if (missing === undefined) return;
  const known = schema.messages().map(({ fullName }) => fullName);
  const meant = nearest(missing, known) ?? known.find((name) => name.endsWith(`.${missing}`)) ?? null;
  const advice = meant === null ? "cal-inspect schema lists those that it has" : `did you mean ${meant}?`;
  throw new UsageError(`--decode-as ${text}: the schema has no message ${missing}: ${advice}`);
}

function nameOf(text: string): string | null {
  const name = text.trim().replace(/^\./, "");
  return name === "" ? null : name;
}
