/** protoc as the measure: what it makes of our sample schemas, and what it reads in random messages of theirs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeBase64 } from "../../src/bytes/base64.js";
import { LIMITS } from "../../src/limits.js";
import { decodeMessage } from "../../src/protobuf/decode.js";
import { type FieldReading, readFields } from "../../src/protobuf/field-reading.js";
import { Schema } from "../../src/protobuf/schema.js";
import type { FieldType, MessageType } from "../../src/protobuf/types.js";
import { messageBytes } from "../protobuf/random-schema.js";
import { describeWithPeers } from "../support/peers.js";
import { parseProtocText, type TextField, unquoteBytes } from "../support/protoc-text.js";

const FOLDER = "test/protobuf/schemas";
const FILES = ["kinds.proto", "legacy.proto"];
const schema = new Schema({
  protoFiles: FILES.map((path) => ({ path, text: readFileSync(`${FOLDER}/${path}`, "utf8") })),
});

function protoc(args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync("protoc", args, { input, maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

/** One message that holds each of many, so that one run of protoc reads them all. */
function sample(typeName: string, count: number): Uint8Array[] {
  const type = schema.message(typeName)!;
  return fc
    .sample(messageBytes(type, { canonical: true }), { numRuns: count, seed: 7 })
    .map((list) => Uint8Array.from(list));
}

describeWithPeers(["protoc"], "protoc", () => {
  test("its descriptors of our sample schemas are the types that we parse, lines included", () => {
    const folder = mkdtempSync(join(tmpdir(), "protoc-"));
    const file = join(folder, "samples.pb");
    protoc([`-I${FOLDER}`, "--include_imports", "--include_source_info", `-o${file}`, ...FILES]);
    const bytes = readFileSync(file);
    rmSync(folder, { recursive: true });
    const described = new Schema({ descriptorSets: [{ path: "protoc", bytes }] });
    expect(described.warnings).toEqual([]);
    expect(described.services()).toEqual(schema.services());
    for (const name of [
      "kinds.Scalars",
      "kinds.Repeated",
      "kinds.Everything",
      "kinds.WellKnown",
      "legacy.Record",
      "legacy.Record.Item.Deep",
    ]) {
      const [ours, theirs] = [schema, described].map((source) => source.message(`samples.${name}`)!);
      expect(theirs.fields.map(plain)).toEqual(ours.fields.map(plain));
      expect([theirs.file, theirs.line]).toEqual([ours.file, ours.line]);
    }
  });

  test.each(["samples.kinds.Scalars", "samples.kinds.Repeated", "samples.legacy.Record"])(
    "--decode=%s reads the values that we read",
    (typeName) => {
      const type = schema.message(typeName)!;
      for (const bytes of sample(typeName, 12)) {
        const text = protoc([`-I${FOLDER}`, `--decode=${typeName}`, ...FILES], bytes).toString();
        const options = { schema, limits: LIMITS, emitDefaults: false };
        const json = JSON.parse(decodeMessage(type, bytes, 0, bytes.length, options).json);
        expect(sorted(fieldsOf(type, json))).toEqual(sorted(valuesOf(type, parseProtocText(text))));
      }
    },
  );

  test.each(["samples.kinds.Scalars", "samples.kinds.Everything", "samples.legacy.Record"])(
    "--decode_raw of %s: its reading of each field is among ours",
    (typeName) => {
      for (const bytes of sample(typeName, 12)) {
        const text = protoc(["--decode_raw"], bytes).toString();
        const { fields, complete } = readFields(bytes, 0, bytes.length, LIMITS);
        expect(complete).toBe(true);
        expectAmong(parseProtocText(text), fields);
      }
    },
  );
});

function plain({ messageType, enumType, ...rest }: FieldType): object {
  const entry = rest.map ? messageType!.fields.map(plain) : null;
  // The places of the bundled files differ, and the entries of maps have none of their own.
  const line = messageType?.fullName.startsWith("google.") ? null : rest.line;
  return { ...rest, line, entry, message: rest.map ? null : messageType?.fullName, enum: enumType?.fullName };
}

/** A value to compare: [name, scalar as text or fields]. */
type Named = readonly [string, unknown];

function sorted(fields: readonly Named[]): string[] {
  return fields.map((field) => JSON.stringify(field)).sort();
}

/** Our JSON as protoc's names and values. */
function fieldsOf(type: MessageType, json: Record<string, unknown>): Named[] {
  return type.fields.flatMap((field): Named[] => {
    const value = json[field.jsonName];
    if (value === undefined) return [];
    if (field.map) {
      const [key, held] = field.messageType!.fields;
      return Object.entries(value as object).map(([k, v]) => [
        field.name,
        sorted([
          ["key", scalarText(key, k)],
          ["value", valueText(held, v)],
        ]),
      ]);
    }
    const values = field.repeated ? (value as unknown[]) : [value];
    return values.map((item) => [nameInText(field), valueText(field, item)]);
  });
}

function valueText(field: FieldType, value: unknown): unknown {
  const { messageType } = field;
  return messageType === null
    ? scalarText(field, value)
    : sorted(fieldsOf(messageType, value as Record<string, unknown>));
}

function scalarText(field: FieldType, value: unknown): string {
  return field.type === "float" ? String(Math.fround(Number(value))) : String(value);
}

/** What protoc printed, in the same form. */
function valuesOf(type: MessageType, fields: readonly TextField[]): Named[] {
  return fields.map(({ name, value }): Named => {
    const field = type.fields.find((candidate) => nameInText(candidate) === name);
    if (field === undefined) throw new Error(`protoc reads ${name}: ${value}, which ${type.fullName} does not have`);
    if (typeof value !== "string") return [name, sorted(valuesOf(field.messageType!, value))];
    switch (field.type) {
      case "string":
        return [name, new TextDecoder().decode(unquoteBytes(value))];
      case "bytes":
        return [name, encodeBase64(unquoteBytes(value))];
      case "float":
        return [name, String(Math.fround(numberOf(value)))];
      case "double":
        return [name, String(numberOf(value))];
      default:
        return [name, value];
    }
  });
}

function numberOf(text: string): number {
  return Number(text.replace("inf", "Infinity").replace("nan", "NaN"));
}

/** A group goes by its type's name, an extension by its full name in brackets. */
function nameInText(field: FieldType): string {
  if (field.extension) return field.jsonName;
  return field.type === "group" ? field.messageType!.fullName.replace(/^.*\./, "") : field.name;
}

function expectAmong(theirs: readonly TextField[], ours: readonly FieldReading[]): void {
  expect(ours.map(({ number }) => String(number))).toEqual(theirs.map(({ name }) => name));
  for (const [i, { value }] of theirs.entries()) {
    const { readings, wireType } = ours[i];
    const reading = (...names: string[]) => readings.find(({ as }) => names.includes(as))?.value;
    if (typeof value !== "string") {
      expectAmong(value, reading("message", "group") as FieldReading[]);
    } else if (wireType === "varint") expect(reading("uint64")).toBe(value);
    else if (wireType === "i32") expect(reading("fixed32")).toBe(Number(value));
    else if (wireType === "i64") expect(reading("fixed64")).toBe(String(BigInt(value)));
    else {
      const bytes = unquoteBytes(value);
      const text = reading("string");
      if (text !== undefined) expect(text).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
      else if (reading("bytes") !== undefined) expect(reading("bytes")).toBe(encodeBase64(bytes));
    }
  }
}
