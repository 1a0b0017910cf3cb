import { expect, test } from "@jest/globals";
import { callsOfCapture } from "../support/calls-of-capture.js";
import { CLIENT, SERVER } from "../support/conversation.js";
import * as frames from "../support/frames.js";
import { ACK, FIN, RST } from "../support/packets.js";
import { captureOf, type SentBytes } from "../support/tcp-capture.js";

const CALLS = 10;

/** Ten calls on a healthy connection, and behind the fifth a segment of the client's that carries `flags` alone. */
function captureWith(flags: number, distance: number): Uint8Array {
  const end = [0, 0];
  const turn = (side: 0 | 1, bytes: Uint8Array): SentBytes[] => {
    const at = end[side];
    end[side] += bytes.length;
    return [{ side, at, bytes }];
  };
  const turns = [
    turn(CLIENT, frames.concat(frames.preface, frames.settings())),
    turn(SERVER, frames.concat(frames.settings(), frames.settingsAck)),
  ];
  for (let call = 0; call < CALLS; call++) {
    if (call === 5) turns.push([{ side: CLIENT, at: end[CLIENT] + distance, bytes: new Uint8Array(0), flags }]);
    const stream = 2 * call + 1;
    const request = frames.headers(stream, frames.grpcRequest("/Cal/Add"));
    const body = frames.message([0x08, 0x64]);
    const trailers = frames.headers(stream, frames.grpcTrailers(), { endStream: true });
    turns.push(turn(CLIENT, frames.concat(request, frames.data(stream, body, { endStream: true }))));
    turns.push(
      turn(SERVER, frames.concat(frames.headers(stream, frames.grpcResponse), frames.data(stream, body), trailers)),
    );
  }
  return captureOf(turns);
}

test.each([
  ["RST that nobody takes", RST, -5000, []],
  ["RST far ahead", RST, 500_000_000, []],
  ["RST at the exact number", RST, 0, ["TCP_GOES_ON"]],
  ["RST ahead", RST, 20, ["TCP_END_NOT_BELIEVED"]],
  ["FIN at the exact number", FIN | ACK, 0, ["TCP_GOES_ON"]],
  ["FIN ahead", FIN | ACK, 20, ["TCP_END_NOT_BELIEVED"]],
])("%s, in the middle of a connection: every call is whole", (_, flags, distance, codes) => {
  const { calls, diagnostics, inspector } = callsOfCapture(captureWith(flags, distance));
  expect(calls.map(({ outcome, request, response }) => [outcome, request.messages, response.messages])).toMatchObject(
    Array.from({ length: CALLS }, () => ["ok", [{}], [{}]]),
  );
  expect(diagnostics.map(({ code }) => code)).toEqual(codes);
  expect(inspector.damaged).toBe(codes.includes("TCP_GOES_ON"));
});
