/**
 * A message's ProtoJSON value → text for people, in the manner of protobuf's text format: `number1: 100  node { name: "x" }`.
 * A scalar that the wire leaves out shows its default and says so. On one line where it fits, else one line a field.
 */
import { append } from "../bytes/append.js";
import { decodeBase64 } from "../bytes/base64.js";
import { formatHex } from "../bytes/hex.js";
import { decodeLatin1 } from "../bytes/text.js";
import type { FieldType, MessageType } from "../protobuf/types.js";
import { escapeText, quoteText } from "./escape.js";
import type { Paint } from "./paint.js";

/** A piece of a value: a line, or a block of them between an opening and a closing line. */
export type TextNode = string | TextBlock;

interface TextBlock {
  readonly open: string;
  readonly children: readonly TextNode[];
  readonly close: string;
}

/** Longer text is cut in the text format only; the count of what is left out stands behind it. */
const MAX_TEXT = 400;

const MAX_BYTES = 64;

/** Elements of one list or map that are shown; the others are counted. */
const MAX_ELEMENTS = 50;

/** Fields of the wire that their types do not explain, by type and number: they are no defaults. */
export type Unexplained = ReadonlySet<string>;

const NONE: Unexplained = new Set();

/** `in`: the type of the message that a field stands in. */
export function keysOfUnexplained(fields: readonly { readonly number: number; readonly in?: string }[]): Unexplained {
  return fields.length === 0 ? NONE : new Set(fields.map((field) => `${field.number} ${field.in}`));
}

/** The fields of a message, in order of declaration. */
export function messageNodes(
  type: MessageType,
  value: unknown,
  paint: Paint,
  unexplained: Unexplained = NONE,
): TextNode[] {
  if (!isObject(value) || type.fullName.startsWith("google.protobuf.")) return [jsonNode("", value, paint)];
  const nodes: TextNode[] = [];
  for (const field of type.fields) {
    if (Object.hasOwn(value, field.jsonName)) nodes.push(fieldNode(field, value[field.jsonName], paint, unexplained));
    else if (showsDefault(field) && !unexplained.has(`${field.number} ${type.fullName}`))
      nodes.push(paint("dim", `${escapeText(field.name)}: ${scalarText(field, field.defaultJson)} (default)`));
  }
  return nodes;
}

function showsDefault(field: FieldType): boolean {
  return !field.presence && !field.repeated && !field.map && field.messageType === null && !field.extension;
}

function fieldNode(field: FieldType, value: unknown, paint: Paint, unexplained: Unexplained): TextNode {
  const name = escapeText(field.name);
  if (field.map && isObject(value)) {
    const valueField = field.messageType?.fieldByNumber.get(2);
    const entries = Object.entries(value);
    const children = entries
      .slice(0, MAX_ELEMENTS)
      .map(([key, entry]) => elementNode(`${quoteText(key)}: `, valueField, entry, paint, unexplained));
    return { open: `${name} {`, children: withRest(children, entries.length), close: "}" };
  }
  if (field.repeated && Array.isArray(value)) {
    const children = value.slice(0, MAX_ELEMENTS).map((element) => elementNode("", field, element, paint, unexplained));
    return { open: `${name} [`, children: withRest(children, value.length), close: "]" };
  }
  return elementNode(`${name}: `, field, value, paint, unexplained);
}

function withRest(children: TextNode[], total: number): TextNode[] {
  return total > MAX_ELEMENTS ? [...children, `… ${total - MAX_ELEMENTS} more`] : children;
}

function elementNode(
  label: string,
  field: FieldType | undefined,
  value: unknown,
  paint: Paint,
  unexplained: Unexplained,
): TextNode {
  const type = field?.messageType;
  if (type && isObject(value) && !type.fullName.startsWith("google.protobuf.")) {
    return {
      open: `${label.replace(/: $/, " ")}{`,
      children: messageNodes(type, value, paint, unexplained),
      close: "}",
    };
  }
  if (field && !type) return label + scalarText(field, value);
  return jsonNode(label, value, paint);
}

function scalarText(field: FieldType, value: unknown): string {
  if (typeof value !== "string") return String(value);
  if (field.type === "bytes") return bytesText(decodeBase64(value) ?? new Uint8Array(0));
  return field.type === "string" ? shortened(value) : escapeText(value);
}

/** A value without a type of ours: Struct, Any, and the other well-known types, and messages that are JSON. */
export function jsonNode(label: string, value: unknown, paint: Paint): TextNode {
  if (Array.isArray(value)) {
    const children = value.slice(0, MAX_ELEMENTS).map((element) => jsonNode("", element, paint));
    return { open: `${label}[`, children: withRest(children, value.length), close: "]" };
  }
  if (isObject(value)) {
    const entries = Object.entries(value);
    const children = entries
      .slice(0, MAX_ELEMENTS)
      .map(([key, entry]) => jsonNode(`${escapeText(key)}: `, entry, paint));
    return { open: `${label}{`, children: withRest(children, entries.length), close: "}" };
  }
  return label + (typeof value === "string" ? shortened(value) : String(value));
}

/** Printable bytes as text, `b"…"`; others as hexadecimal, `0x…`. Both with the count when they are many. */
export function bytesText(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, MAX_BYTES);
  const printable = shown.every((byte) => byte >= 0x20 && byte < 0x7f);
  const text = printable ? `b${quoteText(decodeLatin1(shown, 0, shown.length))}` : `0x${formatHex(shown)}`;
  return bytes.length <= MAX_BYTES ? text : `${text}… (${bytes.length} bytes)`;
}

export function shortened(text: string): string {
  if (text.length <= MAX_TEXT) return quoteText(text);
  return `${quoteText(text.slice(0, MAX_TEXT))}… (${text.length - MAX_TEXT} more characters: see --json)`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lines of at most `width` columns where the pieces allow it; each line begins with `indent`. */
export function layOut(nodes: readonly TextNode[], indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  const flush = () => {
    if (line !== "") lines.push(indent + line);
    line = "";
  };
  for (const node of nodes) {
    const flat = typeof node === "string" ? node : flatten(node, width - indent.length);
    if (flat !== null) {
      if (line !== "" && indent.length + visibleLength(line) + 2 + visibleLength(flat) > width) flush();
      line += line === "" ? flat : `  ${flat}`;
      continue;
    }
    flush();
    const block = node as TextBlock;
    lines.push(indent + block.open);
    append(lines, layOut(block.children, `${indent}  `, width));
    lines.push(indent + block.close);
  }
  flush();
  return lines;
}

/** On one line; null: it takes more than `room` columns. What is too long is not gone through to its end. */
function flatten(node: TextNode, room: number): string | null {
  if (typeof node === "string") return visibleLength(node) <= room ? node : null;
  const separator = node.open.endsWith("[") ? ", " : "  ";
  let left = room - visibleLength(node.open) - node.close.length;
  const parts: string[] = [];
  for (const child of node.children) {
    const part = flatten(child, left);
    if (part === null) return null;
    parts.push(part);
    left -= visibleLength(part) + separator.length;
  }
  const inside = parts.join(separator);
  const isSpaced = node.open.endsWith("{") && inside !== "";
  const flat = isSpaced ? `${node.open} ${inside} ${node.close}` : node.open + inside + node.close;
  return visibleLength(flat) <= room ? flat : null;
}

/** Columns that a text takes, colour codes left out. */
export function visibleLength(text: string): number {
  return text.replace(/\u001b\[[0-9;]*m/g, "").length;
}
