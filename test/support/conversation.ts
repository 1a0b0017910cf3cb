/** What two peers say, as byte pieces in turn → the call records that an Inspector makes of it. */
import type { CloseReason, Side } from "../../src/bytes/byte-stream-sink.js";
import type { Call } from "../../src/call/call.js";
import { toCallRecord } from "../../src/call/format-record.js";
import type { CallRecord } from "../../src/call/record.js";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.js";
import { Inspector, type InspectorOptions } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { Schema } from "../../src/protobuf/schema.js";
import { preface, settings } from "./frames.js";

export const CLIENT: Side = 0;
export const SERVER: Side = 1;

/** Bytes of one side, a hole of so many bytes, or the end of a side. One step takes a millisecond. */
export type Step =
  | readonly [side: Side, bytes: Uint8Array]
  | { readonly lost: Side; readonly length: number }
  | { readonly close: Side; readonly reason: CloseReason };

export interface Heard {
  readonly records: readonly CallRecord[];
  /** In the order in which they ended. */
  readonly calls: readonly Call[];
  readonly diagnostics: readonly Diagnostic[];
  readonly inspector: Inspector;
}

const SCHEMA = new Schema({
  protoFiles: [
    {
      path: "test.proto",
      text: `syntax = "proto3";
        message Pair { int32 a = 1; int32 b = 2; string text = 3; }
        service Cal { rpc Add(Pair) returns (Pair); rpc Say(Pair) returns (Pair); rpc Chat(stream Pair) returns (stream Pair); }`,
    },
  ],
});

/** The connection's beginning, which `listen` puts before the steps. */
const OPENING: readonly Step[] = [
  [CLIENT, preface],
  [CLIENT, settings()],
  [SERVER, settings()],
];

/** The same for peers that speak HTTP/1.1. */
export function listenHttp1(
  steps: readonly Step[],
  options: Partial<InspectorOptions> = {},
  cut: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes],
): Heard {
  return listen(steps, options, cut, () => {}, []);
}

/**
 * `cut`: how the bytes of a step are cut into pushes; each pushed buffer is overwritten behind the call. `ended` is told when a
 * call ends, with the index of the step that ended it; Infinity for the end of the input.
 */
export function listen(
  steps: readonly Step[],
  options: Partial<InspectorOptions> = {},
  cut: (bytes: Uint8Array) => Uint8Array[] = (bytes) => [bytes],
  ended: (stream: number, step: number) => void = () => {},
  opening: readonly Step[] = OPENING,
): Heard {
  const records: CallRecord[] = [];
  const calls: Call[] = [];
  const diagnostics: Diagnostic[] = [];
  let now = 0;
  const inspector = new Inspector(
    nodePorts,
    { schema: SCHEMA, ...options },
    {
      callEnd: (call) => {
        records.push(toCallRecord(call));
        calls.push(call);
        ended(call.stream, now);
      },
      diagnostic: (diagnostic) => diagnostics.push(diagnostic),
    },
  );
  const sink = inspector.connection({ client: "127.0.0.1:40000", server: "127.0.0.1:50051" });
  const at: [number, number] = [0, 0];
  for (const [index, step] of [...opening, ...steps].entries()) {
    const timeNs = index * 1e6;
    now = index - opening.length;
    if ("lost" in step) {
      sink.gap(step.lost, at[step.lost], step.length, timeNs);
      at[step.lost] += step.length;
    } else if ("close" in step) sink.close(step.close, step.reason, timeNs);
    else {
      const [side, bytes] = step;
      for (const piece of cut(bytes)) {
        const poisoned = piece.slice();
        sink.data(side, poisoned, 0, poisoned.length, at[side], timeNs);
        poisoned.fill(0xee);
        at[side] += piece.length;
      }
    }
  }
  now = Infinity;
  for (const side of [CLIENT, SERVER]) sink.close(side, "eof", 1e9);
  inspector.finish();
  return { records: records.sort((a, b) => a.id - b.id), calls, diagnostics, inspector };
}
