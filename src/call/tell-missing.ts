/** A message that is not whole → the diagnostic that says so. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { MissingBytes } from "../grpc/message-splitter.js";
import { type Call, type CallMessage, halfName } from "./call.js";
import { diagnose } from "./diagnose.js";

const CODES = { cut: "GRPC_MESSAGE_CUT", limit: "GRPC_MESSAGE_LIMIT", prefix: "GRPC_PREFIX_CUT" } as const;

export function tellMissing(call: Call, side: Side, message: CallMessage, missing: MissingBytes): void {
  const { index, wireSize, body, packets } = message;
  // A body without a content-length was to be longer, nobody knows by how much.
  const length = missing === "cut" && wireSize <= body.length ? "?" : wireSize;
  const values = { index, half: halfName(side), length, seen: body.length, kept: body.length };
  diagnose(call, CODES[missing], values, packets);
}
