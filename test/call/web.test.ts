import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { noPaint } from "../../src/output/paint.js";
import { formatCall } from "../../src/output/text.js";
import { CLIENT, type Heard, listen, listenHttp1, SERVER, type Step } from "../support/conversation.js";
import { ascii, block, concat, data, headers, message, u32 } from "../support/frames.js";
import { chunk, chunked, post, reply } from "../support/http1.js";

const PAIR = Uint8Array.of(0x08, 100, 0x10, 0xac, 0x02);
const pair = { a: 100, b: 300 };
const WEB = { "content-type": "application/grpc-web+proto" };
const TEXT = { "content-type": "application/grpc-web-text" };

/** A frame of trailers: the last message of a gRPC-Web body. */
function trailers(text: string, flag = 0x80): Uint8Array {
  const body = flag & 1 ? gzipSync(ascii(text)) : ascii(text);
  return concat([flag], u32(body.length), body);
}

const base64 = (bytes: Uint8Array) => ascii(Buffer.from(bytes).toString("base64"));
const OK = trailers("grpc-status: 0\r\ngrpc-message:\r\n");
const ANSWER = concat(message(PAIR), OK);

const request: Step = [CLIENT, post("/Cal/Add", WEB, message(PAIR))];
const textRequest: Step = [CLIENT, post("/Cal/Add", TEXT, base64(message(PAIR)))];

const expected = {
  id: 1,
  path: "/Cal/Add",
  service: "Cal",
  method: "Add",
  kind: "unary",
  protocol: "grpc-web",
  stream: 1,
  outcome: "ok",
  status: { code: 0, name: "OK", message: "", details: [] },
  request: { messages: [{ value: pair, size: 5, wireSize: 5, complete: true }], messageCount: 1 },
  response: {
    messages: [{ value: pair }],
    messageCount: 1,
    headers: { ":status": "200" },
    trailers: { "grpc-status": "0", "grpc-message": "" },
  },
  diagnostics: [],
};
const text = { ...expected, protocol: "grpc-web-text" };

/** The one call, and nothing told beside it. */
function only({ records, diagnostics }: Heard): CallRecord {
  expect(diagnostics).toEqual([]);
  expect(records.length).toBe(1);
  return records[0];
}

