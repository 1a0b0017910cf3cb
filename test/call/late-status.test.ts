import { expect, test } from "@jest/globals";
import type { Call } from "../../src/call/call.js";
import { LateStatus } from "../../src/call/late-status.js";
import { Placeholders } from "../../src/hpack/placeholders.js";

/** A call that had a message, by an entry that nothing names. */
const endedCall = (trailers: Call["response"]["trailers"]) =>
  ({ path: null, status: null, response: { trailers, messageCount: 2 } }) as unknown as Call;

test("what is kept of trailers does not grow with them", () => {
  const status = new LateStatus();
  const placeholders = new Placeholders();
  const make = (count: number) => Array.from({ length: count }, () => placeholders.make());
  for (let i = 0; i < 1_000; i++) {
    const [two, many] = [make(2), make(1_000)];
    status.note(endedCall(two), two);
    status.note(endedCall(many), many);
  }
  const { answered } = status as unknown as { answered: Map<string, number> };
  expect(answered.size).toBe(256);
  for (const key of answered.keys()) expect(key.length).toBeLessThan(200);
  // and calls that end alike still tell
  const usual = make(2);
  for (let i = 0; i < 3; i++) status.note(endedCall(usual), usual);
  expect(status.of(endedCall(usual))).toBe("ok");
});
