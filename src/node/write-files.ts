/** Files with names such as imports use, below a folder of the user's choice. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { OutputError } from "./output-stream.js";
import { describeSystemError } from "./system-error.js";

export interface NamedFile {
  /** With forward slashes, below the folder: "shop/v1/order.proto". */
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Creates or overwrites the files. What leaves the folder ("../x", "/x") is put into it all the same. Throws OutputError. */
export function writeFiles(folder: string, files: readonly NamedFile[]): void {
  for (const { path, content } of files) writeFile(join(folder, below(path)), content);
}

/** Throws OutputError. */
export function writeFile(file: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  } catch (error) {
    throw new OutputError(`cannot write ${file}: ${describeSystemError(error)}`);
  }
}

/** Names come from servers and captures too: none may lead out of the folder. */
function below(path: string): string {
  return relative(sep, resolve(sep, path.replaceAll("\\", "/").replaceAll("\0", "")));
}
