/** What calls teach about each other: readings over all messages of a method, reflection answers, counts of what did not fit. */
import { describe, expect, test } from "@jest/globals";
import { encodeBase64 } from "../../src/bytes/base64.js";
import { ReflectedSchemas } from "../../src/call/reflected-schemas.js";
import type { InspectorOptions } from "../../src/engine/inspector.js";
import { LIMITS } from "../../src/limits.js";
import { toDescriptorSet } from "../../src/protobuf/schema/write-schema.js";
import { Schema } from "../../src/protobuf/schema.js";
import { WireWriter } from "../../src/protobuf/wire-writer.js";
import { lenField, textField, varintField } from "../protobuf/wire-bytes.js";
import { CLIENT, type Heard, listen, SERVER, type Step } from "../support/conversation.js";
import { descriptorsOf } from "../support/descriptors.js";
import { concat, data, grpcRequest, grpcResponse, grpcTrailers, headers, message } from "../support/frames.js";
import { growth, SQUARE } from "../support/growth.js";

const END = { endStream: true };

function call(stream: number, path: string, request: readonly number[], response: readonly number[] = []): Step[] {
  const [takes, gives] = [request, response].map((body) => message(Uint8Array.from(body)));
  return [
    [CLIENT, concat(headers(stream, grpcRequest(path)), data(stream, takes, END))],
    [SERVER, concat(headers(stream, grpcResponse), data(stream, gives), headers(stream, grpcTrailers(0), END))],
  ];
}

const unknown: Partial<InspectorOptions> = { schema: Schema.empty };
const held: Partial<InspectorOptions> = { ...unknown, holdUnexplained: true };

/** The likeliest reading of the first field of each request. */
function first({ records }: Heard): unknown[] {
  return records.map(
    ({ request }) => (request.messages[0].fields![0] as { readings: { as: string }[] }).readings[0].as,
  );
}

describe("readings of a method without a schema", () => {
  // By itself the first one reads as a message.
  const steps = [
    ...call(1, "/a.B/C", textField(1, "\n\u0003abc")),
    ...call(3, "/a.B/C", textField(1, "hello")),
    ...call(5, "/a.B/D", textField(1, "\n\u0003abc")),
  ];

  test("are in the order of their likelihood over all its messages, those to come included", () => {
    expect(first(listen(steps, held))).toEqual(["string", "string", "message"]);
  });

  test("where nothing is held back: over those that came before", () => {
    expect(first(listen(steps, unknown))).toEqual(["message", "string", "message"]);
  });

  test("past maxHeldCallBytes calls go on as they come", () => {
    const limits = { maxHeldCallBytes: 1_200 };
    expect(first(listen(steps, { ...held, limits }))).toEqual(["string", "string", "message"]);
    expect(first(listen(steps, { ...held, limits: { maxHeldCallBytes: 1_000 } }))[0]).toBe("message");
  });
});

const TEXTS = {
  "shop.proto": `syntax = "proto3"; package shop; import "item.proto"; service Shop { rpc Buy(Item) returns (Receipt); }
    message Receipt { string text = 1; }`,
  "item.proto": 'syntax = "proto3"; package shop; message Item { int32 price = 1; }',
};
const schema = new Schema({ protoFiles: Object.entries(TEXTS).map(([path, text]) => ({ path, text })) });

/** The files as one message of server reflection: a descriptor set has them in field 1, as FileDescriptorResponse does. */
function reflection(stream: number, of: Schema, version: string): Step[] {
  const response = new WireWriter().text(1, "host").len(4, toDescriptorSet(of)).finish();
  const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  return call(stream, path, textField(4, "shop.Shop"), [...response]);
}