describe("a call", () => {
  const third = Math.floor(ANSWER.length / 3);
  const pieces = [ANSWER.subarray(0, third), ANSWER.subarray(third, 2 * third), ANSWER.subarray(2 * third)];
  const http2: Step[] = [
    [
      CLIENT,
      concat(
        headers(
          1,
          block(
            [":method", "POST"],
            [":scheme", "http"],
            [":path", "/Cal/Add"],
            ["content-type", "application/grpc-web"],
          ),
        ),
        data(1, message(PAIR), { endStream: true }),
      ),
    ],
    [
      SERVER,
      concat(
        headers(1, block([":status", "200"], ["content-type", "application/grpc-web"])),
        ...pieces.map((piece) => data(1, piece)),
        data(1, [], { endStream: true }),
      ),
    ],
  ];

  const CASES: readonly [string, readonly Step[], object][] = [
    ["in a plain body", [request, [SERVER, reply(200, WEB, ANSWER)]], expected],
    ["in chunks", [request, [SERVER, chunked(200, WEB, ...pieces)]], expected],
    [
      "up to the end of the connection",
      [
        request,
        [SERVER, concat(ascii("HTTP/1.1 200 OK\r\ncontent-type: application/grpc-web\r\n\r\n"), ANSWER)],
        { close: SERVER, reason: "fin" },
      ],
      expected,
    ],
    ["as text", [textRequest, [SERVER, reply(200, TEXT, base64(ANSWER))]], text],
    [
      "as text in pieces, each padded",
      [
        textRequest,
        [SERVER, chunked(200, TEXT, base64(message(PAIR)), base64(OK.subarray(0, 1)), base64(OK.subarray(1)))],
      ],
      text,
    ],
    [
      "as text with line ends in it",
      [
        textRequest,
        [
          SERVER,
          reply(
            200,
            TEXT,
            ascii(
              Buffer.from(ANSWER)
                .toString("base64")
                .replace(/(.{7})/g, "$1\r\n"),
            ),
          ),
        ],
      ],
      text,
    ],
  ];

  test.each(CASES)("%s, cut anywhere", (_, steps, record) => {
    expect(only(listenHttp1(steps))).toMatchObject(record);
    const bytewise = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(only(listenHttp1(steps, {}, bytewise))).toMatchObject(record);
  });

  test.each([1, 2, 3])("text without its pads, of a last group of %d bytes", (rest) => {
    const long = trailers(`grpc-status: 0\r\ngrpc-message:${" ".repeat((rest + 5) % 3)}\r\n`);
    const body = concat(message(PAIR), long);
    const bare = ascii(Buffer.from(body).toString("base64").replaceAll("=", ""));
    const record = only(
      listenHttp1([textRequest, [SERVER, chunked(200, TEXT, bare.subarray(0, 7), bare.subarray(7))]]),
    );
    expect(record).toMatchObject(text);
  });

  test("over HTTP/2", () => {
    expect(only(listen(http2))).toMatchObject(expected);
  });

  test("compressed messages and trailers", () => {
    const body = concat(message(gzipSync(PAIR), true), trailers("grpc-status: 0\r\ngrpc-message:\r\n", 0x81));
    const record = only(listenHttp1([request, [SERVER, reply(200, { ...WEB, "grpc-encoding": "gzip" }, body)]]));
    expect(record).toMatchObject({ ...expected, response: { messages: [{ value: pair, encoding: "gzip" }] } });
  });

  test("below a prefix", () => {
    const prefixed: Step = [CLIENT, post("/api/v2/Cal/Add", WEB, message(PAIR))];
    const record = only(listenHttp1([prefixed, [SERVER, reply(200, WEB, ANSWER)]]));
    expect(record).toMatchObject({ ...expected, path: "/api/v2/Cal/Add" });
  });

  test("Trailers-Only", () => {
    const fields = { ...WEB, "grpc-status": "5", "grpc-message": "no%20such" };
    const record = only(listenHttp1([request, [SERVER, reply(200, fields)]]));
    expect(record).toMatchObject({
      outcome: "error",
      status: { code: 5, message: "no such" },
      response: { headers: null, trailers: { "grpc-status": "5" }, messages: [] },
      diagnostics: [],
    });
  });

  test("an error with details, behind messages; names in any case", () => {
    // google.rpc.Status: code 5, details of no type that is known
    const details = Buffer.from([8, 5, 26, 5, 10, 3, 0x61, 0x2f, 0x62]).toString("base64");
    const end = trailers(
      `Grpc-Status:5\r\nGRPC-MESSAGE: a: b\r\ngrpc-status-details-bin: ${details}\r\nx-a: 1\r\nx-a: 2\r\n`,
    );
    const record = only(listenHttp1([request, [SERVER, reply(200, WEB, concat(message(PAIR), end))]]));
    expect(record).toMatchObject({
      outcome: "error",
      status: { code: 5, message: "a: b", details: [{ "@type": "a/b" }] },
      response: { messages: [{ value: pair }], trailers: { "x-a": ["1", "2"] } },
    });
  });

  test("a stream, on a connection that is kept for more calls and other requests", () => {
    const stream = concat(message(PAIR), message([]), message(PAIR), OK);
    const { records, diagnostics } = listenHttp1([
      [CLIENT, ascii("OPTIONS /Cal/Say HTTP/1.1\r\nhost: h\r\naccess-control-request-method: POST\r\n\r\n")],
      [SERVER, reply(204, { "access-control-allow-origin": "*" })],
      [CLIENT, post("/Cal/Chat", WEB, message(PAIR))],
      [SERVER, chunked(200, WEB, stream)],
      [CLIENT, ascii("GET /index.html HTTP/1.1\r\nhost: h\r\n\r\n")],
      [SERVER, reply(200, { "content-type": "text/html" }, ascii("<p>"))],
      request,
      [SERVER, reply(200, WEB, ANSWER)],
    ]);
    expect(diagnostics).toEqual([]);
    expect(records.map(({ id, stream: number, path, response }) => [id, number, path, response.messageCount])).toEqual([
      [1, 2, "/Cal/Chat", 3],
      [2, 4, "/Cal/Add", 1],
    ]);
  });
});

test("text names the protocol behind the path", () => {
  const { calls } = listenHttp1([textRequest, [SERVER, reply(200, TEXT, base64(ANSWER))]]);
  const [head] = formatCall(calls[0], { width: 200, paint: noPaint, verbose: false }).split("\n");
  expect(head).toMatch(/ \/Cal\/Add grpc-web-text OK 1\.00 ms$/);
});

describe("the status of a call that the service did not answer", () => {
  test.each([
    [404, 12],
    [503, 14],
    [200, 2],
  ])("HTTP %d", (http, code) => {
    const page = reply(http, { "content-type": "text/html" }, ascii("<h1>no gRPC here</h1>"));
    const record = only(listenHttp1([request, [SERVER, page]]));
    expect(record).toMatchObject({ outcome: "error", status: { code }, response: { messages: [] } });
    expect(record.diagnostics.map((diagnostic) => diagnostic.code)).toEqual([
      "GRPC_RESPONSE_FOREIGN",
      "GRPC_STATUS_MISSING",
    ]);
  });
});

