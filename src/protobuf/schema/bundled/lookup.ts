/** Name → the bundled file that declares it, parsed when first asked for and kept for all schemas. */
import type { FileDeclaration } from "../declaration.js";
import { enclosingNames } from "../enclosing-names.js";
import { parseCommon, parseProto } from "../parse-proto.js";
import type { SourceFile } from "../read-sources.js";
import { BUNDLED, COMMON } from "./index.js";

/** None of the bundled names is as long: the wire names types of any length. */
const MAX_NAME = 200;

let pathByName: Map<string, string> | null = null;
const parsed = new Map<string, FileDeclaration | null>();

export function isBundledPath(path: string): boolean {
  return Object.hasOwn(COMMON, path) || BUNDLED.some((file) => file.path === path);
}

/** A bundled file with the text that it is parsed from; null: it is none, or does not parse. */
export function bundledSource(path: string): SourceFile | null {
  const text = BUNDLED.find((bundled) => bundled.path === path)?.text ?? null;
  const declaration = text === null ? parseCommon(path) : parseProto({ path, text }).declaration;
  return declaration === null
    ? null
    : { path, imports: [], declaration, source: text ?? new Uint8Array(0), from: path };
}

/** `fullName`: of a message, an enum or a service. */
export function bundledFile(fullName: string): FileDeclaration | null {
  if (!fullName.startsWith("google.") && !fullName.startsWith("grpc.")) return null;
  if (fullName.length > MAX_NAME) return null;
  pathByName ??= indexNames();
  let path: string | undefined;
  // A nested type comes with the message around it.
  for (const name of enclosingNames(fullName)) {
    path = pathByName.get(name);
    if (path !== undefined) break;
  }
  if (path === undefined) return null;
  let file = parsed.get(path);
  if (file === undefined) parsed.set(path, (file = parse(path)));
  return file;
}

function parse(path: string): FileDeclaration | null {
  const file = BUNDLED.find((bundled) => bundled.path === path);
  return file === undefined ? parseCommon(path) : parseProto(file).declaration;
}

function indexNames(): Map<string, string> {
  const index = new Map<string, string>();
  for (const [path, names] of Object.entries(COMMON))
    for (const name of names) index.set(`google.protobuf.${name}`, path);
  for (const { path, text } of BUNDLED) {
    const prefix = `${/^package ([\w.]+);/m.exec(text)?.[1]}.`;
    for (const [, name] of text.matchAll(/^(?:message|enum|service) (\w+)/gm)) index.set(prefix + name, path);
  }
  return index;
}
