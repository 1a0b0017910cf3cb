/**
 * Every diagnostic there is: code → severity, scope, sentence, spec section, advice. One file per layer below `table/`;
 * docs/diagnostics.md is made from it.
 */
import { CALL } from "./table/call.js";
import { CAPTURE } from "./table/capture.js";
import { GRPC } from "./table/grpc.js";
import { HPACK } from "./table/hpack.js";
import { HTTP1 } from "./table/http1.js";
import { HTTP2 } from "./table/http2.js";
import { LIVE } from "./table/live.js";
import { PACKET } from "./table/packet.js";
import { PROTOBUF } from "./table/protobuf.js";
import { TCP } from "./table/tcp.js";

export const TABLE = {
  ...CAPTURE,
  ...PACKET,
  ...TCP,
  ...HPACK,
  ...HTTP1,
  ...HTTP2,
  ...GRPC,
  ...PROTOBUF,
  ...CALL,
  ...LIVE,
} as const;

/** Reads LAYER_THING_WHAT: "TCP_GAP", "HPACK_INDEX_UNKNOWN". A code never changes its meaning. */
export type DiagnosticCode = keyof typeof TABLE;