describe("hostile input costs one diagnostic, and the rest of the connection is intact", () => {
  const CASES: readonly [name: string, answer: Uint8Array, code: string, outcome: string][] = [
    [
      "trailers that claim 4 GiB",
      concat(message(PAIR), [0x80, 255, 255, 255, 255], ascii("grpc-status: 0")),
      "CALL_HEADERS_INCOMPLETE",
      "incomplete",
    ],
    [
      "trailers without a line end before they are cut",
      concat(message(PAIR), [0x80, 0, 0, 0, 99], ascii("grpc-status: 1")),
      "CALL_HEADERS_INCOMPLETE",
      "incomplete",
    ],
    [
      "trailers with no end",
      concat(message(PAIR), trailers("x: y\r\n".repeat(5000))),
      "CALL_HEADERS_INCOMPLETE",
      "incomplete",
    ],
    [
      "trailers that are no fields",
      concat(message(PAIR), trailers("\0\xff\r\njunk\r\ngrpc-status: 3\r\n")),
      "CALL_HEADERS_INCOMPLETE",
      "error",
    ],
    [
      "trailers that do not decompress",
      concat(message(PAIR), [0x81, 0, 0, 0, 3], ascii("abc")),
      "CALL_HEADERS_INCOMPLETE",
      "incomplete",
    ],
    [
      "two blocks of trailers, and messages behind them",
      concat(ANSWER, OK, message(PAIR), OK),
      "GRPC_WEB_AFTER_TRAILERS",
      "ok",
    ],
    ["no trailers", message(PAIR), "GRPC_STATUS_MISSING", "error"],
    ["a body that ends inside a prefix", concat(message(PAIR), [0, 0]), "GRPC_PREFIX_CUT", "error"],
  ];

  test.each(CASES)("%s", (_, answer, code, outcome) => {
    const steps: Step[] = [request, [SERVER, reply(200, WEB, answer)], request, [SERVER, reply(200, WEB, ANSWER)]];
    const { records, diagnostics } = listenHttp1(steps);
    expect(diagnostics).toEqual([]);
    const codes = records[0].diagnostics.map((diagnostic) => diagnostic.code);
    expect(codes.filter((one) => one !== "GRPC_STATUS_MISSING" || code === one)).toEqual([code]);
    expect(records[0].outcome).toBe(outcome);
    expect(records[0].response.messages[0].value).toEqual(pair);
    expect(records[1]).toMatchObject({ ...expected, id: 2, stream: 2 });
  });

  test.each([
    ["junk", "AAAAAAUI*ZBCsAg"],
    ["a pad inside a group", "AA=AAAUI"],
    ["three pads", "A==="],
  ])("base64 with %s", (_, body) => {
    const { records, diagnostics } = listenHttp1([
      textRequest,
      [SERVER, reply(200, TEXT, concat(base64(message(PAIR)), ascii(body), base64(OK)))],
      textRequest,
      [SERVER, reply(200, TEXT, base64(ANSWER))],
    ]);
    expect(diagnostics).toEqual([]);
    expect(records[0].response.messages[0]).toMatchObject({ value: pair, complete: true });
    expect(records[0].diagnostics.map(({ code }) => code)).toContain("GRPC_WEB_BASE64_INVALID");
    expect(records[0].outcome).toBe("incomplete");
    expect(records[1]).toMatchObject({ ...text, id: 2, stream: 2 });
  });

  test("lost characters of a text body cost the message that they hit", () => {
    const long = message(concat([0x1a, 40], new Uint8Array(40).fill(0x61)));
    const body = base64(concat(message(PAIR), long, message(PAIR), OK));
    for (let lost = 1; lost < 6; lost++) {
      const whole = reply(200, TEXT, body);
      const at = whole.length - body.length + 21;
      const { records } = listenHttp1([
        textRequest,
        [SERVER, whole.subarray(0, at)],
        { lost: SERVER, length: lost },
        [SERVER, whole.subarray(at + lost)],
      ]);
      expect(records[0]).toMatchObject({ outcome: "ok", status: { code: 0 } });
      expect(records[0].response.messages.map(({ complete }) => complete)).toEqual([true, false, true]);
    }
  });

  test("a conversation that stops anywhere", () => {
    const client = post("/Cal/Add", TEXT, base64(message(PAIR)));
    const server = concat(
      ascii("HTTP/1.1 200 OK\r\ncontent-type: application/grpc-web-text\r\ntransfer-encoding: chunked\r\n\r\n"),
      chunk(base64(message(PAIR))),
      chunk(base64(OK)),
      ascii("0\r\n\r\n"),
    );
    for (let end = 1; end < client.length; end++) {
      const { records } = listenHttp1([[CLIENT, client.subarray(0, end)]]);
      for (const record of records) expect(record).toMatchObject({ outcome: "incomplete", path: "/Cal/Add" });
    }
    for (let end = 1; end < server.length; end++) {
      const { records, diagnostics } = listenHttp1([
        [CLIENT, client],
        [SERVER, server.subarray(0, end)],
      ]);
      expect(diagnostics).toEqual([]);
      expect(records.length).toBe(1);
      expect(["ok", "incomplete"]).toContain(records[0].outcome);
      // besides what is wrong with the message that is cut
      expect(records[0].diagnostics.filter(({ code }) => code !== "PROTOBUF_MALFORMED").slice(1)).toEqual([]);
    }
  });
});
