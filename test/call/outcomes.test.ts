import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { CLIENT, listen, SERVER, type Step } from "../support/conversation.js";
import {
  block,
  concat,
  data,
  goaway,
  grpcRequest,
  grpcResponse,
  grpcTrailers,
  headers,
  indexed,
  message,
  rstStream,
} from "../support/frames.js";

const PAIR = Uint8Array.of(0x08, 100, 0x10, 0xac, 0x02);
const pair = { a: 100, b: 300 };
const CANCEL = 8;
const END = { endStream: true };

const request = (stream = 1, path = "/Cal/Add"): Step => [
  CLIENT,
  concat(headers(stream, grpcRequest(path)), data(stream, message(PAIR), END)),
];
const response = (stream = 1, status = 0): Step => [
  SERVER,
  concat(headers(stream, grpcResponse), data(stream, message(PAIR)), headers(stream, grpcTrailers(status), END)),
];
const reset = (stream: number, code: number) => rstStream(stream, code);

describe("a unary call", () => {
  test("request, response, trailers", () => {
    const { records, diagnostics } = listen([request(), response()]);
    expect(diagnostics).toEqual([]);
    expect(records).toMatchObject([
      {
        id: 1,
        path: "/Cal/Add",
        pathSource: "observed",
        service: "Cal",
        method: "Add",
        kind: "unary",
        client: "127.0.0.1:40000",
        server: "127.0.0.1:50051",
        stream: 1,
        durationMs: 1,
        outcome: "ok",
        status: { code: 0, name: "OK", message: "", details: [] },
        request: { messages: [{ index: 0, type: "Pair", size: 5, wireSize: 5, value: pair, packets: [] }], bytes: 5 },
        response: { messages: [{ value: pair, complete: true, fields: null, raw: null }], messageCount: 1 },
        diagnostics: [],
      },
    ]);
  });

  test("cut anywhere, the records are the same", () => {
    const steps = [request(), response(), request(3), response(3, 5)];
    const whole = JSON.stringify(listen(steps).records);
    const bytewise = listen(steps, {}, (bytes) => [...bytes].map((byte) => Uint8Array.of(byte)));
    expect(JSON.stringify(bytewise.records)).toBe(whole);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(JSON.stringify(listen(steps, {}, (bytes) => cutInto(bytes, sizes)).records)).toBe(whole);
      }),
    );
  });

  test("Trailers-Only: the one block is the trailers", () => {
    const only = block(
      [":status", "200"],
      ["content-type", "application/grpc"],
      ["grpc-status", "11"],
      ["grpc-message", "5%25"],
    );
    const { records } = listen([request(), [SERVER, headers(1, only, END)]]);
    expect(records).toMatchObject([
      {
        outcome: "error",
        status: { code: 11, name: "OUT_OF_RANGE", message: "5%" },
        response: { headers: null, messages: [] },
      },
    ]);
    expect(records[0].response.trailers).toMatchObject({ ":status": "200", "grpc-status": "11" });
  });

  test("an interim response is passed over (RFC 9110 §15.2)", () => {
    const { records } = listen([request(), [SERVER, headers(1, block([":status", "103"]))], response()]);
    expect(records).toMatchObject([{ outcome: "ok", response: { headers: { ":status": "200" } } }]);
  });
});

/** Pieces of these sizes, over and over. */
function cutInto(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieces[pieces.length - 1].length)
    pieces.push(bytes.slice(at, at + sizes[pieces.length % sizes.length]));
  return pieces;
}

