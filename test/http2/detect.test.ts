import { describe, expect, jest, test } from "@jest/globals";
import type { ByteStreamSink, Side } from "../../src/bytes/byte-stream-sink.js";
import { Http2Connection } from "../../src/http2/connection.js";
import type { Verdict } from "../../src/http2/detect.js";
import { DetectingSink } from "../../src/http2/detecting-sink.js";
import { LIMITS } from "../../src/limits.js";
import * as build from "../support/frames.js";
import { Http2Log } from "../support/http2-log.js";

type Step = readonly [side: Side, bytes: Uint8Array | "gap"];

function detect(
  steps: readonly Step[],
  clientKnown = false,
  cut = 1 << 20,
): { verdict: Verdict | null; log: string[] } {
  const log = new Http2Log();
  let verdict: Verdict | null = null;
  const onDetected = (found: Verdict): ByteStreamSink | null => {
    expect(verdict).toBeNull();
    verdict = found;
    if (found.protocol !== "http2") return null;
    return new Http2Connection(log, log.report, LIMITS, { joinedLate: !found.preface, upgrade: found.upgrade });
  };
  const sink = new DetectingSink(LIMITS, onDetected, clientKnown);
  const at = [0, 0];
  for (const [side, bytes] of steps) {
    if (bytes === "gap") {
      sink.gap(side, at[side], 100, 0);
      at[side] += 100;
      continue;
    }
    for (let i = 0; i < bytes.length; i += cut) {
      const piece = bytes.slice(i, i + cut);
      sink.data(side, piece, 0, piece.length, at[side], 0);
      at[side] += piece.length;
      piece.fill(0xaa);
    }
  }
  sink.close(0, "eof", 0);
  sink.close(1, "eof", 0);
  log.flush();
  return { verdict, log: log.lines };
}

const preface = build.concat(build.preface, build.settings());
const request = build.concat(
  build.headers(1, build.concat(build.indexed(3), build.indexed(6), build.literal(4, "/Cal/Add"))),
  build.data(1, build.message([8, 1]), { endStream: true }),
);
const response = build.concat(
  build.headers(1, build.concat(build.indexed(8), build.literal(31, "application/grpc"))),
  build.data(1, build.message([8, 2])),
  build.headers(1, build.grpcTrailers(), { endStream: true }),
);

describe("the beginning of HTTP/2", () => {
  test.each<[string, Step[], Partial<Verdict>]>([
    ["the preface", [[0, preface]], { protocol: "http2", clientSide: 0, preface: true }],
    [
      "the preface from what looked like the server",
      [[1, preface]],
      { protocol: "http2", clientSide: 1, preface: true },
    ],
    [
      "the server's SETTINGS before the preface",
      [
        [1, build.settings([3, 100])],
        [0, preface],
      ],
      { protocol: "http2", clientSide: 0, preface: true },
    ],
    [
      "the server's side alone",
      [[1, build.concat(build.settings([3, 100]), build.settingsAck, response)]],
      { protocol: "http2", clientSide: 0, preface: false },
    ],
    ["the client's side alone", [[0, build.concat(preface, request)]], { protocol: "http2", clientSide: 0 }],
  ])("%s", (_name, steps, verdict) => {
    expect(detect(steps).verdict).toMatchObject(verdict);
    expect(detect(steps, false, 1).verdict).toMatchObject(verdict);
  });
});

describe("other protocols are named", () => {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  test.each<[string, Step[], Side]>([
    ["http1", [[0, bytes("GET / HTTP/1.1\r\nhost: a\r\n\r\n")]], 0],
    ["http1", [[0, bytes("HTTP/1.1 200 OK\r\n\r\n")]], 1],
    ["http1", [[0, bytes("POST /x HTTP/1.1\r\n")]], 0],
    ["tls", [[0, bytes("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")]], 0],
    ["tls", [[0, bytes("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")]], 1],
    ["tls", [[0, bytes("\x17\x03\x03\x00\x45\x12\x34")]], 0],
    ["ssh", [[1, bytes("SSH-2.0-OpenSSH_9.2\r\n")]], 1],
    ["redis", [[0, bytes("*1\r\n$4\r\nPING\r\n")]], 0],
    ["postgresql", [[0, bytes("\0\0\0\x08\x04\xd2\x16\x2f")]], 0],
    ["mysql", [[1, bytes("\x4a\0\0\0\x0a8.0.36\0")]], 0],
    ["mongodb", [[0, bytes("\x3a\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0")]], 0],
    ["amqp", [[0, bytes("AMQP\0\0\x09\x01")]], 0],
    ["mqtt", [[0, bytes("\x10\x10\0\x04MQTT\x04")]], 0],
    ["smtp or ftp", [[1, bytes("220 mail ready\r\n")]], 0],
    ["unknown", [[0, bytes("\x01\x02\x03 no protocol at all \0\0\0")]], 0],
    ["unknown", [], 0],
  ])("%s", (protocol, steps, clientSide) => {
    expect(detect(steps).verdict).toEqual({ protocol, clientSide });
  });

  test("after maxDetectBytes of nothing known, the bytes are dropped", () => {
    const noise = new Uint8Array(LIMITS.maxDetectBytes).fill(0xab);
    expect(detect([[0, noise]]).verdict).toEqual({ protocol: "unknown", clientSide: 0 });
  });
});

