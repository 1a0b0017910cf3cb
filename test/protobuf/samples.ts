/** The schemas of the decoder's tests, and a decode that holds both paths against each other. */
import { readFileSync } from "node:fs";
import { expect } from "@jest/globals";
import { formatDiagnostic } from "../../src/diagnostics/diagnostic.js";
import { LIMITS } from "../../src/limits.js";
import { type DecodedMessage, decodeExactly, decodeMessage } from "../../src/protobuf/decode.js";
import { Schema } from "../../src/protobuf/schema.js";

const folder = new URL("schemas/", import.meta.url);
const files = ["kinds.proto", "legacy.proto", "edition.proto"];
export const schema = new Schema({
  protoFiles: [
    ...files.map((path) => ({ path, text: readFileSync(new URL(path, folder), "utf8") })),
    {
      path: "SimpleCal.proto",
      text: 'syntax = "proto3";\n\nmessage AddRequest {\n  int32 number1 = 1;\n  int32 number2 = 2;\n}\n',
    },
  ],
});
const options = { schema, limits: LIMITS, emitDefaults: false };

/** Both paths, which must agree. */
export function decode(typeName: string, bytes: number[], overrides: Partial<typeof options> = {}): DecodedMessage {
  const type = schema.message(typeName)!;
  const all = { ...options, ...overrides };
  const exact = decodeExactly(type, Uint8Array.from(bytes), 0, bytes.length, all);
  expect(decodeMessage(type, Uint8Array.from(bytes), 0, bytes.length, all)).toEqual(exact);
  return exact;
}

export const sentences = ({ problems }: DecodedMessage) =>
  problems.map(({ code, values }) => formatDiagnostic(code, values));
export const codes = ({ problems }: Pick<DecodedMessage, "problems">) => problems.map(({ code }) => code);