describe("how a call ends: the outcomes of the contract", () => {
  const begun: Step = [SERVER, concat(headers(1, grpcResponse), data(1, message(PAIR)))];
  test.each<[string, Step[], object]>([
    ["grpc-status 0", [request(), response()], { outcome: "ok" }],
    ["grpc-status 5", [request(), response(1, 5)], { outcome: "error", status: { name: "NOT_FOUND" } }],
    [
      "a status without a name",
      [request(), response(1, 77)],
      { outcome: "error", status: { code: 77, name: "CODE_77" } },
    ],
    [
      "RST_STREAM CANCEL by the client",
      [request(), begun, [CLIENT, reset(1, CANCEL)]],
      { outcome: "cancelled", status: null },
    ],
    ["RST_STREAM with another code", [request(), [SERVER, reset(1, 2)]], { outcome: "reset", status: null }],
    [
      "RST_STREAM NO_ERROR behind the trailers",
      [[CLIENT, headers(1, grpcRequest("/Cal/Chat"))], response(), [SERVER, reset(1, 0)]],
      { outcome: "ok" },
    ],
    ["a stream above GOAWAY's last", [request(1), request(3), [SERVER, goaway(1, 0)], response(1)], { outcome: "ok" }],
    [
      "a TCP reset",
      [request(), { close: SERVER, reason: "rst" }, { close: CLIENT, reason: "rst" }],
      { outcome: "reset", status: null },
    ],
    ["the input ends", [request(), begun], { outcome: "incomplete", status: null, durationMs: null }],
    [
      "the connection is closed",
      [request(), { close: SERVER, reason: "fin" }],
      { outcome: "incomplete", status: null },
    ],
    [
      "bytes of the response are missing, and then the connection is reset",
      [request(), { lost: SERVER, length: 50 }, { close: SERVER, reason: "rst" }],
      { outcome: "incomplete", status: null },
    ],
    [
      "the status stands in a table entry that was never seen (RFC 7541 §2.3.3)",
      [request(), [SERVER, concat(headers(1, grpcResponse), headers(1, indexed(70), END))]],
      { outcome: "incomplete", status: null },
    ],
  ])("%s", (_, steps, expected) => {
    expect(listen(steps).records[0]).toMatchObject(expected);
  });

  test("a stream that GOAWAY refused (RFC 9113 §6.8)", () => {
    const { records } = listen([request(1), request(3), [SERVER, goaway(1, 0)], response(1)]);
    expect(records).toMatchObject([
      { stream: 1, outcome: "ok" },
      { stream: 3, outcome: "reset", status: null },
    ]);
  });

  test("an HTTP error in place of a status: http-grpc-status-mapping", () => {
    const html = block([":status", "502"], ["content-type", "text/html"]);
    const { records } = listen([request(), [SERVER, concat(headers(1, html), data(1, new Uint8Array(0), END))]]);
    expect(records).toMatchObject([{ outcome: "error", status: { code: 14, name: "UNAVAILABLE" } }]);
    expect(records[0].diagnostics.map(({ code }) => code)).toEqual(["GRPC_RESPONSE_FOREIGN", "GRPC_STATUS_MISSING"]);
  });

  test("a grpc-status that is no number", () => {
    const { records } = listen([
      request(),
      [SERVER, headers(1, block([":status", "200"], ["grpc-status", "fine"]), END)],
    ]);
    expect(records).toMatchObject([
      { outcome: "error", status: { name: "UNKNOWN" }, diagnostics: [{ code: "GRPC_STATUS_INVALID" }] },
    ]);
  });
});

describe("messages", () => {
  test("several in one DATA frame, one over many frames, and an empty one", () => {
    const long = message(new Uint8Array(100).fill(0));
    const chat: Step[] = [
      [CLIENT, headers(1, grpcRequest("/Cal/Chat"))],
      [CLIENT, data(1, concat(message(PAIR), message(new Uint8Array(0)), long.slice(0, 3)))],
      [CLIENT, concat(data(1, long.slice(3, 50), { pad: 7 }), data(1, long.slice(50), END))],
    ];
    const { records } = listen([...chat, response()]);
    expect(records[0]).toMatchObject({ kind: "bidi_streaming", request: { messageCount: 3, bytes: 105 } });
    expect(records[0].request.messages.map(({ size, timeMs }) => [size, timeMs])).toEqual([
      [5, 1],
      [0, 1],
      [100, 2],
    ]);
  });

  test("compressed ones, and what goes wrong with them", () => {
    const encoded = (encoding: string, body: Uint8Array): Step[] => [
      [
        CLIENT,
        concat(headers(1, grpcRequest("/Cal/Add", ["grpc-encoding", encoding])), data(1, message(body, true), END)),
      ],
      response(),
    ];
    const gzip = gzipSync(PAIR);
    const [record] = listen(encoded("gzip", gzip)).records;
    expect(record.request.messages).toMatchObject([{ size: 5, wireSize: gzip.length, encoding: "gzip", value: pair }]);
    expect(record.diagnostics).toEqual([]);
    for (const [encoding, body, code] of [
      ["gzip", PAIR, "GRPC_DECOMPRESSION_FAILED"],
      ["lzma", PAIR, "GRPC_ENCODING_UNKNOWN"],
      ["identity", PAIR, "GRPC_ENCODING_MISSING"],
      ["gzip", gzipSync(new Uint8Array(10_000_000)), "GRPC_DECOMPRESSION_LIMIT"],
    ] as const) {
      const { records } = listen(encoded(encoding, body), { limits: { maxDecompressedBytes: 1_000_000 } });
      expect(records[0].diagnostics).toMatchObject([{ code }]);
      expect(records[0].request.messages).toMatchObject([
        { value: null, complete: false, raw: Buffer.from(body).toString("base64") },
      ]);
      expect(records[0].outcome).toBe("ok");
    }
  });

  test("records larger than the buffer that they are written to begins with", () => {
    const long = concat([0x1a, 0xa0, 0x1f], new Uint8Array(4000).fill(0x61));
    const steps: Step[] = [
      [CLIENT, concat(headers(1, grpcRequest("/Cal/Say")), data(1, message(long), END))],
      [
        SERVER,
        concat(
          headers(1, grpcResponse),
          data(1, message(long)),
          data(1, message(PAIR)),
          headers(1, grpcTrailers(), END),
        ),
      ],
    ];
    const { records } = listen(steps);
    expect(records[0].request.messages[0].value).toEqual({ text: "a".repeat(4000) });
    expect(records[0].response.messages.map(({ value }) => value)).toEqual([{ text: "a".repeat(4000) }, pair]);
  });

  test("a field that the schema does not know is kept beside the value, with its readings", () => {
    const more = concat(PAIR, [0x48, 0x07]);
    const steps: Step[] = [
      [CLIENT, concat(headers(1, grpcRequest("/Cal/Add")), data(1, message(more), END))],
      response(),
    ];
    const [record] = listen(steps).records;
    expect(record.request.messages[0]).toMatchObject({
      value: pair,
      fields: [{ number: 9, in: "Pair", wireType: "varint" }],
    });
    expect(record.request.messages[0].raw).toBe(Buffer.from(more).toString("base64"));
    expect(record.diagnostics).toMatchObject([{ code: "PROTOBUF_FIELD_UNKNOWN" }]);
  });

  test("a method that the schema does not know: every field with its readings", () => {
    const { records } = listen([request(1, "/Other/Method"), response()]);
    expect(records[0]).toMatchObject({ kind: null, service: "Other", method: "Method" });
    expect(records[0].request.messages[0]).toMatchObject({ type: null, value: null, raw: null });
    expect(records[0].request.messages[0].fields).toMatchObject([
      { number: 1, wireType: "varint", readings: [{ as: "uint64", value: "100" }, {}] },
      { number: 2, wireType: "varint" },
    ]);
  });

  test("--raw and --emit-defaults", () => {
    const none: Step = [CLIENT, concat(headers(1, grpcRequest("/Cal/Add")), data(1, message(new Uint8Array(0)), END))];
    const { records } = listen([none, response()], { raw: true, emitDefaults: true });
    expect(records[0].request.messages[0]).toMatchObject({ value: { a: 0, b: 0, text: "" }, raw: "" });
    expect(records[0].response.messages[0].raw).toBe(Buffer.from(PAIR).toString("base64"));
  });
});

