/** A program's name → where it is. The folders of system tools are looked through too: few users have them on their PATH. */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const SYSTEM_FOLDERS = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin"];

export interface FoundProgram {
  readonly path: string;
  /** False: it is there, and this user may not run it. */
  readonly allowed: boolean;
}

/** null: there is no such program. */
export function findProgram(name: string, path = process.env.PATH ?? ""): FoundProgram | null {
  let forbidden: string | null = null;
  for (const folder of [...path.split(delimiter), ...SYSTEM_FOLDERS]) {
    if (folder === "") continue;
    const file = join(folder, name);
    if (mayRun(file)) return { path: file, allowed: true };
    if (existsSync(file)) forbidden ??= file;
  }
  return forbidden === null ? null : { path: forbidden, allowed: false };
}

function mayRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
