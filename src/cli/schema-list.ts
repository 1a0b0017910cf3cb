/** A schema → its services, methods and messages, as lines for people or as JSON lines. */
import { escapeText } from "../output/escape.js";
import type { Write } from "../output/output.js";
import type { Paint } from "../output/paint.js";
import type { Schema } from "../protobuf/schema.js";
import type { MethodType } from "../protobuf/types.js";

interface ListedMethod {
  readonly name: string;
  readonly kind: MethodType["kind"];
  /** null: the schema names the type and does not hold it. */
  readonly request: string | null;
  readonly response: string | null;
}

/** `service Cal  proto/SimpleCal.proto:3`, then its methods; `message AddRequest  proto/SimpleCal.proto:8`. */
export function listSchema(schema: Schema, write: Write, paint: Paint): void {
  for (const { fullName, file, line, methods } of schema.services()) {
    write(`service ${paint("bold", escapeText(fullName))}  ${paint("dim", place(schema, file, line))}\n`);
    for (const method of methodsOf(schema, fullName, methods)) write(`  ${escapeText(rpc(method))}\n`);
  }
  for (const { fullName, file, line } of schema.messages())
    write(`message ${paint("cyan", escapeText(fullName))}  ${paint("dim", place(schema, file, line))}\n`);
}

/** `{"kind": "service", "name": "Cal", "file": "SimpleCal.proto", "line": 3, "from": "proto/SimpleCal.proto", "methods": […]}` */
export function listSchemaAsJson(schema: Schema, write: Write): void {
  for (const { fullName: name, file, line, methods } of schema.services()) {
    const from = schema.originOf(file);
    write(
      `${JSON.stringify({ kind: "service", name, file, line, from, methods: methodsOf(schema, name, methods) })}\n`,
    );
  }
  for (const { fullName: name, file, line } of schema.messages())
    write(`${JSON.stringify({ kind: "message", name, file, line, from: schema.originOf(file) })}\n`);
}

function methodsOf(schema: Schema, service: string, names: readonly string[]): ListedMethod[] {
  return names.map((name) => {
    const method = schema.method(`/${service}/${name}`);
    const [request, response] = [method?.request?.fullName ?? null, method?.response?.fullName ?? null];
    return { name, kind: method?.kind ?? null, request, response };
  });
}

function rpc({ name, kind, request, response }: ListedMethod): string {
  const takes = kind === "client_streaming" || kind === "bidi_streaming" ? "stream " : "";
  const gives = kind === "server_streaming" || kind === "bidi_streaming" ? "stream " : "";
  return `rpc ${name}(${takes}${request ?? "?"}) returns (${gives}${response ?? "?"})`;
}

/** "proto/SimpleCal.proto:3"; of a descriptor set or a server also the name of the file in it: "image.binpb, shop.proto:3". */
function place(schema: Schema, file: string, line: number | null): string {
  const from = schema.originOf(file);
  const at = line === null ? "" : `:${line}`;
  return escapeText(from.endsWith(file) ? `${from}${at}` : `${from}, ${file}${at}`);
}
