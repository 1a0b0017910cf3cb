/** The schema flags → a schema: --proto, -I, --protoset, --reflect; without any of them `./proto` and the roots of buf.yaml. */
import { existsSync } from "node:fs";
import { bufRoots } from "../node/buf-roots.js";
import { loadSchema } from "../node/schema-files.js";
import type { Schema } from "../protobuf/schema.js";
import { WireWriter } from "../protobuf/wire-writer.js";
import type { DescriptorSet, SchemaOptions } from "./options.js";
import { nearest, UsageError } from "./usage-error.js";

const DEFAULT_FOLDER = "proto";

/** `warn` gets a sentence for each source that is broken. */
export function schemaOf(options: SchemaOptions, warn: (sentence: string) => void): Schema {
  const { proto, importPath, protoset, decodeAs, reflect, reflected } = options;
  if (reflect.length > 0 && reflected === null) throw new Error("the servers of --reflect were not asked");
  const roots = isGiven(options) ? [] : bufRoots();
  const paths = {
    proto: [...(isGiven(options) ? proto : defaultFolder()), ...roots],
    importPath: [...importPath, ...roots],
    protoset,
    descriptorSets: reflected ?? [],
  };
  const { schema, warnings } = loadSchema(paths);
  for (const { file, line, text } of warnings) warn(`${file}${line === null ? "" : `:${line}`}: ${text}`);
  for (const text of decodeAs) applyDecodeAs(text, schema);
  return schema;
}

/** Without any source `./proto` and the roots of buf.yaml are used. */
function isGiven({ proto, protoset, reflect }: SchemaOptions): boolean {
  return proto.length + protoset.length + reflect.length > 0;
}

function defaultFolder(): string[] {
  return existsSync(DEFAULT_FOLDER) ? [DEFAULT_FOLDER] : [];
}

/** Asks the servers of --reflect. One that cannot be asked is a warning, as a file that cannot be read is. */
export async function withReflection<T extends SchemaOptions>(
  options: T,
  warn: (sentence: string) => void,
): Promise<T> {
  const { reflect: addresses, reflectWith } = options;
  if (addresses.length === 0) return options;
  const { reflect, ReflectError } = await import("../node/reflect.js");
  // grpc-js names an IP address to TLS, and Node.js would tell the user that this is deprecated.
  process.noDeprecation = true;
  const reflected: DescriptorSet[] = [];
  for (const address of addresses) {
    const told = (sentence: string): void => warn(`--reflect ${address}: ${sentence}`);
    try {
      reflected.push(descriptorSet(address, await reflect(address, { ...reflectWith, warn: told })));
    } catch (error) {
      if (!(error instanceof ReflectError)) throw error;
      told(error.message);
    }
  }
  return { ...options, reflected };
}

/** The FileDescriptorProtos that a server told. */
export function descriptorSet(server: string, files: readonly Uint8Array[]): DescriptorSet {
  const set = new WireWriter();
  for (const file of files) set.len(1, file);
  return { path: `${server} (reflection)`, bytes: set.finish() };
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
