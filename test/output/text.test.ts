/** `--format text` of values that were not made for it. */
import { describe, expect, test } from "@jest/globals";
import { encodeBase64 } from "../../src/bytes/base64.js";
import { ReflectedSchemas } from "../../src/call/reflected-schemas.js";
import { LIMITS } from "../../src/limits.js";
import { ParsedDescriptor } from "../../src/protobuf/descriptor-pool.js";
import { Schema } from "../../src/protobuf/schema.js";
import { WireWriter } from "../../src/protobuf/wire-writer.js";
import { lenField, textField, varintField } from "../protobuf/wire-bytes.js";
import { textOf } from "../support/call-text.js";
import { CLIENT, listen, SERVER } from "../support/conversation.js";
import { concat, data, grpcRequest, grpcResponse, grpcTrailers, headers, message } from "../support/frames.js";

const END = { endStream: true };

function texts(schema: Schema, path: string, ...bodies: Uint8Array[]): string[] {
  const steps = bodies.flatMap((body, i) => {
    const stream = 2 * i + 1;
    const frames: Uint8Array[] = [];
    const bytes = message(body);
    for (let at = 0; at < bytes.length; at += 16_384) frames.push(data(stream, bytes.subarray(at, at + 16_384)));
    return [
      [CLIENT, concat(headers(stream, grpcRequest(path)), ...frames, data(stream, [], END))],
      [SERVER, concat(headers(stream, grpcResponse), headers(stream, grpcTrailers(0), END))],
    ] as const;
  });
  return listen(steps, { schema }).calls.map((call) => textOf(call, { width: 80 }));
}

function schemaOf(text: string): Schema {
  return new Schema({ protoFiles: [{ path: "t.proto", text }] });
}

test("fields that JavaScript's objects have too, left out on the wire, show their defaults", () => {
  const schema = schemaOf(
    `syntax = "proto3"; message M { string constructor = 1; int32 to_string = 2; int32 value_of = 3; }
      service S { rpc Call(M) returns (M); }`,
  );
  expect(texts(schema, "/S/Call", new Uint8Array(0))[0]).toMatch(
    /constructor: "" \(default\)\s+to_string: 0 \(default\)\s+value_of: 0 \(default\)/,
  );
});

describe("very many fields", () => {
  const strings = Uint8Array.from(Array.from({ length: 150_000 }, () => textField(1, "abc")).flat());

  test("without a schema: more than fit the stack", () => {
    expect(texts(Schema.empty, "/a.B/C", strings)[0].split('1: "abc"')).toHaveLength(150_001);
  });

  test("of very many fields that the schema does not know the first are listed", () => {
    const numbers = Array.from({ length: 3_000 }, (_, i) => varintField(i + 2, 1)).flat();
    const schema = schemaOf('syntax = "proto3"; message M { int32 a = 1; } service S { rpc Call(M) returns (M); }');
    const [text] = texts(schema, "/S/Call", Uint8Array.from(numbers));
    // Told of the record of the call, which was made before.
    expect(text).toMatch(/! field 2, 3, .*, 21 and 981 more of M: as told of an earlier message/);
  });
});

describe("names from descriptors that went over the wire", () => {
  const named = (name: string) => {
    const field = new WireWriter().text(1, "a").len(3, Uint8Array.of()).finish();
    const message = new WireWriter().text(1, name).len(2, field).finish();
    return new WireWriter().text(1, `${name}.proto`).len(4, message).finish();
  };

  test.each(["M\u001b]0;x\u0007", "", "a b", "é", "9", "x".repeat(1_001)])(
    "%j is none: it declares nothing",
    (name) => {
      expect(new ParsedDescriptor(named(name)).messages).toEqual([]);
    },
  );

  test("the usual ones are", () => {
    expect(new ParsedDescriptor(named("_Order9")).messages).toEqual(["_Order9"]);
  });

  test("fields, values and methods by other names are passed over", () => {
    const bad = "x\u001b[2J";
    const field = (name: string, number: number) => [
      ...textField(1, name),
      ...varintField(3, number),
      ...varintField(4, 1),
      ...varintField(5, 5),
    ];
    const file = [
      ...textField(1, "f.proto"),
      ...lenField(4, [...textField(1, "M"), ...lenField(2, field(bad, 1)), ...lenField(2, field("good", 2))]),
      ...lenField(5, [...textField(1, "E"), ...lenField(2, textField(1, bad)), ...lenField(2, textField(1, "A"))]),
      ...lenField(6, [...textField(1, "S"), ...lenField(2, textField(1, bad)), ...lenField(2, textField(1, "Call"))]),
    ];
    const bytes = Uint8Array.from(file);
    const { methods, file: declared } = new ParsedDescriptor(bytes);
    expect(methods).toEqual(["/S/Call"]);
    expect(declared.messages[0].fields.map(({ name }) => name)).toEqual(["good"]);
    expect(declared.enums[0].values).toEqual([["A", 0]]);
    const reflected = new ReflectedSchemas(LIMITS.maxReflectedBytes);
    const fileDescriptorProto = [encodeBase64(bytes)];
    expect(reflected.learn("a:1", { fileDescriptorResponse: { fileDescriptorProto } })).toBe(true);
  });
});
