/** grpc-status-details-bin and other "-bin" metadata. */
import { describe, expect, test } from "@jest/globals";
import { encodeBase64 } from "../../src/bytes/base64.js";
import { Schema } from "../../src/protobuf/schema.js";
import { type FormatOptions, textOf } from "../support/call-text.js";
import { CLIENT, listen, SERVER, type Step } from "../support/conversation.js";
import { block, concat, data, grpcRequest, grpcTrailers, headers, message } from "../support/frames.js";

const END = { endStream: true };
const utf8 = (text: string) => new TextEncoder().encode(text);

/** A length-delimited field. */
function field(number: number, bytes: Uint8Array | readonly number[] | string): Uint8Array {
  const body = typeof bytes === "string" ? utf8(bytes) : bytes;
  return concat([(number << 3) | 2, body.length], body);
}

const any = (type: string, ...body: Uint8Array[]) =>
  field(3, concat(field(1, `type.googleapis.com/${type}`), field(2, concat(...body))));
const status = (code: number, text: string, ...details: Uint8Array[]) =>
  encodeBase64(concat([0x08, code], field(2, text), ...details));

/** A call that ends with these trailers. */
function ending(...trailers: (readonly [string, string])[]): Step[] {
  const only = block([":status", "200"], ["content-type", "application/grpc"], ...trailers);
  return [
    [CLIENT, concat(headers(1, grpcRequest("/Cal/Add")), data(1, message([]), END))],
    [SERVER, headers(1, only, END)],
  ];
}

const refused = (details: string, message = "no") =>
  ending(["grpc-status", "3"], ["grpc-message", message], ["grpc-status-details-bin", details]);

test.each<[string, Uint8Array[], object]>([
  [
    "ErrorInfo",
    [field(1, "QUOTA"), field(2, "shop"), field(3, concat(field(1, "k"), field(2, "v")))],
    { reason: "QUOTA", domain: "shop", metadata: { k: "v" } },
  ],
  ["RetryInfo", [field(1, [0x08, 2])], { retryDelay: "2s" }],
  ["DebugInfo", [field(1, "at a"), field(1, "at b"), field(2, "x")], { stackEntries: ["at a", "at b"], detail: "x" }],
  [
    "QuotaFailure",
    [field(1, concat(field(1, "me"), field(2, "all")))],
    { violations: [{ subject: "me", description: "all" }] },
  ],
  [
    "PreconditionFailure",
    [field(1, concat(field(1, "T"), field(2, "s"), field(3, "d")))],
    { violations: [{ type: "T", subject: "s", description: "d" }] },
  ],
  [
    "BadRequest",
    [field(1, concat(field(1, "a.b"), field(2, "bad"), field(3, "R"), field(4, field(1, "de"))))],
    { fieldViolations: [{ field: "a.b", description: "bad", reason: "R", localizedMessage: { locale: "de" } }] },
  ],
  ["RequestInfo", [field(1, "id"), field(2, "data")], { requestId: "id", servingData: "data" }],
  [
    "ResourceInfo",
    [field(1, "T"), field(2, "n"), field(3, "o"), field(4, "d")],
    { resourceType: "T", resourceName: "n", owner: "o", description: "d" },
  ],
  [
    "Help",
    [field(1, concat(field(1, "d"), field(2, "https://x")))],
    { links: [{ description: "d", url: "https://x" }] },
  ],
  ["LocalizedMessage", [field(1, "de-DE"), field(2, "nein")], { locale: "de-DE", message: "nein" }],
])("google.rpc.%s", (name, body, expected) => {
  const { records } = listen(refused(status(3, "no", any(`google.rpc.${name}`, ...body))));
  const type = `type.googleapis.com/google.rpc.${name}`;
  expect(records[0]).toMatchObject({ diagnostics: [], status: { code: 3, details: [{ "@type": type, ...expected }] } });
});

test("a schema with another google.rpc.Status changes nothing", () => {
  const text = 'syntax = "proto3"; package google.rpc; message Status { int32 details = 3; }';
  const schema = new Schema({ protoFiles: [{ path: "status.proto", text }] });
  const details = status(5, "gone", any("google.rpc.RetryInfo", field(1, [0x08, 2])));
  const steps = ending(["grpc-status", "5"], ["grpc-message", "gone"], ["grpc-status-details-bin", details]);
  const { records, calls } = listen(steps, { schema });
  expect(records[0].status?.details).toMatchObject([{ retryDelay: "2s" }]);
  expect(textOf(calls[0])).toContain("google.rpc.RetryInfo {");
});

test("a detail of a type that nobody knows keeps its bytes", () => {
  const { records, calls } = listen(refused(status(3, "no", any("shop.Sold", Uint8Array.of(1, 2, 255)))));
  expect(records[0].status?.details).toEqual([{ "@type": "type.googleapis.com/shop.Sold", value: "AQL/" }]);
  expect(textOf(calls[0])).toContain("shop.Sold { value: 0x0102ff }");
});

