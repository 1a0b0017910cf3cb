import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Http1Connection } from "../../src/http1/connection.js";
import { LIMITS, type Limits } from "../../src/limits.js";
import { everyBytes, pushInPieces } from "../support/cuts.js";
import { Http2Log } from "../support/http2-log.js";

type Step =
  | readonly [side: 0 | 1, text: string]
  | { readonly lost: 0 | 1; readonly length: number }
  | { readonly fin: 0 | 1 };

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Plays the steps, each cut as `cut` says; a pushed buffer is overwritten once it was taken. */
function play(
  steps: readonly Step[],
  cut: (length: number) => readonly number[] = () => [],
  limits: Partial<Limits> = {},
): string[] {
  const log = new Http2Log();
  const connection = new Http1Connection(log, log.report, { ...LIMITS, ...limits });
  const at = [0, 0];
  for (const step of steps) {
    if ("lost" in step) {
      connection.gap(step.lost, at[step.lost], step.length, 0);
      at[step.lost] += step.length;
    } else if ("fin" in step) connection.close(step.fin, "fin", 0);
    else {
      const [side, text] = step;
      const bytes = bytesOf(text);
      pushInPieces(bytes, cut(bytes.length), (piece) => {
        connection.data(side, piece, 0, piece.length, at[side], 0);
        at[side] += piece.length;
      });
    }
  }
  log.flush();
  return log.lines;
}

/** Data in text, and without the fields and offsets. */
function outline(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !line.startsWith("  "))
    .map((line) =>
      line.replace(/ @\d+(-\d+)?/, "").replace(/(data stream=\d+) ([0-9a-f]+)$/, (_, head: string, hex: string) => {
        return `${head} ${JSON.stringify(Buffer.from(hex, "hex").toString("latin1"))}`;
      }),
    );
}

/** Pieces of one body that frames divide are one text. */
function joined(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (const line of lines) {
    const match = /^(.* data stream=\d+) "(.*)"$/.exec(line);
    const last = /^(.* data stream=\d+) "(.*)"$/.exec(result.at(-1) ?? "");
    if (match !== null && last !== null && match[1] === last[1])
      result[result.length - 1] = `${match[1]} "${last[2]}${match[2]}"`;
    else result.push(line);
  }
  return result;
}

const GET = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const POST = "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

const told = (...lines: string[]) => lines;
const asked = (stream: number) => [`client headers stream=${stream} END_STREAM`, `client end stream=${stream}`];
const posted = (stream: number) => [
  `client headers stream=${stream}`,
  `client data stream=${stream} "abc"`,
  `client end stream=${stream}`,
];
const answered = (stream: number) => [
  `server headers stream=${stream}`,
  `server data stream=${stream} "hi"`,
  `server end stream=${stream}`,
];
const response = (head: string, body = "") => `HTTP/1.1 ${head}\r\n\r\n${body}`;

