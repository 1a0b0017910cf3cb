import { expect, test } from "@jest/globals";
import type { FrameRecord } from "../../src/engine/frame-record.js";
import { Inspector } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import {
  block,
  concat,
  data,
  grpcRequest,
  grpcResponse,
  headers,
  message,
  preface,
  settings,
} from "../support/frames.js";

/** The messages that the server's DATA frames are told to hold, when it answers with this block. */
function answered(response: Uint8Array, body: Uint8Array): unknown[] {
  const frames: FrameRecord[] = [];
  const inspector = new Inspector(nodePorts, {}, { frame: (frame) => frames.push(frame) });
  const sink = inspector.connection({ client: "127.0.0.1:40000", server: "127.0.0.1:50051" });
  const request = concat(preface, settings(), headers(1, grpcRequest("/Cal/Add")), data(1, message([8, 1])));
  const answer = concat(settings(), headers(1, response), data(1, body));
  sink.data(0, request, 0, request.length, 0, 0);
  sink.data(1, answer, 0, answer.length, 0, 1);
  inspector.finish();
  return frames.filter(({ type, side }) => type === "DATA" && side === "server").map(({ says }) => says.messages ?? []);
}

test("DATA of a gRPC response is messages", () => {
  expect(answered(grpcResponse, message([8, 1]))).toEqual([[{ compressed: false, length: 2 }]]);
});

test("DATA of a page in its place is none", () => {
  const page = new TextEncoder().encode("<html>no</html>");
  expect(answered(block([":status", "502"], ["content-type", "text/html"]), page)).toEqual([[]]);
});
