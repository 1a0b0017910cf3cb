/** MessageTree → canonical ProtoJSON: fields in the order of their declaration, map entries in that of the wire. */
import type { FieldType, TypeRegistry } from "../types.js";
import type { MessageTree, TreeValue } from "./message-tree.js";
import type { TreeReader } from "./read-tree.js";
import { formOf, isAny } from "./well-known.js";

export class TreeWriter {
  /** Number and type of the first `noted` unknown fields of the reader. */
  private readonly onWire = new Set<string>();
  private noted = 0;

  /** Problems go to `reader`, which also decodes what an Any holds. */
  constructor(
    private readonly reader: TreeReader,
    private readonly registry: TypeRegistry | null,
    private readonly emitDefaults: boolean,
  ) {}

  readonly write = (tree: MessageTree): string => {
    const { type } = tree;
    const form = formOf(type);
    if (form !== null) {
      const json = form(tree, this.write);
      if (json !== null) return json;
      this.reader.problem("PROTOBUF_WELL_KNOWN_RANGE", tree.at, type, null, {});
    }
    return isAny(type) ? this.any(tree) : `{${this.members(tree).join(",")}}`;
  };

  private members(tree: MessageTree): string[] {
    const members: string[] = [];
    for (const field of tree.type.fields) {
      const value = this.fieldJson(tree, field);
      if (value !== null) members.push(`${JSON.stringify(field.jsonName)}:${value}`);
    }
    return members;
  }

  /** null: nothing to show. */
  private fieldJson(tree: MessageTree, field: FieldType): string | null {
    const value = tree.values.get(field);
    if (value === undefined) {
      if (field.required) this.reader.problem("PROTOBUF_REQUIRED_MISSING", tree.at, tree.type, field, {});
      return this.emitDefaults && !field.presence && !this.isOnWire(tree, field)
        ? JSON.stringify(field.defaultJson)
        : null;
    }
    if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}:${this.valueJson(item)}`).join(",")}}`;
    if (Array.isArray(value)) return `[${value.map((item) => this.valueJson(item)).join(",")}]`;
    const json = this.valueJson(value);
    return field.presence || this.emitDefaults || json !== JSON.stringify(field.defaultJson) ? json : null;
  }

  /** In a form that the type does not explain: then it is not known to be the default. */
  private isOnWire({ type }: MessageTree, { number }: FieldType): boolean {
    const { unknown } = this.reader;
    // What an Any holds is read while this is written.
    for (; this.noted < unknown.length; this.noted++) {
      const reading = unknown[this.noted];
      this.onWire.add(`${reading.number} ${reading.in}`);
    }
    return this.onWire.has(`${number} ${type.fullName}`);
  }

  private valueJson(value: TreeValue): string {
    return typeof value === "string" ? value : this.write(value);
  }

  /** ProtoJSON, Any: the message itself with "@type" in front, or "value" where its JSON is no plain object. */
  private any(tree: MessageTree): string {
    const { type } = tree;
    const url = tree.values.get(type.fieldByNumber.get(1)!) as string | undefined;
    if (url === undefined) return `{${this.members(tree).join(",")}}`;
    const name = JSON.parse(url) as string;
    const held = this.registry?.message(name.slice(name.lastIndexOf("/") + 1)) ?? null;
    if (held === null || tree.depth === 0) {
      if (held === null) this.reader.problem("PROTOBUF_ANY_UNKNOWN", tree.at, type, null, { url: name });
      const value = tree.values.get(type.fieldByNumber.get(2)!) as string | undefined;
      return value === undefined ? `{"@type":${url}}` : `{"@type":${url},"value":${value}}`;
    }
    const inner = this.reader.read(held, tree.anyFrom, tree.anyTo, tree.depth - 1);
    if (formOf(held) !== null || isAny(held)) return `{"@type":${url},"value":${this.write(inner)}}`;
    return `{${[`"@type":${url}`, ...this.members(inner)].join(",")}}`;
  }
}
