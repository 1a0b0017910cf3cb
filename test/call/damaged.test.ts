/** gRPC-Web and Connect with random damage: nothing throws, and how it is cut does not matter. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { CLIENT, listenHttp1, SERVER, type Step } from "../support/conversation.js";
import { ascii, concat, message, u32 } from "../support/frames.js";
import { chunked, get, post, reply } from "../support/http1.js";

const PAIR = Uint8Array.of(0x08, 100, 0x10, 0xac, 0x02);
const base64 = (bytes: Uint8Array) => ascii(Buffer.from(bytes).toString("base64"));
const TRAILERS = ascii("grpc-status: 5\r\ngrpc-message: a%20b\r\n");
const WEB = concat(message(PAIR), [0x80], u32(TRAILERS.length), TRAILERS);
const END = ascii('{"error":{"code":"internal","details":[{"type":"a.B","value":"CAE"}]},"metadata":{"a":["b"]}}');
const web = { "content-type": "application/grpc-web" };
const text = { "content-type": "application/grpc-web-text" };
const unary = { "content-type": "application/json", "connect-protocol-version": "1" };
const stream = { "content-type": "application/connect+proto" };

/** Two calls each, so that the second one meets what the first left behind. */
const CONVERSATIONS = (
  [
    [
      [CLIENT, post("/Cal/Add", web, message(PAIR))],
      [SERVER, chunked(200, web, WEB)],
    ],
    [
      [CLIENT, post("/Cal/Add", text, base64(message(PAIR)))],
      [SERVER, chunked(200, text, base64(WEB), base64(WEB))],
    ],
    [
      [CLIENT, post("/Cal/Add", unary, ascii('{"a":1}'))],
      [SERVER, reply(404, { "content-type": "application/json" }, END)],
    ],
    [
      [CLIENT, get("/Cal/Add?connect=v1&encoding=proto&base64=1&message=CGQ")],
      [SERVER, reply(200, unary, ascii("{}"))],
    ],
    [
      [CLIENT, post("/Cal/Chat", stream, message(PAIR))],
      [SERVER, chunked(200, stream, message(PAIR), concat([2], u32(END.length), END))],
    ],
  ] as const satisfies readonly (readonly Step[])[]
).map((steps): Step[] => [...steps, ...steps]);

interface Damage {
  readonly step: number;
  readonly at: number;
  readonly kind: "change" | "remove" | "insert" | "lose";
  readonly byte: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  step: fc.nat(3),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom("change", "remove", "insert", "lose"),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 0x30, 0x3d, 0x80, 255)),
});

function damaged(steps: readonly Step[], damages: readonly Damage[]): Step[] {
  return steps.flatMap((step, index): Step[] => {
    const mine = damages.filter((one) => one.step === index);
    const [side, bytes] = step as readonly [0 | 1, Uint8Array];
    let result = bytes;
    let lostAt = -1;
    for (const { at, kind, byte } of mine) {
      const place = Math.floor(at * result.length);
      if (kind === "lose") lostAt = place;
      else {
        const rest = result.subarray(kind === "insert" ? place : place + 1);
        result = concat(result.subarray(0, place), kind === "remove" ? [] : [byte], rest);
      }
    }
    if (lostAt < 0 || lostAt + 5 > result.length) return [[side, result]];
    return [[side, result.subarray(0, lostAt)], { lost: side, length: 5 }, [side, result.subarray(lostAt + 5)]];
  });
}

test("random damage", () => {
  const bytewise = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte));
  fc.assert(
    fc.property(
      fc.constantFrom(...CONVERSATIONS),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      (conversation, damages) => {
        const steps = damaged(conversation, damages).filter((step) => !("1" in step) || step[1].length > 0);
        const whole = listenHttp1(steps);
        const cut = listenHttp1(steps, {}, bytewise);
        expect(cut.records).toEqual(whole.records);
        expect(cut.diagnostics).toEqual(whole.diagnostics);
        for (const { diagnostics } of whole.records) expect(diagnostics.length).toBeLessThan(12);
      },
    ),
    { numRuns: 100 },
  );
});
