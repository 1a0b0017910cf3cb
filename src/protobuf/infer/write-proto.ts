/** Evidence → the text of a .proto file of one package. */
import type { MessageEvidence } from "./evidence.js";
import { type FieldKind, kindOf } from "./field-kind.js";
import type { MethodEvidence } from "./infer-schema.js";

export type Services = ReadonlyMap<string, ReadonlyMap<string, MethodEvidence>>;

export class ProtoWriter {
  private readonly messages: string[] = [];
  private readonly names = new Set<string>();
  /** Name that was wanted more than once → the number that its next bearer tries first. */
  private readonly nextNumbers = new Map<string, number>();
  /** Shape of a nested type → its name: types of the same shape are one. */
  private readonly nameByShape = new Map<string, string>();
  private holdsGroups = false;

  /** `edition`: write edition 2023 in place of proto3, which has no groups. */
  constructor(
    private readonly packageName: string,
    private readonly edition = false,
  ) {}

  write(services: Services): string {
    for (const service of services.keys()) this.names.add(service);
    const blocks = [...services].map(([service, methods]) => {
      const lines = [...methods].map(([name, method]) => this.method(name, method));
      return `service ${service} {\n${lines.join("\n")}\n}\n`;
    });
    if (this.holdsGroups && !this.edition) return new ProtoWriter(this.packageName, true).write(services);
    return [this.head(), ...blocks, ...this.messages].join("\n");
  }

  private head(): string {
    const lines = ["// Inferred from recorded messages: names of types and fields are made up."];
    lines.push(this.edition ? 'edition = "2023";' : 'syntax = "proto3";', "");
    if (this.packageName !== "") lines.push(`package ${this.packageName};`, "");
    if (this.edition) lines.push("option features.field_presence = IMPLICIT;", "");
    return lines.join("\n");
  }

  private method(name: string, { request, response, requestStream, responseStream }: MethodEvidence): string {
    const takes = this.message(this.freeName(`${name}Request`), request);
    const gives = this.message(this.freeName(`${name}Response`), response);
    return `  rpc ${name}(${requestStream ? "stream " : ""}${takes}) returns (${responseStream ? "stream " : ""}${gives});`;
  }

  private message(name: string, evidence: MessageEvidence): string {
    // The place of a type is before those that lie in it.
    const at = this.messages.push("") - 1;
    const { messages } = evidence;
    const comment = `// Seen ${messages === 1 ? "once" : `${messages} times`}.`;
    this.messages[at] = `${comment}\nmessage ${name} {\n${this.body(name, evidence)}}\n`;
    return name;
  }

  private body(name: string, evidence: MessageEvidence): string {
    const fields = [...evidence.fields].sort(([a], [b]) => a - b);
    return fields.map(([number, field]) => this.field(name, number, kindOf(field))).join("");
  }

  private field(owner: string, number: number, kind: FieldKind): string {
    const declared = `field_${number} = ${number}`;
    const comment = `  // ${kind.why}\n`;
    if (kind.map) return `${comment}  ${this.mapType(owner, number, kind)} ${declared};\n`;
    const label = kind.repeated ? "repeated " : kind.optional && !this.edition ? "optional " : "";
    return `${comment}  ${label}${this.typeName(owner, number, kind)} ${declared}${this.options(kind)};\n`;
  }

  private options(kind: FieldKind): string {
    if (kind.type === "group") return " [features.message_encoding = DELIMITED]";
    if (kind.optional && this.edition) return " [features.field_presence = EXPLICIT]";
    const packable = kind.repeated && kind.type !== "string" && kind.type !== "bytes" && kind.type !== "message";
    if (!packable || kind.packed) return "";
    return this.edition ? " [features.repeated_field_encoding = EXPANDED]" : " [packed = false]";
  }

  private mapType(owner: string, number: number, { message }: FieldKind): string {
    const [key, value] = [1, 2].map((n) => kindOf(message!.fields.get(n)!));
    return `map<${key.type}, ${this.typeName(owner, number, value)}>`;
  }

  private typeName(owner: string, number: number, { type, message }: FieldKind): string {
    if (type !== "message" && type !== "group") return type;
    if (type === "group") this.holdsGroups = true;
    const shape = message === null ? "" : shapeOf(message);
    const known = this.nameByShape.get(shape);
    if (known !== undefined) return known;
    const name = this.freeName(`${owner}Field${number}`);
    this.nameByShape.set(shape, name);
    if (message === null) this.messages.push(`message ${name} {}\n`);
    else this.message(name, message);
    return name;
  }

  private freeName(wanted: string): string {
    let name = wanted;
    if (this.names.has(wanted)) {
      let number = this.nextNumbers.get(wanted) ?? 2;
      do name = `${wanted}${number++}`;
      while (this.names.has(name));
      this.nextNumbers.set(wanted, number);
    }
    this.names.add(name);
    return name;
  }
}

/** Equal for messages that the same declaration explains. */
function shapeOf(message: MessageEvidence): string {
  const fields = [...message.fields].sort(([a], [b]) => a - b);
  return fields
    .map(([number, field]) => {
      const { type, repeated, packed, map, optional, message: nested } = kindOf(field);
      const flags = `${repeated ? "*" : ""}${packed ? "p" : ""}${map ? "m" : ""}${optional ? "?" : ""}`;
      return `${number}${type}${flags}${nested === null ? "" : `{${shapeOf(nested)}}`}`;
    })
    .join();
}