describe("reflection answers in the input", () => {
  const buy = (stream: number) => call(stream, "/shop.Shop/Buy", varintField(1, 7), textField(1, "thanks"));
  const values = ({ records }: Heard) =>
    records
      .filter(({ path }) => path === "/shop.Shop/Buy")
      .map(({ kind, request, response }) => [kind, request.messages[0].value, response.messages[0].value]);
  const bought = ["unary", { price: 7 }, { text: "thanks" }];

  test.each(["v1", "v1alpha"])("%s: are used for the calls around them", (version) => {
    const heard = listen([...buy(1), ...reflection(3, schema, version), ...buy(5)], held);
    expect(values(heard)).toEqual([bought, bought]);
    expect(heard.inspector.reflected.map(({ server, files }) => [server, files.length])).toEqual([
      ["127.0.0.1:50051", 2],
    ]);
    // Asked for again, nothing is kept twice.
    const again = listen([...reflection(1, schema, version), ...reflection(3, schema, version)], held);
    expect(again.inspector.reflected[0].files).toHaveLength(2);
  });

  test("where nothing is held back: for those behind", () => {
    const heard = listen([...buy(1), ...reflection(3, schema, "v1"), ...buy(5)], unknown);
    expect(values(heard)).toEqual([[null, null, null], bought]);
  });

  test("what the user gave comes first", () => {
    const other = new Schema({
      protoFiles: [
        {
          path: "mine.proto",
          text: `syntax = "proto3"; package shop; service Shop { rpc Buy(Mine) returns (Mine); }
            message Mine { int64 mine = 1; }`,
        },
      ],
    });
    const heard = listen([...reflection(1, schema, "v1"), ...buy(3)], { schema: other });
    expect(heard.records[1].request.messages[0]).toMatchObject({ type: "shop.Mine", value: { mine: "7" } });
  });

  test("past maxReflectedBytes nothing more is learnt", () => {
    const limits = { maxReflectedBytes: 300 };
    const heard = listen([...reflection(1, schema, "v1"), ...buy(3)], { ...unknown, limits });
    expect(heard.inspector.reflected.flatMap(({ files }) => files)).toHaveLength(0);
    expect(values(heard)).toEqual([[null, null, null]]);
    expect(heard.records[0].diagnostics.map(({ code }) => code)).toEqual(["GRPC_REFLECTION_LIMIT"]);
  });

  test("many of them, and calls in between, cost what they are, not their square", async () => {
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const reflect = (times: number) => {
      const steps = Array.from({ length: times }, (_, i) => {
        const file = new WireWriter().len(4, new WireWriter().len(1, Uint8Array.from(textField(1, `${i}`))).finish());
        return [...call(4 * i + 1, path, textField(4, "x"), [...file.finish()]), ...call(4 * i + 3, "/a.B/C", [])];
      });
      const { inspector } = listen(steps.flat(), unknown);
      expect(inspector.reflected[0].files).toHaveLength(times);
    };
    expect(await growth(300, reflect)).toBeLessThan(SQUARE);
  });

  test("of two servers each call is read by what its own told, others by the first that told of them", () => {
    const other = {
      "other.proto": `syntax = "proto3"; package shop; service Shop { rpc Buy(Mine) returns (Mine); }
        message Mine { int64 mine = 1; }`,
    };
    const reflected = new ReflectedSchemas(LIMITS.maxReflectedBytes);
    for (const [server, texts] of Object.entries({ "a:1": TEXTS, "b:1": other })) {
      const fileDescriptorProto = Object.values(descriptorsOf(texts)).map((bytes) => encodeBase64(bytes));
      expect(reflected.learn(server, { fileDescriptorResponse: { fileDescriptorProto } })).toBe(true);
    }
    const request = (server: string | null) => reflected.method("/shop.Shop/Buy", server)?.request?.fullName;
    expect([request("a:1"), request("b:1"), request("c:1"), request(null)]).toEqual([
      "shop.Item",
      "shop.Mine",
      "shop.Item",
      "shop.Item",
    ]);
    expect(reflected.message("shop.Mine")?.fields.map(({ name }) => name)).toEqual(["mine"]);
  });

  test("damaged ones cost what they declare", () => {
    const junk = [...new WireWriter().len(4, new WireWriter().len(1, Uint8Array.of(0xff, 1, 2)).finish()).finish()];
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const heard = listen([...call(1, path, textField(4, "x"), junk), ...reflection(3, schema, "v1"), ...buy(5)], held);
    expect(values(heard)).toEqual([bought]);
    expect(encodeBase64(heard.inspector.reflected[0].files[0])).toBe("/wEC");
  });
});

describe("a stale schema", () => {
  const stale = new Schema({
    protoFiles: [
      {
        path: "stale.proto",
        text: `syntax = "proto3";
          service Cal { rpc Add(Pair) returns (Pair); rpc Say(Pair) returns (Pair); }
          message Pair {
            string a = 1;
            int32 b = 2;
          }`,
      },
    ],
  });
  const body = [...varintField(1, 5), ...textField(2, "x"), ...varintField(3, 1)];
  const steps = [
    ...call(1, "/Cal/Add", body),
    ...call(3, "/Cal/Add", body),
    ...call(5, "/Cal/Say", lenField(1, [0xff])),
  ];

  test("is told once for each field and method, with its line and how many messages it touched", () => {
    const { inspector } = listen(steps, { schema: stale });
    expect(
      inspector.schemaProblems.map(({ path, code, values, messages }) => [path, code, values.place, messages]),
    ).toEqual([
      ["/Cal/Add", "PROTOBUF_WIRE_TYPE", "stale.proto:4", 2],
      ["/Cal/Add", "PROTOBUF_WIRE_TYPE", "stale.proto:5", 2],
      ["/Cal/Add", "PROTOBUF_FIELD_UNKNOWN", "stale.proto:3", 2],
      ["/Cal/Say", "PROTOBUF_UTF8_INVALID", "stale.proto:4", 1],
    ]);
  });

  test.each([false, true])(
    "never shows what is on the wire in another form as a value (emitDefaults: %s)",
    (emitDefaults) => {
      const { records } = listen(steps, { schema: stale, emitDefaults });
      expect(records[0].request.messages[0]).toMatchObject({
        value: {},
        fields: [
          { number: 1, in: "Pair", readings: [{ as: "uint64", value: "5" }, { as: "sint64" }] },
          { number: 2, in: "Pair", readings: [{ as: "string", value: "x" }, { as: "bytes" }] },
          { number: 3, in: "Pair" },
        ],
      });
      expect(Object.keys(records[0].request.messages[0].value as object)).toEqual([]);
    },
  );
});
