/** What writing the files of a schema takes to know of their types. */
import { bundledFile } from "./bundled/lookup.js";
import type { FileDeclaration, TypeReference } from "./declaration.js";
import type { WrittenTypes } from "./declaration-tree.js";
import type { SourceFile } from "./read-sources.js";
import type { TypeTable } from "./type-table.js";

export class TypesOfFiles implements WrittenTypes {
  private readonly files = new Map<string, string>();
  private readonly enums = new Set<string>();
  private readonly extensions = new Map<string, number[]>();

  constructor(
    private readonly table: TypeTable,
    files: readonly SourceFile[],
  ) {
    for (const { declaration } of files) if (declaration !== null) this.add(declaration);
    for (const { declaration } of files)
      for (const { extendee, number } of declaration?.extensions ?? []) {
        const extended = this.resolve(extendee!);
        if (extended === null) continue;
        this.extensions.set(extended, [...(this.extensions.get(extended) ?? []), number]);
      }
  }

  private add({ path, messages, enums }: FileDeclaration): void {
    for (const { fullName } of [...messages, ...enums]) if (!this.files.has(fullName)) this.files.set(fullName, path);
    for (const { fullName } of enums) this.enums.add(fullName);
  }

  resolve(reference: TypeReference): string | null {
    return this.table.resolve(reference);
  }

  isEnum(fullName: string): boolean {
    this.fileOf(fullName);
    return this.enums.has(fullName);
  }

  fileOf(fullName: string): string | null {
    if (!this.files.has(fullName)) {
      const bundled = bundledFile(fullName);
      if (bundled !== null) this.add(bundled);
    }
    return this.files.get(fullName) ?? null;
  }

  extensionNumbers(fullName: string): readonly number[] {
    return this.extensions.get(fullName) ?? [];
  }
}
