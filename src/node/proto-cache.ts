/**
 * The indexes of .proto files, kept between runs in the user's cache folder: what an unchanged file declares is known without
 * reading it. A file counts as unchanged with the same size and time of change. The cache may be lost or broken at any time.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, type Stats, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { FileIndex } from "../protobuf/schema.js";

/** Changes whenever FileIndex does, or what is found in a file. */
const VERSION = 1;

interface CachedFile {
  readonly size: number;
  readonly mtimeMs: number;
  readonly index: FileIndex;
}

export class ProtoCache {
  private readonly before: Map<string, CachedFile>;
  private readonly now = new Map<string, CachedFile>();
  private changed = false;

  /** `file`: where the cache is kept; it need not be there. */
  constructor(private readonly file: string) {
    this.before = read(file);
  }

  /** The cache for a set of paths, in the user's cache folder: each set has its own. */
  static of(paths: readonly string[], environment: NodeJS.ProcessEnv = process.env): ProtoCache {
    const key = createHash("sha256")
      .update(paths.map((path) => resolve(path)).join("\n"))
      .digest("hex");
    return new ProtoCache(join(cacheFolder(environment), `proto-${key.slice(0, 16)}.json`));
  }

  /** What the file declares; null where it is not known or the file has changed. */
  find(absolute: string, { size, mtimeMs }: Stats): FileIndex | null {
    const known = this.now.get(absolute) ?? this.before.get(absolute);
    if (known === undefined || known.size !== size || known.mtimeMs !== mtimeMs) return null;
    this.now.set(absolute, known);
    return known.index;
  }

  put(absolute: string, { size, mtimeMs }: Stats, index: FileIndex): void {
    this.now.set(absolute, { size, mtimeMs, index });
    this.changed = true;
  }

  /** Writes the files that were found or put; a cache that cannot be written is done without. */
  save(): void {
    if (!this.changed && this.now.size === this.before.size) return;
    const temporary = `${this.file}.${process.pid}`;
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(temporary, JSON.stringify({ version: VERSION, files: [...this.now] }));
      renameSync(temporary, this.file);
    } catch {
      // The next run takes as long as this one.
    }
  }
}

function read(file: string): Map<string, CachedFile> {
  try {
    const { version, files } = JSON.parse(readFileSync(file, "utf8"));
    return version === VERSION ? new Map(files) : new Map();
  } catch {
    return new Map();
  }
}

function cacheFolder({ XDG_CACHE_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv): string {
  const base =
    XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache");
  return join(base, "cal-inspect");
}