describe("Upgrade: h2c", () => {
  const ask = (more = "", body = "") =>
    build.ascii(
      "POST /Cal/Add HTTP/1.1\r\nHost: localhost:50051\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
        `HTTP2-Settings: AAEAAABkAAQAAP__\r\nTE: trailers\r\n${more}\r\n${body}`,
    );
  const accept = build.ascii("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  const steps = (client: Uint8Array): Step[] => [
    [0, client],
    [1, build.concat(accept, build.settings(), response)],
    [0, build.concat(preface, build.settingsAck)],
  ];

  test.each([1 << 20, 1, 7])("the request is stream 1 (pieces of %d bytes)", (cut) => {
    const { verdict, log } = detect(steps(ask()), false, cut);
    expect(verdict).toMatchObject({ protocol: "http2", clientSide: 0, preface: true });
    expect(log).toEqual([
      `client headers stream=1 @0-${ask().length} END_STREAM`,
      "  :method: POST",
      "  :scheme: http",
      "  :path: /Cal/Add",
      "  :authority: localhost:50051",
      "  te: trailers",
      "client end stream=1",
      // HTTP2-Settings holds for the server: a header table of 100 bytes
      expect.stringContaining("server HPACK_SIZE_UPDATE_MISSING"),
      `server headers stream=1 @${accept.length + 9}-${accept.length + 9 + 9 + 20}`,
      "  :status: 200",
      "  content-type: application/grpc",
      `server data stream=1 @${accept.length + 9 + 29 + 9} 00000000020802`,
      `server headers stream=1 @${accept.length + 54}-${accept.length + 54 + 24} END_STREAM`,
      "  grpc-status: 0",
      "server end stream=1",
      "client close eof",
      "server close eof",
    ]);
  });

  test("a body is the request's DATA", () => {
    const { log } = detect(steps(ask("Content-Length: 7\r\n", "\0\0\0\0\x02\x08\x01")));
    const head = ask("Content-Length: 7\r\n").length;
    expect(log.slice(0, 9)).toEqual([
      `client headers stream=1 @0-${head}`,
      "  :method: POST",
      "  :scheme: http",
      "  :path: /Cal/Add",
      "  :authority: localhost:50051",
      "  te: trailers",
      "  content-length: 7",
      `client data stream=1 @${head} 00000000020801`,
      "client end stream=1",
    ]);
  });

  test("that the server does not take is HTTP/1.1", () => {
    const refused: Step[] = [
      [0, ask()],
      [1, build.ascii("HTTP/1.1 200 OK\r\n\r\n")],
    ];
    expect(detect(refused).verdict).toEqual({ protocol: "http1", clientSide: 0 });
  });

  test("a head that is longer than servers take is not waited for", () => {
    const endless: Step[] = [[0, build.ascii(`GET / HTTP/1.1\r\nX: ${"a".repeat(16_000)}`)]];
    for (let i = 0; i < 40; i++) endless.push([0, build.ascii("a".repeat(100))]);
    let held = 0;
    const sink = new DetectingSink(LIMITS, (verdict) => {
      expect(verdict).toEqual({ protocol: "http1", clientSide: 0 });
      return { data: (_, __, start, end) => (held += end - start), gap() {}, close() {} };
    });
    let at = 0;
    for (const [side, bytes] of endless) {
      if (bytes === "gap") continue;
      sink.data(side, bytes, 0, bytes.length, at, at);
      at += bytes.length;
      expect(held).toBe(at < 16_384 ? 0 : at);
    }
  });

  test("a head is read once, however it is cut", () => {
    const characters = jest.spyOn(String, "fromCharCode");
    detect([[0, build.ascii(`GET / HTTP/1.1\r\nX: ${"a".repeat(3000)}`)]], false, 1);
    const count = characters.mock.calls.length;
    characters.mockRestore();
    // of each push the first 32 bytes, by which protocols are named
    expect(count).toBeLessThan(40 * 3000);
  });
});

