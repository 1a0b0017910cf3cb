/**
 * The import roots that buf.yaml and buf.work.yaml name (buf.build/docs/configuration): `modules` of version v2, `directories` of a
 * workspace, `build.roots` of v1beta1; a buf.yaml without any means its own folder. Reads no more of YAML than those lists.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The roots, as paths below `folder`; empty where there is neither file. */
export function bufRoots(folder = "."): string[] {
  const roots = new Set<string>();
  const workspace = read(join(folder, "buf.work.yaml"));
  if (workspace !== null) for (const path of listOf(workspace, "directories")) roots.add(join(folder, path));
  const module = read(join(folder, "buf.yaml"));
  if (module !== null) {
    const named = [...listOf(module, "modules"), ...listOf(module, "roots")];
    for (const path of named.length > 0 ? named : ["."]) roots.add(join(folder, path));
  }
  return [...roots];
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

/** The items of the list below `key`: "- a" or "[a, b]"; of `modules` the paths: "- path: a". */
function listOf(yaml: string, key: string): string[] {
  const lines = yaml.split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, "$1").trimEnd());
  const at = lines.findIndex((line) => line.trimStart().startsWith(`${key}:`));
  if (at < 0) return [];
  const flow = /\[(.*)\]/.exec(lines[at]);
  if (flow !== null) return flow[1].split(",").map(unquote);
  const depth = indentOf(lines[at]);
  const item = key === "modules" ? /^\s*(?:- +)?path: *(.+)$/ : /^\s*- +(.+)$/;
  const items: string[] = [];
  for (const line of lines.slice(at + 1)) {
    if (line === "") continue;
    // Items of a list may stand as deep as its key.
    if (indentOf(line) < depth || (indentOf(line) === depth && !line.trimStart().startsWith("-"))) break;
    const [, path] = item.exec(line) ?? [];
    if (path !== undefined) items.push(unquote(path));
  }
  return items;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function unquote(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}
