/** The flat lists of a FileDeclaration → what lies in what, as files and descriptors write it. */
import type {
  EnumDeclaration,
  FieldDeclaration,
  FileDeclaration,
  MessageDeclaration,
  ServiceDeclaration,
} from "./declaration.js";

/** What a file or a message holds. */
export interface Block {
  readonly messages: MessageBlock[];
  readonly enums: EnumDeclaration[];
  readonly extensions: FieldDeclaration[];
}

export interface MessageBlock extends Block {
  readonly declaration: MessageDeclaration;
}

export interface FileBlock extends Block {
  readonly services: readonly ServiceDeclaration[];
}

export function blocksOf(file: FileDeclaration): FileBlock {
  const outermost = { services: file.services, ...newBlock() };
  const byName = new Map<string, MessageBlock>();
  for (const declaration of file.messages) byName.set(declaration.fullName, { declaration, ...newBlock() });
  const around = (fullName: string): Block => byName.get(scopeOf(fullName)) ?? outermost;
  for (const [fullName, block] of byName) around(fullName).messages.push(block);
  for (const declaration of file.enums) around(declaration.fullName).enums.push(declaration);
  for (const field of file.extensions) (byName.get(field.extendee!.scope) ?? outermost).extensions.push(field);
  return outermost;
}

function newBlock(): Block {
  return { messages: [], enums: [], extensions: [] };
}

/** "shop.v1.Order" → "shop.v1"; "" for a name without a dot. */
function scopeOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
}

/** Where the types of a file's fields and methods are looked up when it is written. */
export interface WrittenTypes {
  /** Full name of what the reference means; null: nothing declares it. */
  resolve(reference: { readonly name: string; readonly scope: string }): string | null;
  isEnum(fullName: string): boolean;
  /** Path of the file that declares the type. */
  fileOf(fullName: string): string | null;
  /** Numbers of the fields that extend the message. */
  extensionNumbers(fullName: string): readonly number[];
}

/** The files that hold the types that `file` names, in the order of the names. */
export function dependenciesOf(file: FileDeclaration, types: WrittenTypes): string[] {
  const fields = [...file.messages.flatMap(({ fields }) => fields), ...file.extensions];
  const references = [
    ...fields.flatMap(({ type, extendee }) => [typeof type === "string" ? null : type, extendee]),
    ...file.services.flatMap(({ methods }) => methods.flatMap(({ request, response }) => [request, response])),
  ];
  const paths = references.map((reference) => {
    const fullName = reference === null ? null : types.resolve(reference);
    return fullName === null ? null : types.fileOf(fullName);
  });
  return [...new Set(paths.filter((path) => path !== null && path !== file.path))] as string[];
}
