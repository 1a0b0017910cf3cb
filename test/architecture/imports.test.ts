import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import ts from "typescript";
import { IMPORT_RULES, PACKAGES } from "./import-rules.js";

const SRC = resolve("src");

interface Import {
  readonly file: string;
  readonly room: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const typeOnly = new Set([...text.matchAll(/^import type [^;]*?from "([^"]+)"/gm)].map(([, target]) => target));
  const targets = ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
  return targets.map((target) => ({ file, room: roomOf(file), target, typeOnly: typeOnly.has(target) }));
}

/** "tcp/assembler.ts" → "tcp", "limits.ts" → "limits". */
function roomOf(file: string): string {
  return file.split("/")[0].replace(/\.[jt]s$/, "");
}

/** The file, below src, that a relative import names. */
function fileOf({ file, target }: Import): string {
  return relative(SRC, resolve(SRC, dirname(file), target)).replace(/\.js$/, ".ts");
}

function isOwnPackage({ room, target }: Import): boolean {
  return (PACKAGES[room] ?? []).some(
    (name) => target === name || target.startsWith(name.endsWith(":") ? name : `${name}/`),
  );
}

describe("every room imports only what its rule allows", () => {
  test("every room has a rule", () => {
    const rooms = new Set(files.map(roomOf));
    expect([...rooms].filter((room) => !IMPORT_RULES.some((rule) => rule.room === room))).toEqual([]);
  });

  test.each(IMPORT_RULES.map((rule) => [rule.room, rule] as const))("%s", (room, rule) => {
    const edges = imports.filter((edge) => edge.room === room && edge.target.startsWith("."));
    const broken = edges.filter((edge) => ![room, ...rule.mayImport].includes(roomOf(fileOf(edge))));
    expect(broken.map((edge) => `${edge.file} imports ${fileOf(edge)}`)).toEqual([]);
  });

  test("no room imports a package or node: module that is not its own", () => {
    const broken = imports.filter((edge) => !edge.target.startsWith(".") && !isOwnPackage(edge));
    expect(broken.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });

  test("within the core, only protobuf/schema imports protobufjs", () => {
    const importers = imports.filter(({ room, target }) => room === "protobuf" && target.startsWith("protobufjs"));
    expect(importers.length).toBeGreaterThan(0);
    expect(importers.map(({ file }) => file).filter((file) => !file.startsWith("protobuf/schema"))).toEqual([]);
  });

  test("no circle of imports, types apart", () => {
    const edges = imports.filter(({ target, typeOnly }) => target.startsWith(".") && !typeOnly);
    expect(findCircle(groupByFile(edges))).toBeNull();
  });
});

function findCircle(edges: ReadonlyMap<string, readonly Import[]>): string[] | null {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const edge of edges.get(file) ?? []) {
      const circle = visit(fileOf(edge), [...path, file]);
      if (circle !== null) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of edges.keys()) {
    const circle = visit(file, []);
    if (circle !== null) return circle;
  }
  return null;
}

function groupByFile(edges: readonly Import[]): Map<string, Import[]> {
  const groups = new Map<string, Import[]>();
  for (const edge of edges) groups.set(edge.file, [...(groups.get(edge.file) ?? []), edge]);
  return groups;
}
