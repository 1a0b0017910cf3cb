/** What did not fit while a message was decoded: the code and values of a diagnostic, told once per field. */
import type { Values } from "../diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../diagnostics/table.js";
import type { FieldType, MessageType } from "./types.js";

export type ProtobufCode = Extract<DiagnosticCode, `PROTOBUF_${string}`>;

export interface DecodeProblem {
  readonly code: ProtobufCode;
  readonly values: Values;
  /** Offset in the message body at which it was first seen. */
  readonly at: number;
  /** How often it was seen in this message: 1 or more. */
  count: number;
}

/** Different fields that are told apart in one message, for each code: no type has more, but the wire may. */
const MAX_DIFFERENT = 1_000;

/** Collects problems; the same code for the same field of the same type is counted, not repeated. */
export class ProblemList {
  readonly problems: DecodeProblem[] = [];
  /** By code, field and type; by the code alone for those past MAX_DIFFERENT. */
  private readonly seen = new Map<string, DecodeProblem>();
  private readonly different = new Map<ProtobufCode, number>();

  add(code: ProtobufCode, at: number, type: MessageType, field: number, values: Values): void {
    const own = `${code} ${field} ${type.fullName}`;
    const different = this.different.get(code) ?? 0;
    const key = different < MAX_DIFFERENT || this.seen.has(own) ? own : code;
    const known = this.seen.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    this.different.set(code, different + 1);
    const problem: DecodeProblem = { code, values: { type: type.fullName, ...values }, at, count: 1 };
    this.seen.set(key, problem);
    this.problems.push(problem);
  }
}

/** "SimpleCal.proto:12", "SimpleCal.proto", or "the schema". */
export function placeOf(type: MessageType, field: FieldType | null = null): string {
  if (type.file === null) return "the schema";
  const line = field === null ? type.line : field.line;
  return line === null ? type.file : `${type.file}:${line}`;
}

/** The type as a .proto file writes it: "repeated int32", "map<string, shop.v1.Item>". */
export function declaredType(field: FieldType): string {
  if (field.map) {
    const [key, value] = [field.messageType?.fieldByNumber.get(1), field.messageType?.fieldByNumber.get(2)];
    return key && value ? `map<${declaredType(key)}, ${declaredType(value)}>` : "a map";
  }
  const name = field.messageType?.fullName ?? field.enumType?.fullName ?? field.type;
  return `${field.repeated ? "repeated " : ""}${field.type === "group" ? "group " : ""}${name}`;
}
