import { describe, expect, test } from "@jest/globals";
import { Http2Connection } from "../../src/http2/connection.js";
import { LIMITS } from "../../src/limits.js";
import * as build from "../support/frames.js";
import { Http2Log } from "../support/http2-log.js";

type Step = readonly [side: 0 | 1, bytes: Uint8Array];

/** Plays the steps, each cut into pieces of at most `cut` bytes whose buffer is overwritten once it was taken. */
function play(steps: readonly Step[], cut: number): string[] {
  const log = new Http2Log();
  const connection = new Http2Connection(log, log.report, LIMITS);
  const at = [0, 0];
  for (const [side, bytes] of steps) {
    for (let i = 0; i < bytes.length; i += cut) {
      const piece = bytes.slice(i, i + cut);
      connection.data(side, piece, 0, piece.length, at[side], 0);
      at[side] += piece.length;
      piece.fill(0xaa);
    }
  }
  log.flush();
  return log.lines;
}

const call: Step[] = [
  [0, build.concat(build.preface, build.settings([4, 1_000_000]))],
  [1, build.concat(build.settings([1, 8192]), build.settingsAck)],
  [0, build.settingsAck],
  [0, build.headers(1, build.grpcRequest("/Cal/Add"), { pad: 3, priority: { dependency: 0, weight: 16 } })],
  [0, build.data(1, build.message([8, 100, 16, 172, 2]), { pad: 5, endStream: true })],
  [1, build.headers(1, build.grpcResponse.subarray(0, 10), { endHeaders: false })],
  [1, build.continuation(1, build.grpcResponse.subarray(10))],
  [1, build.data(1, build.message([8, 144, 3]))],
  [1, build.windowUpdate(0, 10)],
  [1, build.headers(1, build.grpcTrailers(), { endStream: true })],
  [1, build.goaway(1, 0, build.ascii("bye"))],
];

describe("a call", () => {
  test("is told in order", () => {
    expect(play(call, 1 << 20)).toEqual([
      "client headers stream=1 @48-182",
      "  :method: POST",
      "  :scheme: http",
      "  :path: /Cal/Add",
      "  :authority: localhost:50051",
      "  te: trailers",
      "  content-type: application/grpc",
      "client data stream=1 @192 0000000005086410ac02",
      "client end stream=1",
      "server headers stream=1 @24-86",
      "  :status: 200",
      "  content-type: application/grpc",
      "server data stream=1 @95 0000000003089003",
      "server headers stream=1 @116-140 END_STREAM",
      "  grpc-status: 0",
      "server end stream=1",
    ]);
  });

  test.each([1, 2, 3, 5, 7, 8, 9, 10, 11, 16, 64])("is told the same in pieces of %d bytes", (cut) => {
    expect(play(call, cut)).toEqual(play(call, 1 << 20));
  });
});
