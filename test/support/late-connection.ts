/** Calls of a connection that was open before the bytes begin: both encoders' tables hold what came before. */
import type { Side } from "../../src/bytes/byte-stream-sink.js";
import { toCallRecord } from "../../src/call/format-record.js";
import type { CallRecord } from "../../src/call/record.js";
import { Inspector, type InspectorOptions } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { Schema } from "../../src/protobuf/schema.js";
import { concat, data, headers, message } from "./frames.js";
import { HpackEncoder } from "./hpack-encoder.js";

export interface LateCall {
  readonly path: string;
  readonly requests: readonly (readonly number[])[];
  readonly replies: readonly (readonly number[])[];
  readonly status?: number;
  /** Its grpc-message, of C-core's server. */
  readonly message?: string;
  /** Its request was not captured. */
  readonly lost?: true;
}

/**
 * The request's fields in the order of C-core, whose calls are the hardest: all that varies is in the table. The response's in that of
 * C-core, or of grpc-js, within one second of its date: then nothing of it tells whose it is.
 */
export class LatePeers {
  private readonly encoders: readonly [HpackEncoder, HpackEncoder];
  private stream = 1;

  constructor(
    private readonly server: "C-core" | "grpc-js",
    tableBytes: number,
  ) {
    this.encoders = [new HpackEncoder(tableBytes), new HpackEncoder(tableBytes)];
  }

  /** What both sides send for a call. */
  call({
    path,
    requests,
    replies,
    status = 0,
    message: text,
  }: LateCall): readonly [client: Uint8Array, server: Uint8Array] {
    const [client, server] = this.encoders;
    const { stream } = this;
    this.stream += 2;
    const request = client.encode([
      [":path", path],
      [":authority", "localhost:50051"],
      [":method", "POST"],
      [":scheme", "http"],
      ["content-type", "application/grpc"],
      ["te", "trailers"],
      ["grpc-accept-encoding", "identity, deflate, gzip"],
      ["user-agent", "grpc-python/1.51.1"],
    ]);
    const sent = concat(headers(stream, request), data(stream, concat(...requests.map((body) => message(body))), END));
    const ended: Fields = [["grpc-status", String(status)]];
    if (text !== undefined) ended.push(["grpc-message", text]);
    else if (this.server === "grpc-js") {
      ended.push(["grpc-message", status === 0 ? "OK" : "no such item"]);
      if (status !== 0) return [sent, headers(stream, server.encode([STATUS, ...ended, CONTENT_TYPE, DATE]), END)];
    }
    const head = server.encode(
      this.server === "C-core"
        ? [STATUS, CONTENT_TYPE, ACCEPTED]
        : [STATUS, CONTENT_TYPE, ACCEPTED, ["grpc-encoding", "identity"], DATE],
    );
    const reply = replies.length === 0 ? [] : [data(stream, concat(...replies.map((body) => message(body))))];
    return [sent, concat(headers(stream, head), ...reply, headers(stream, server.encode(ended), END))];
  }
}

type Fields = [name: string, value: string][];

const STATUS: Fields[0] = [":status", "200"];
const CONTENT_TYPE: Fields[0] = ["content-type", "application/grpc"];
const ACCEPTED: Fields[0] = ["grpc-accept-encoding", "identity, deflate, gzip"];
const DATE: Fields[0] = ["date", "Mon, 23 Nov 2026 09:04:58 GMT"];

const END = { endStream: true };

export interface LateOptions extends Partial<InspectorOptions> {
  readonly proto: string;
  readonly server?: "C-core" | "grpc-js";
  /** What both header tables hold. */
  readonly tableBytes?: number;
  /** Packet time between calls. */
  readonly stepNs?: number;
}

/** The records of `calls`, made on a connection on which `before` were made already; after each push, how many there are. */
export function joinLate(
  before: readonly LateCall[],
  calls: readonly LateCall[],
  { proto, server = "C-core", tableBytes = 4096, stepNs = 1e6, ...options }: LateOptions,
): { records: CallRecord[]; counts: number[] } {
  const peers = new LatePeers(server, tableBytes);
  for (const call of before) peers.call(call);
  const records: CallRecord[] = [];
  const counts: number[] = [];
  const schema = new Schema({ protoFiles: [{ path: "test.proto", text: `syntax = "proto3"; ${proto}` }] });
  const inspector = new Inspector(
    nodePorts,
    { schema, ...options },
    { callEnd: (call) => records.push(toCallRecord(call)) },
  );
  const sink = inspector.connection({ client: "127.0.0.1:40000", server: "127.0.0.1:50051" });
  const at: [number, number] = [0, 0];
  for (const [i, call] of calls.entries()) {
    for (const [side, bytes] of peers.call(call).entries()) {
      const poisoned = bytes.slice();
      if (call.lost && side === 0) sink.gap(0, at[0], bytes.length, i * stepNs);
      else sink.data(side as Side, poisoned, 0, poisoned.length, at[side], i * stepNs);
      poisoned.fill(0xee);
      at[side] += bytes.length;
    }
    counts.push(records.length);
  }
  sink.close(0, "fin", calls.length * stepNs);
  sink.close(1, "fin", calls.length * stepNs);
  inspector.finish();
  return { records, counts };
}
