import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { CallRecord } from "../../src/call/record.js";
import { callsOfCapture, withoutPlaceAndTime } from "../support/calls-of-capture.js";
import { CLIENT, SERVER } from "../support/conversation.js";
import * as frames from "../support/frames.js";
import { captureOf, type SentBytes } from "../support/tcp-capture.js";

const { concat } = frames;
const ADD = [0x08, 0x64, 0x10, 0xac, 0x02];
const RESULT = [0x08, 0x90, 0x03];

/** What one side says before the other answers. */
interface Turn {
  readonly side: 0 | 1;
  readonly bytes: Uint8Array;
  /** The call that it belongs to; -1: the connection's beginning. */
  readonly call: number;
}

interface Segment extends SentBytes {
  readonly call: number;
}

/** Calls one after the other on a connection; their headers leave no trace in the HPACK tables. */
function conversation(calls: number): Turn[] {
  const turns: Turn[] = [
    { side: CLIENT, bytes: concat(frames.preface, frames.settings()), call: -1 },
    { side: SERVER, bytes: concat(frames.settings(), frames.settingsAck), call: -1 },
    { side: CLIENT, bytes: frames.settingsAck, call: -1 },
  ].map((turn) => turn as Turn);
  for (let call = 0; call < calls; call++) {
    const stream = 2 * call + 1;
    const request = [
      frames.headers(stream, frames.grpcRequest("/Cal/Add", ["x-number", String(call)])),
      frames.data(stream, frames.message(ADD), { endStream: true }),
    ];
    const response = [
      frames.headers(stream, frames.grpcResponse),
      frames.data(stream, frames.message(RESULT)),
      frames.headers(stream, frames.grpcTrailers(), { endStream: true }),
    ];
    turns.push({ side: CLIENT, bytes: concat(...request), call }, { side: SERVER, bytes: concat(...response), call });
  }
  return turns;
}

/** Each turn cut at `cuts` (fractions of it), in order. */
function segmentsOf(turns: readonly Turn[], cuts: readonly number[]): Segment[][] {
  const at = [0, 0];
  return turns.map(({ side, bytes, call }) => {
    const edges = [...new Set([0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length])].sort(
      (a, b) => a - b,
    );
    const segments = edges
      .slice(1)
      .map((edge, i) => ({ side, at: at[side]! + edges[i]!, bytes: bytes.slice(edges[i], edge), call }));
    at[side]! += bytes.length;
    return segments;
  });
}

function facts(call: CallRecord) {
  const { id, ...rest } = withoutPlaceAndTime(call);
  return rest;
}

describe("the same calls, however their bytes were sent", () => {
  const turns = conversation(6);
  const whole = callsOfCapture(captureOf(segmentsOf(turns, [])));

  test("the whole: every call, and nothing to complain of", () => {
    expect(whole.calls.map(({ outcome }) => outcome)).toEqual(new Array(6).fill("ok"));
    expect(whole.diagnostics).toEqual([]);
  });

  test("any segmentation, reordering within the window, duplication and overlap", () => {
    const cut = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });
    const disorder = fc.infiniteStream(fc.nat(1000));
    fc.assert(
      fc.property(cut, disorder, (cuts, dice) => {
        const roll = () => dice.next().value as number;
        const sent = segmentsOf(turns, cuts).map((segments, i) => {
          const { bytes } = turns[i]!;
          const start = segments[0]!.at;
          const doubled = segments.flatMap((segment) => {
            if (roll() % 4 > 0) return [segment];
            // Again, with some of the bytes around it.
            const from = Math.max(0, segment.at - start - (roll() % 20));
            const to = Math.min(bytes.length, segment.at - start + segment.bytes.length + (roll() % 20));
            return [segment, { ...segment, at: start + from, bytes: bytes.slice(from, to) }];
          });
          // The client's first bytes stay first: who speaks first is the client.
          return i === 0
            ? doubled
            : doubled
                .map((segment) => ({ segment, key: roll() }))
                .sort((a, b) => a.key - b.key)
                .map(({ segment }) => segment);
        });
        const { calls, diagnostics } = callsOfCapture(captureOf(sent));
        expect(calls.map(facts)).toEqual(whole.calls.map(facts));
        expect(diagnostics).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test.each([[[]], [[0.5]], [[0.2, 0.4, 0.6, 0.8]]])(
    "any single segment removed loses only the call that it carried (cuts %j)",
    (cuts) => {
      const sent = segmentsOf(turns, cuts);
      const all = sent.flat();
      for (const removed of all.filter(({ call }) => call >= 0)) {
        const rest = sent.map((segments) => segments.filter((segment) => segment !== removed));
        const { calls, inspector } = callsOfCapture(captureOf(rest));
        const numberOf = (call: CallRecord) => call.request.headers?.["x-number"] ?? call.stream;
        const isTouched = (call: CallRecord) => call.stream === 2 * removed.call + 1;
        const untouched = whole.calls.filter((call) => !isTouched(call));
        expect(calls.filter((call) => !isTouched(call)).map(facts)).toEqual(untouched.map(facts));
        for (const call of calls.filter(isTouched)) {
          expect([numberOf(call), call.diagnostics.length > 0 || call.outcome !== "ok"]).toEqual([
            numberOf(call),
            true,
          ]);
        }
        expect(inspector.summary.connections).toBe(1);
      }
    },
  );
});
