/** A message without a schema → text for people: `1: 100 (uint64)  2: "abc"  3 { 1: 7 (uint64) }`, the likeliest reading of each. */
import type { FieldReading } from "../protobuf/field-reading.js";
import { quoteText } from "./escape.js";
import type { Paint } from "./paint.js";
import type { TextNode } from "./text-value.js";

export function fieldNodes(fields: readonly FieldReading[], paint: Paint): TextNode[] {
  return fields.map(({ number, readings }) => {
    const { as, value } = readings[0];
    if (as === "message" || as === "group") {
      return { open: `${number} {`, children: fieldNodes(value as FieldReading[], paint), close: "}" };
    }
    if (Array.isArray(value)) return { open: `${number} [`, children: value.map(String), close: "]" };
    if (as === "string") return `${number}: ${quoteText(String(value))}`;
    return `${number}: ${String(value)} ${paint("dim", `(${as})`)}`;
  });
}