describe("limits", () => {
  const many = (count: number): Step[] => [
    [CLIENT, headers(1, grpcRequest("/Cal/Chat"))],
    [CLIENT, concat(...Array.from({ length: count }, () => data(1, message(PAIR))))],
    [CLIENT, data(1, new Uint8Array(0), END)],
    response(),
  ];

  test("maxCallMessages: later messages are counted, not listed", () => {
    const { records } = listen(many(20), { limits: { maxCallMessages: 3 } });
    expect(records[0].request).toMatchObject({ messageCount: 20, bytes: 100 });
    expect(records[0].request.messages).toHaveLength(3);
    expect(records[0].diagnostics).toMatchObject([{ code: "CALL_MESSAGES_UNLISTED" }]);
  });

  test("maxOpenMessageBytes: what open calls hold is bounded, and free again when they end", () => {
    const { records } = listen([...many(20), request(3), response(3)], { limits: { maxOpenMessageBytes: 2_700 } });
    expect(records[0].request.messages).toHaveLength(10);
    expect(records[0].request.messageCount).toBe(20);
    expect(records[1].request.messages).toHaveLength(1);
  });

  test("maxMessageBytes: the head is kept, the length is right", () => {
    const { records } = listen([request(), response()], { limits: { maxMessageBytes: 3 } });
    expect(records[0].request.messages).toMatchObject([{ complete: false, wireSize: 5, size: 3, raw: "CGQQ" }]);
    expect(records[0].diagnostics.map(({ code }) => code)).toContain("GRPC_MESSAGE_LIMIT");
    expect(records[0].outcome).toBe("ok");
  });
});

describe("streams that are not gRPC", () => {
  const get = block([":method", "GET"], [":path", "/"], [":scheme", "http"], [":authority", "a"]);
  const html = block([":status", "200"], ["content-type", "text/html"]);

  test("are passed over, and the calls beside them are not", () => {
    const page: Step[] = [
      [CLIENT, headers(1, get, END)],
      [SERVER, concat(headers(1, html), data(1, new Uint8Array(500).fill(0x20), END))],
    ];
    const { records, inspector } = listen([...page, request(3), response(3)]);
    expect(records).toMatchObject([{ id: 1, stream: 3 }]);
    expect(inspector.summary.protocols.get("http2")).toBe(1);
  });
});
