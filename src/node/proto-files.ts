/**
 * --proto and -I → the .proto files meant, each with the name that imports use. Where no -I says so, import roots are worked
 * out from the import lines themselves: a file that another imports as `shop/v1/order.proto` fixes its root.
 */
import { existsSync, readdirSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { isBundledPath } from "../protobuf/schema/bundled/lookup.js";
import { scanProto } from "../protobuf/schema/scan-proto.js";
import { type IndexedFile, indexProto, type ProtoFile, type SchemaWarning } from "../protobuf/schema.js";
import { globBase, globPattern, isGlob } from "./glob.js";
import type { ProtoCache } from "./proto-cache.js";
import { describeSystemError } from "./system-error.js";

export interface ProtoFiles {
  readonly files: readonly ProtoFile[];
  /** In place of `files`, where there are many: they are parsed when they are needed. */
  readonly indexedFiles: readonly IndexedFile[];
  readonly warnings: readonly SchemaWarning[];
}

/** How many folders above an importing file are tried as the root of what it imports. */
const MAX_PARENTS = 12;

/** From so many files on they are indexed: parsing 300 takes some 150 ms, the whole of googleapis five seconds. */
const MANY_FILES = 300;

/**
 * `paths`: files, directories (every .proto below them) or globs. `importPaths`: as protoc's -I. Files that others import are
 * read too, from `importPaths` or from a folder above the importing file. What cannot be read is a warning.
 * `cache`: what is known of the files from an earlier run.
 */
export function readProtoFiles(
  paths: readonly string[],
  importPaths: readonly string[],
  cache: ProtoCache | null = null,
  manyFiles = MANY_FILES,
): ProtoFiles {
  const importRoots = importPaths.map((path) => resolve(path));
  const found = new FoundFiles(importRoots, cache);
  for (const path of paths) found.addPath(path);
  found.addImports();
  const named = found.named();
  const { warnings } = found;
  if (named.length < manyFiles) {
    const files = named.map(({ path, file }) => ({ path, text: file.text, from: shown(file.absolute) }));
    return { files, indexedFiles: [], warnings };
  }
  const indexedFiles = named.map(({ path, file }) => file.indexed(path, cache));
  cache?.save();
  return { files: [], indexedFiles, warnings };
}

class FoundFile {
  private kept: string | null = null;
  imports: readonly string[];
  private importsKnown: boolean;

  /** `base`: the folder that the user named, or the file's own. */
  constructor(
    readonly absolute: string,
    readonly base: string,
    private readonly stats: Stats,
    cache: ProtoCache | null,
  ) {
    const index = cache?.find(absolute, stats) ?? null;
    this.importsKnown = index !== null;
    this.imports = index?.imports.map(({ name }) => name) ?? [];
  }

  /** Throws where the file cannot be read. */
  get text(): string {
    this.kept ??= readFileSync(this.absolute, "utf8").replace(/^\ufeff/, "");
    return this.kept;
  }

  /** Finds `imports`. Answers what the file is in place of .proto text; null: it is some. Throws where it cannot be read. */
  scan(): string | null {
    if (this.importsKnown) return null;
    if (this.text.includes("\0")) return "is no .proto text but binary: a descriptor set is given with --protoset";
    if (this.text.trim() === "") return "is empty: it declares nothing";
    this.imports = scanProto(this.text).imports.map(({ name }) => name);
    this.importsKnown = true;
    return null;
  }

  /** The file by its names; its text is let go of, and read again when it is needed. */
  indexed(path: string, cache: ProtoCache | null): IndexedFile {
    const { absolute, stats } = this;
    let index = cache?.find(absolute, stats) ?? null;
    if (index === null) {
      index = indexProto({ path, text: this.text });
      cache?.put(absolute, stats, index);
    }
    this.kept = null;
    return {
      path,
      index,
      from: shown(absolute),
      get text() {
        try {
          return readFileSync(absolute, "utf8").replace(/^\ufeff/, "");
        } catch {
          // It was there a moment ago: now it declares nothing.
          return "";
        }
      },
    };
  }
}

class FoundFiles {
  readonly warnings: SchemaWarning[] = [];
  private readonly files = new Map<string, FoundFile>();
  private readonly byFileName = new Map<string, FoundFile[]>();

  constructor(
    private readonly importPaths: readonly string[],
    private readonly cache: ProtoCache | null,
  ) {}

  addPath(path: string): void {
    const absolute = resolve(path);
    const kind = statSync(absolute, { throwIfNoEntry: false });
    if (kind?.isDirectory()) {
      if (!this.addTree(absolute, path, () => true)) this.warn(path, "holds no .proto file");
    } else if (kind !== undefined) this.addFile(absolute, dirname(absolute), path);
    else if (isGlob(path)) this.addGlob(path);
    else this.warn(path, "no such file or directory");
  }

  private addGlob(path: string): void {
    const pattern = globPattern(resolve(path));
    const base = resolve(globBase(path));
    const wanted = (file: string) => pattern.test(file.split(sep).join("/"));
    if (!existsSync(base) || !this.addTree(base, path, wanted)) this.warn(path, "matches no .proto file");
  }

  /** False: there is none. What cannot be read may be one, and is a warning. */
  private addTree(folder: string, shown: string, wanted: (file: string) => boolean): boolean {
    const seen = new Set<string>();
    let any = false;
    const walk = (at: string): void => {
      let entries: ReturnType<typeof list>;
      try {
        const real = realpathSync(at);
        // A link to a folder above would go round for ever.
        if (seen.has(real)) return;
        seen.add(real);
        entries = list(at);
      } catch (error) {
        this.warn(shown, describeSystemError(error));
        any = true;
        return;
      }
      for (const { name, directory } of entries) {
        const path = join(at, name);
        if (directory && name !== "node_modules" && !name.startsWith(".")) walk(path);
        else if (!directory && name.endsWith(".proto") && wanted(path)) {
          any = true;
          this.addFile(path, folder, path);
        }
      }
    };
    walk(folder);
    return any;
  }

  private addFile(absolute: string, base: string, shown: string): void {
    if (this.files.has(absolute)) return;
    try {
      const file = new FoundFile(absolute, base, statSync(absolute), this.cache);
      // What cannot be read is found out here.
      const instead = file.scan();
      if (instead !== null) {
        this.warn(shown, instead);
        return;
      }
      this.files.set(absolute, file);
      const named = this.byFileName.get(basename(absolute));
      if (named === undefined) this.byFileName.set(basename(absolute), [file]);
      else named.push(file);
    } catch (error) {
      this.warn(shown, describeSystemError(error));
    }
  }

  /** Reads what the files import and were not told of, and what those import. The map grows while it is gone through. */
  addImports(): void {
    for (const file of this.files.values()) {
      for (const name of file.imports) {
        if (isBundledPath(name) || this.endingWith(name).length > 0) continue;
        const root = [...this.importPaths, ...parents(file.absolute)].find((folder) => existsSync(join(folder, name)));
        if (root !== undefined) this.addFile(join(root, name), root, name);
      }
    }
  }

  private endingWith(name: string): FoundFile[] {
    const ending = sep + name.split("/").join(sep);
    return (this.byFileName.get(basename(ending)) ?? []).filter(({ absolute }) => absolute.endsWith(ending));
  }

  /** The files with the names that imports use. */
  named(): { readonly path: string; readonly file: FoundFile }[] {
    const roots = new Set<string>();
    const importedAs = new Map<FoundFile, string>();
    for (const name of new Set([...this.files.values()].flatMap(({ imports }) => imports))) {
      for (const file of this.endingWith(name)) {
        roots.add(file.absolute.slice(0, -name.length - 1));
        // The longest name that a file is imported by says most about where its root is.
        if (name.length > (importedAs.get(file)?.length ?? 0)) importedAs.set(file, name);
      }
    }
    const nameOf = (file: FoundFile): string =>
      nameIn(this.importPaths, file) ??
      importedAs.get(file) ??
      nameIn([...roots], file) ??
      nameIn([file.base], file) ??
      "";
    return [...this.files.values()].map((file) => ({ path: nameOf(file), file }));
  }

  private warn(file: string, text: string): void {
    this.warnings.push({ file, line: null, text });
  }
}

/** The file's name below the innermost of the folders that hold it; null: none does. */
function nameIn(folders: readonly string[], { absolute }: FoundFile): string | null {
  const holding = folders.filter((folder) => absolute.startsWith(folder.endsWith(sep) ? folder : folder + sep));
  if (holding.length === 0) return null;
  const innermost = holding.reduce((a, b) => (b.length > a.length ? b : a));
  return relative(innermost, absolute).split(sep).join("/");
}

/** As a user below the working directory would name it. */
function shown(absolute: string): string {
  const path = relative(process.cwd(), absolute);
  return path.startsWith("..") ? absolute : path;
}

function list(folder: string): { name: string; directory: boolean }[] {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const linked = entry.isSymbolicLink() ? statSync(join(folder, entry.name), { throwIfNoEntry: false }) : entry;
      return { name: entry.name, directory: linked?.isDirectory() ?? false };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parents(file: string): string[] {
  const folders: string[] = [];
  for (let at = dirname(file); folders.length < MAX_PARENTS; at = dirname(at)) {
    folders.push(at);
    if (dirname(at) === at) break;
  }
  return folders;
}
