/** What a .proto file declares, by name only: enough to find a type among thousands of files without parsing them all. */
import type { FileDeclaration } from "./declaration.js";
import { type ProtoFile, parseProto } from "./parse-proto.js";

/** Plain data: it may be kept as JSON. */
export interface FileIndex {
  readonly imports: readonly { readonly name: string; readonly line: number }[];
  /** Full names of messages and enums that lie in no message, with their lines. */
  readonly types: readonly (readonly [fullName: string, line: number | null])[];
  readonly services: readonly { readonly fullName: string; readonly line: number | null; readonly methods: string[] }[];
  /** Last parts of the names of the messages that it extends. */
  readonly extendees: readonly string[];
  /** Why the file does not parse; its names are then empty. */
  readonly warning: { readonly line: number | null; readonly text: string } | null;
}

/** A file whose index is known; `text` is read when first asked for, and may be empty if it cannot be had any more. */
export interface IndexedFile extends ProtoFile {
  readonly index: FileIndex;
}

/** Parses the file and keeps its names. */
export function indexProto(file: ProtoFile): FileIndex {
  const { outline, declaration, warning } = parseProto(file);
  const prefix = outline.package === "" ? "" : `${outline.package}.`;
  return {
    imports: outline.imports,
    types: declaration === null ? [] : outerTypes(declaration, prefix),
    services: (declaration?.services ?? []).map(({ fullName, line, methods }) => ({
      fullName,
      line,
      methods: methods.map(({ name }) => name),
    })),
    extendees: [...new Set((declaration?.extensions ?? []).map(({ extendee }) => lastPart(extendee!.name)))],
    warning: warning === null ? null : { line: warning.line, text: warning.text },
  };
}

function outerTypes({ messages, enums }: FileDeclaration, prefix: string): [string, number | null][] {
  const isOuter = ({ fullName }: { fullName: string }) => !fullName.slice(prefix.length).includes(".");
  return [
    ...messages.filter(isOuter).map(({ fullName, line }): [string, number | null] => [fullName, line]),
    ...enums.filter(isOuter).map(({ fullName }): [string, number | null] => [fullName, null]),
  ];
}

export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