test.each([
  [status(5, "no"), "3 INVALID_ARGUMENT", '5 NOT_FOUND "no"'],
  [status(3, "yes"), '3 INVALID_ARGUMENT "no"', '3 INVALID_ARGUMENT "yes"'],
])("details that contradict grpc-status: both are told", (details, one, other) => {
  const [record] = listen(refused(details)).records;
  expect(record.status).toMatchObject({ code: 3, message: "no" });
  expect(record.diagnostics).toMatchObject([{ code: "GRPC_STATUS_CONTRADICTED" }]);
  expect(record.diagnostics[0].text).toContain(one);
  expect(record.diagnostics[0].text).toContain(other);
});

test.each([
  ["base64 with junk", "AA!A"],
  ["base64 of a length that cannot be", "AAAAA"],
  ["bytes that are no message", "/////w=="],
])("%s: one diagnostic, and the status stands", (_, details) => {
  const [record] = listen(refused(details)).records;
  expect(record).toMatchObject({ outcome: "error", status: { code: 3, message: "no", details: [] } });
  expect(record.diagnostics).toMatchObject([{ code: "GRPC_STATUS_DETAILS_MALFORMED" }]);
});

test.each([
  ["100%", "100%"],
  ["%4", "%4"],
  ["%zz%41", "%zzA"],
  ["%E2%98%BA %F0%9F%98%88", "☺ 😈"],
  ["%ff%fe", "\ufffd\ufffd"],
  ["%09%0D%0A", "\t\r\n"],
])("grpc-message %j", (sent, shown) => {
  expect(listen(ending(["grpc-status", "2"], ["grpc-message", sent])).records[0].status?.message).toBe(shown);
});

describe("-bin metadata is base64 in the record and decoded in the text", () => {
  const verbose: FormatOptions = { verbose: true };
  const TRACE = concat([0, 0], new Uint8Array(16).fill(0xab), [1], new Uint8Array(8).fill(0xcd), [2, 1]);
  test.each([
    ["x-bytes-bin", encodeBase64(Uint8Array.of(0, 255)), "0x00ff"],
    ["x-text-bin", encodeBase64(utf8("hello")).replace("=", ""), 'b"hello"'],
    ["x-two-bin", "AAE=,/w==", "0x0001, 0xff"],
    ["x-junk-bin", "A*", '"A*" (no base64)'],
    ["grpc-trace-bin", encodeBase64(TRACE), `trace ${"ab".repeat(16)} span ${"cd".repeat(8)} sampled`],
    ["shop-details-bin", status(5, "gone"), 'google.rpc.Status { code: 5  message: "gone"'],
    ["google.rpc.errorinfo-bin", encodeBase64(field(1, "QUOTA")), 'google.rpc.ErrorInfo { reason: "QUOTA"'],
  ])("%s: %s", (name, value, shown) => {
    const { records, calls } = listen(ending(["grpc-status", "0"], [name, value]));
    expect(records[0].response.trailers).toMatchObject({ [name]: value });
    expect(textOf(calls[0], verbose)).toContain(`${name}: ${shown}`);
  });

  test("of very many values in one field the first are shown, and each that is no base64 by itself", () => {
    const { calls } = listen(ending(["grpc-status", "0"], ["x-bin", "!,".repeat(99)]));
    expect(textOf(calls[0], verbose)).toContain(`x-bin: ${Array(20).fill('"!" (no base64)').join(", ")}, … 80 more`);
  });

  test("a name that comes twice has both values", () => {
    const { records } = listen(
      ending(["grpc-status", "0"], ["x-bin", "AA=="], ["x-bin", "AQ=="], ["y", "a,b"], ["y", "c"]),
    );
    expect(records[0].response.trailers).toMatchObject({ "x-bin": ["AA==", "AQ=="], y: ["a,b", "c"] });
  });
});

test("what the text says of how a call ended", () => {
  const details = status(3, "no", any("google.rpc.RetryInfo", field(1, [0x08, 2])));
  const steps: Step[] = [
    [CLIENT, headers(1, grpcRequest("/Cal/Add", ["grpc-timeout", "4m"], ["grpc-previous-rpc-attempts", "1"]), END)],
    [
      SERVER,
      headers(
        1,
        concat(
          block([":status", "200"]),
          grpcTrailers(3, ["grpc-message", "no"], ["grpc-status-details-bin", details]),
        ),
        END,
      ),
    ],
  ];
  const lines = textOf(listen(steps).calls[0]).split("\n").slice(1);
  expect(lines.map((line) => line.trim())).toEqual([
    "INVALID_ARGUMENT: no",
    'google.rpc.RetryInfo { retryDelay: "2s" }',
    "deadline of 4.00 ms not reached: 25.0 % used",
    "attempt 2: grpc-previous-rpc-attempts is 1",
  ]);
});
