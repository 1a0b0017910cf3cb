/** Files that are parsed when a name that they declare is first asked for. */
import type { FileDeclaration, SchemaWarning } from "./declaration.js";
import { enclosingNames } from "./enclosing-names.js";
import { type IndexedFile, lastPart } from "./file-index.js";
import { parseProto } from "./parse-proto.js";

export class LazyFiles {
  private readonly byName = new Map<string, IndexedFile>();
  private readonly byExtendee = new Map<string, IndexedFile[]>();
  private readonly parsed = new Map<IndexedFile, FileDeclaration | null>();

  /** `warn` is told of broken files, and of names that two files declare: the first one counts. */
  constructor(
    private readonly files: readonly IndexedFile[],
    warn: (warning: SchemaWarning) => void,
  ) {
    for (const file of files) {
      const { types, services, extendees, warning } = file.index;
      if (warning !== null) warn({ file: file.from ?? file.path, ...warning });
      const names = [...types, ...services.map(({ fullName, line }) => [fullName, line] as const)];
      for (const [name, line] of names) {
        const first = this.byName.get(name);
        if (first === undefined) this.byName.set(name, file);
        else {
          const text = `${name} is declared in ${first.from ?? first.path} already: this declaration is not used`;
          warn({ file: file.from ?? file.path, line, text });
        }
      }
      for (const extendee of extendees) {
        const extending = this.byExtendee.get(extendee);
        if (extending === undefined) this.byExtendee.set(extendee, [file]);
        else extending.push(file);
      }
    }
  }

  /** The file that declares the name, or the type around it. */
  declaring(fullName: string): FileDeclaration | null {
    const file = this.owner(fullName);
    return file === null ? null : this.parse(file);
  }

  private owner(fullName: string): IndexedFile | null {
    if (this.byName.size === 0) return null;
    for (const name of enclosingNames(fullName)) {
      const file = this.byName.get(name);
      if (file !== undefined) return file;
    }
    return null;
  }

  /** All of them, parsed. */
  all(): FileDeclaration[] {
    return this.files.map((file) => this.parse(file)).filter((file) => file !== null);
  }

  /** The files that may extend the message. */
  extending(fullName: string): FileDeclaration[] {
    const files = this.byExtendee.get(lastPart(fullName)) ?? [];
    return files.map((file) => this.parse(file)).filter((file) => file !== null);
  }

  /** What the file declares first; the rest of its names belong to other files. */
  private parse(file: IndexedFile): FileDeclaration | null {
    let declaration = this.parsed.get(file);
    if (declaration !== undefined) return declaration;
    declaration = parseProto(file).declaration;
    if (declaration !== null) {
      const own = ({ fullName }: { fullName: string }) => this.owner(fullName) === file;
      const { messages, enums, services } = declaration;
      declaration = {
        ...plain(declaration),
        messages: messages.filter(own),
        enums: enums.filter(own),
        services: services.filter(own),
      };
    }
    this.parsed.set(file, declaration);
    return declaration;
  }
}

/** The parts of a declaration that may be of a class of its own. */
function plain({
  path,
  package: name,
  edition,
  messages,
  enums,
  services,
  extensions,
}: FileDeclaration): FileDeclaration {
  return { path, package: name, edition, messages, enums, services, extensions };
}