const CASES: readonly [name: string, steps: readonly Step[], expected: readonly string[]][] = [
  [
    "keep-alive (RFC 9112 §9.3)",
    [
      [0, GET],
      [1, OK],
      [0, POST],
      [1, OK],
    ],
    [...asked(1), ...answered(1), ...posted(2), ...answered(2)],
  ],
  [
    "pipelining (§9.3.2)",
    [
      [0, GET + POST + GET],
      [1, OK + OK + OK],
    ],
    [...asked(1), ...posted(2), ...asked(3), ...answered(1), ...answered(2), ...answered(3)],
  ],
  [
    "an answer before the request's end",
    [
      [0, POST.slice(0, -1)],
      [1, OK],
      [0, "c"],
      [0, GET],
      [1, OK],
    ],
    [
      "client headers stream=1",
      'client data stream=1 "ab"',
      ...answered(1),
      'client data stream=1 "c"',
      "client end stream=1",
      ...asked(2),
      ...answered(2),
    ],
  ],
  [
    "chunks with extensions and trailers (§7.1)",
    [
      [0, GET],
      [
        1,
        response(
          "200 OK\r\nTransfer-Encoding: Chunked",
          '5;x="y"\r\nhello\r\nA \r\n, world ..\r\n000\r\nGrpc-Status: 0\r\n\r\n',
        ),
      ],
      [0, GET],
      [1, OK],
    ],
    [
      ...asked(1),
      "server headers stream=1",
      'server data stream=1 "hello, world .."',
      "server headers stream=1 END_STREAM",
      "server end stream=1",
      ...asked(2),
      ...answered(2),
    ],
  ],
  [
    "a chunked request",
    [
      [0, "POST /b HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
      [1, OK],
    ],
    [...posted(1), ...answered(1)],
  ],
  [
    "a body up to the end of the connection (§6.3)",
    [[0, GET], [1, response("200 OK", "hi")], { fin: 1 }],
    [...asked(1), ...answered(1), "server close fin"],
  ],
  [
    "HEAD, 204 and 304 have no body",
    [
      [0, "HEAD / HTTP/1.1\r\n\r\n"],
      [1, response("200 OK\r\nContent-Length: 999")],
      [0, GET],
      [1, response("204 No Content")],
      [0, GET],
      [1, response("304 Not Modified\r\nContent-Length: 5")],
    ],
    [1, 2, 3].flatMap((stream) => [
      ...asked(stream),
      `server headers stream=${stream} END_STREAM`,
      `server end stream=${stream}`,
    ]),
  ],
  [
    "interim responses (RFC 9110 §15.2)",
    [
      [0, POST.slice(0, -3)],
      [1, response("100 Continue") + response("103 Early Hints\r\nlink: x")],
      [0, "abc"],
      [1, OK],
    ],
    [
      "client headers stream=1",
      "server headers stream=1",
      "server headers stream=1",
      'client data stream=1 "abc"',
      "client end stream=1",
      ...answered(1),
    ],
  ],
  [
    "another protocol behind 101",
    [
      [0, GET],
      [1, response("101 Switching Protocols", "\x81\x05hello")],
      [0, "\x81\x85abcdefghi"],
      { fin: 0 },
      { fin: 1 },
    ],
    [...asked(1), "server headers stream=1", "client close fin", "server close fin"],
  ],
  [
    "a tunnel behind CONNECT",
    [
      [0, "CONNECT h:1 HTTP/1.1\r\n\r\n"],
      [1, response("200 OK", "xyz")],
      [0, GET],
    ],
    [...asked(1), "server headers stream=1"],
  ],
  [
    "empty lines before a request (§2.2), lines that end in LF alone",
    [
      [0, `\r\n\n${GET.replaceAll("\r", "")}`],
      [1, OK.replaceAll("\r", "")],
    ],
    [...asked(1), ...answered(1)],
  ],
  [
    "a response to a request that was not seen",
    [
      [1, OK],
      [0, GET],
      [1, OK],
    ],
    [...answered(1), "abandoned stream=1", ...asked(2), ...answered(2)],
  ],
  [
    "bytes lost inside a body",
    [[0, POST.slice(0, -2)], { lost: 0, length: 2 }, [1, OK]],
    [
      "client headers stream=1",
      'client data stream=1 "a"',
      "client lost 2 bytes of stream=1",
      "client end stream=1",
      ...answered(1),
    ],
  ],
  [
    "bytes lost inside a chunk",
    [
      [0, GET],
      [1, response("200 OK\r\ntransfer-encoding: chunked", "6\r\nab")],
      { lost: 1, length: 3 },
      [1, "f\r\n0\r\n\r\n"],
    ],
    [
      ...asked(1),
      "server headers stream=1",
      'server data stream=1 "ab"',
      "server lost 3 bytes of stream=1",
      'server data stream=1 "f"',
      "server end stream=1",
    ],
  ],
  [
    "a lost response head: the next head is found, behind a binary body too",
    [[0, GET], { lost: 1, length: 50 }, [1, "rest \n of it"], [0, GET], [1, OK]],
    [...asked(1), "server lost 50 bytes of stream=1", ...asked(2), "abandoned stream=1", ...answered(2)],
  ],
  [
    "a lost request head",
    [[0, GET], [1, OK], { lost: 0, length: 9 }, [0, `junk${GET}`], [1, OK]],
    [...asked(1), ...answered(1), ...asked(2), ...answered(2)],
  ],
  [
    "what looks like a head behind lost bytes, and is none",
    [[0, GET], { lost: 1, length: 50 }, [1, "log: HTTP/1.1 200 OK\r\nno field\r\n\r\n"], [0, GET], [1, OK]],
    [...asked(1), "server lost 50 bytes of stream=1", ...asked(2), "abandoned stream=1", ...answered(2)],
  ],
  [
    "a chunk size that is no number",
    [
      [0, GET],
      [1, response("200 OK\r\ntransfer-encoding: chunked", "zz\r\nabc\r\n")],
      [0, GET],
      [1, OK],
    ],
    [
      ...asked(1),
      "server headers stream=1",
      "server HTTP1_FRAMING_INVALID: where a message of the server ends cannot be known, as a chunk's size is no number: the next one is looked for",
      ...asked(2),
      "abandoned stream=1",
      ...answered(2),
    ],
  ],
  [
    "a chunk size beyond all numbers",
    [
      [0, GET],
      [1, response("200 OK\r\ntransfer-encoding: chunked", "fffffffffffffffff\r\nabc\r\n")],
      [0, GET],
      [1, OK],
    ],
    [
      ...asked(1),
      "server headers stream=1",
      "server HTTP1_FRAMING_INVALID: where a message of the server ends cannot be known, as a chunk's size is no number: the next one is looked for",
      ...asked(2),
      "abandoned stream=1",
      ...answered(2),
    ],
  ],
  [
    "Content-Lengths that contradict each other (§6.3)",
    [
      [0, GET],
      [1, response("200 OK\r\nContent-Length: 2\r\ncontent-length: 3", "hi")],
      [0, GET],
      [1, OK],
    ],
    [
      ...asked(1),
      "server headers stream=1",
      'server HTTP1_FRAMING_INVALID: where a message of the server ends cannot be known, as content-length is "2, 3": the next one is looked for',
      ...asked(2),
      "abandoned stream=1",
      ...answered(2),
    ],
  ],
  [
    "the same Content-Length twice",
    [
      [0, GET],
      [1, response("200 OK\r\nContent-Length: 2\r\ncontent-length: 2", "hi")],
    ],
    [...asked(1), ...answered(1)],
  ],
  [
    "Transfer-Encoding and Content-Length (§6.1)",
    [
      [0, GET],
      [1, response("200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked", "2\r\nhi\r\n0\r\n\r\n")],
    ],
    [
      ...asked(1),
      "server headers stream=1",
      "server HTTP1_TWO_FRAMINGS: the server sent both transfer-encoding and content-length: the first counts",
      'server data stream=1 "hi"',
      "server end stream=1",
    ],
  ],
  [
    "no HTTP/1.1 where a message begins",
    [
      [0, GET],
      [1, OK],
      [0, "what is this?\r\n\r\n"],
      [0, GET],
      [1, OK],
    ],
    [
      ...asked(1),
      ...answered(1),
      "client HTTP1_START_LINE_MALFORMED: the client sent bytes that are no HTTP/1.1 message where one begins: the next one is looked for",
      ...asked(2),
      ...answered(2),
    ],
  ],
  [
    "a body cut by the end of the connection",
    [[0, GET], [1, response("200 OK\r\ncontent-length: 5", "hi")], { fin: 1 }],
    [
      ...asked(1),
      "server headers stream=1",
      'server data stream=1 "hi"',
      "server HTTP1_MESSAGE_CUT: the server closed the connection inside the body of a response",
      "server close fin",
    ],
  ],
  [
    "a client that closes before the body is over",
    [[0, GET], [1, response("200 OK\r\ncontent-length: 5", "hi")], { fin: 0 }, { fin: 1 }],
    [
      ...asked(1),
      "server headers stream=1",
      'server data stream=1 "hi"',
      "client close fin",
      "server HTTP1_MESSAGE_CUT: the client closed the connection inside the body of a response",
      "server close fin",
    ],
  ],
];

describe("exchanges are told as streams", () => {
  test.each(CASES)("%s", (_, steps, expected) => {
    expect(joined(outline(play(steps)))).toEqual(expected);
  });

  test.each(CASES)("%s: cut anywhere", (_, steps) => {
    const whole = joined(outline(play(steps)));
    for (const size of [1, 2, 3, 7])
      expect(joined(outline(play(steps, (length) => everyBytes(length, size))))).toEqual(whole);
    for (let cut = 1; cut < 120; cut++) expect(joined(outline(play(steps, () => [cut])))).toEqual(whole);
  });
});

test("a connection joined inside a body, or inside a head", () => {
  const log = new Http2Log();
  const connection = new Http1Connection(log, log.report, LIMITS, true);
  const steps: [0 | 1, string][] = [
    [1, "rest of a body\r\n\x01"],
    [0, `ost: h\r\n\r\n${GET}`],
    [1, `\0\0${OK}`],
  ];
  const at = [0, 0];
  for (const [side, text] of steps) {
    const bytes = bytesOf(text);
    connection.data(side, bytes, 0, bytes.length, at[side], 0);
    at[side] += bytes.length;
  }
  log.flush();
  expect(outline(log.lines)).toEqual([...asked(1), ...answered(1)]);
});

test("fields as HTTP/2 would have sent them, with their places", () => {
  const head =
    "POST http://shop:8080/Cal/Add?x=1 HTTP/1.1\r\nHost: other\r\nX-A:  1 \r\nX-Fold: a\r\n  b\r\nX-Bytes: \xff\r\nbad line\r\n\r\n";
  expect(
    play([
      [0, head],
      [1, OK],
    ]),
  ).toEqual([
    `client headers stream=1 @0-${head.length} END_STREAM`,
    "  :method: POST",
    "  :scheme: http",
    "  :path: /Cal/Add?x=1",
    "  :authority: shop:8080",
    "  x-a: 1",
    "  x-fold: a b",
    "  x-bytes: \xff",
    'client HTTP1_FIELD_MALFORMED @0: the client sent a header line that is no field, "bad line": it is passed over',
    "client end stream=1",
    "server headers stream=1 @0-38",
    "  :status: 200",
    "  content-length: 2",
    "server data stream=1 @38 6869",
    "server end stream=1",
  ]);
});

describe("limits", () => {
  test("maxHeaderBlockBytes: a head that never ends costs one diagnostic and no more memory", () => {
    const flood = `x: ${"y".repeat(1000)}\r\n`.repeat(300);
    const lines = outline(
      play(
        [
          [0, `GET /a HTTP/1.1\r\n${flood}`],
          [0, `\r\n${GET}`],
        ],
        (length) => everyBytes(length, 1000),
        {
          maxHeaderBlockBytes: 4096,
        },
      ),
    );
    expect(lines).toEqual(
      told(
        "client HTTP1_HEAD_LIMIT: a message head of the client is longer than 4096 bytes: the fields behind them are left out",
        "client headers stream=1 END_STREAM incomplete",
        "client end stream=1",
        ...asked(2),
      ),
    );
  });

  test("maxHeaderFields", () => {
    const lines = outline(
      play([[0, `GET /a HTTP/1.1\r\n${"x: y\r\n".repeat(30)}\r\n`]], undefined, { maxHeaderFields: 10 }),
    );
    expect(lines).toEqual([
      "client headers stream=1 END_STREAM incomplete",
      "client HTTP1_FIELDS_LIMIT: a message head of the client has more than 10 fields: the others are left out",
      "client end stream=1",
    ]);
  });

  test("maxPipelinedRequests: the oldest is given up", () => {
    const lines = outline(
      play(
        [
          [0, GET.repeat(4)],
          [1, OK],
        ],
        undefined,
        { maxPipelinedRequests: 3 },
      ),
    );
    expect(lines.filter((line) => !line.startsWith("client"))).toEqual(["abandoned stream=1", ...answered(2)]);
  });
});

test("no bytes make it throw, and every stream told of data has begun", () => {
  const words = fc.constantFrom(
    GET,
    POST,
    OK,
    "HTTP/1.1 ",
    "GET ",
    "\r\n",
    "\n",
    ":",
    "0\r\n\r\n",
    "ff\r\n",
    " HTTP/1.1\r\n",
    "transfer-encoding: chunked\r\n",
    "content-length: 7\r\n",
    "\0\xff",
    "a",
    response("200 OK", "x"),
  );
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.tuple(
        fc.constantFrom<0 | 1>(0, 1),
        fc.array(words, { maxLength: 6 }).map((all) => all.join("")),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({ lost: fc.constantFrom<0 | 1>(0, 1), length: fc.integer({ min: 1, max: 20 }) }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), (steps, size) => {
      const whole = joined(outline(play(steps)));
      expect(joined(outline(play(steps, (length) => everyBytes(length, size))))).toEqual(whole);
    }),
    { numRuns: 1000 },
  );
});