describe("joined late", () => {
  const calls = build.concat(
    ...Array.from({ length: 20 }, (_, i) =>
      build.concat(
        build.headers(
          2 * i + 7,
          build.concat(build.indexed(3), build.indexed(6), build.indexed(62), build.indexed(63)),
        ),
        build.data(2 * i + 7, build.message([8, i, 16, i]), { endStream: true }),
        i % 3 === 0 ? build.ping() : [],
      ),
    ),
  );
  const answers = build.concat(
    ...Array.from({ length: 20 }, (_, i) =>
      build.concat(
        build.headers(2 * i + 7, build.concat(build.indexed(8), build.indexed(62))),
        build.data(2 * i + 7, build.message([8, i])),
        build.headers(2 * i + 7, build.indexed(63), { endStream: true }),
        build.windowUpdate(0, 10),
      ),
    ),
  );

  test("at any byte, of the client's side or of the server's, and whichever side is which", () => {
    for (let cut = 0; cut < 150; cut++) {
      for (const [bytes, sender] of [
        [calls, "client"],
        [answers, "server"],
      ] as const) {
        for (const side of [0, 1] as const) {
          const { verdict, log } = detect([[side, bytes.subarray(cut)]]);
          const clientSide = sender === "client" ? side : 1 - side;
          expect(verdict).toMatchObject({ protocol: "http2", clientSide, preface: false });
          expect((verdict as { confidence: number }).confidence).toBeGreaterThan(0.999_999);
          // the last call is always whole
          expect(log.filter((line) => line === `${sender} end stream=45`)).toHaveLength(1);
        }
      }
    }
  });

  test("behind a hole", () => {
    const { verdict, log } = detect([
      [0, calls.subarray(3, 40)],
      [0, "gap"],
      [0, calls.subarray(111)],
    ]);
    expect(verdict).toMatchObject({ protocol: "http2", clientSide: 0, preface: false });
    expect(log).toContain("client end stream=45");
  });

  test("when only streamed DATA is seen, who opened the connection is its client", () => {
    const stream = build.concat(...Array.from({ length: 40 }, (_, i) => build.data(3, build.message([8, i]))));
    for (const known of [true, false]) {
      const { verdict } = detect([[1, stream.subarray(4)]], known);
      expect(verdict).toMatchObject({ protocol: "http2", clientSide: 0, preface: false });
    }
  });
});

describe("what is held of a connection that nobody knows yet", () => {
  /** Runs `steps` pushes; how many of them passed before the verdict came, and what is replayed then. */
  function heldFor(push: (sink: DetectingSink, step: number) => void, steps: number) {
    const replayed: unknown[][] = [];
    let decided = false;
    const told: ByteStreamSink = {
      data: (side, buf, start, end, at, timeNs) =>
        replayed.push(["data", side, [...buf.slice(start, end)], at, timeNs]),
      gap: (...gap) => replayed.push(["gap", ...gap]),
      close: (...close) => replayed.push(["close", ...close]),
    };
    const sink = new DetectingSink(LIMITS, () => {
      decided = true;
      return told;
    });
    let step = 0;
    while (step < steps && !decided) push(sink, step++);
    return { step, replayed, sink };
  }

  test("gaps that adjoin are one", () => {
    const { step, replayed, sink } = heldFor((to, i) => to.gap(0, 100 * i, 100, i), 100_000);
    expect(step).toBe(100_000);
    sink.data(0, build.preface, 0, build.preface.length, 10_000_000, 7);
    for (const side of [0, 1] as const) sink.close(side, "eof", 8);
    expect(replayed).toEqual([
      ["gap", 0, 0, 10_000_000, 0],
      ["data", 0, [...build.preface], 10_000_000, 7],
      ["close", 0, "eof", 8],
      ["close", 1, "eof", 8],
    ]);
  });

  test("gaps of both sides in turn count towards the bound", () => {
    const { step } = heldFor((to, i) => to.gap((i % 2) as Side, 100 * (i >> 1), 100, i), 100_000);
    expect(step).toBeLessThan(6_000);
  });

  test("packets of one byte count for more than that byte", () => {
    const one = Uint8Array.of(0xee);
    const { step } = heldFor((to, i) => to.data(0, one, 0, 1, i, i), 100_000);
    expect(step).toBeLessThan(3_000);
  });

  test("bytes of one packet are one, those of two keep their times", () => {
    const { replayed } = heldFor(
      (to, i) => to.data(0, build.preface, i, i + 1, 50 + i, i < 4 ? 1 : 2),
      build.preface.length,
    );
    expect(replayed).toEqual([
      ["data", 0, [...build.preface.slice(0, 4)], 50, 1],
      ["data", 0, [...build.preface.slice(4)], 54, 2],
    ]);
  });
});
