/** A message as sent → its body, decompressed, and what the schema makes of it. Done when an output asks, not before. */
import { encodingByMagic } from "../grpc/encoding-magic.js";
import { fieldValue } from "../hpack/header-field.js";
import { decodeMessage } from "../protobuf/decode.js";
import { type FieldReading, readFields } from "../protobuf/field-reading.js";
import type { MessageType, MethodType } from "../protobuf/types.js";
import { type Call, type CallHalf, type CallMessage, halfName } from "./call.js";
import { toDiagnosticRecord } from "./diagnose.js";
import { inflate, maxInflated } from "./inflate-body.js";
import { compactJson } from "./json-codec.js";
import { methodPath } from "./method-path.js";
import { noteNewProblems } from "./note-problems.js";
import type { DiagnosticRecord } from "./record.js";

/** The method that the call's path names, where the schema knows it. */
export function methodOf(call: Call): MethodType | null {
  return call.path === null ? null : call.context.schema.method(methodPath(call.path), call.connection.server);
}

/** The type of the messages of one half; null without a schema, and where they are neither protobuf nor its JSON. */
export function messageTypeOf(half: CallHalf, method: MethodType | null): MessageType | null {
  if (method === null || (half.codec !== "proto" && half.codec !== "json")) return null;
  return half.side === 0 ? method.request : method.response;
}

export function encodingOf(half: CallHalf, message: CallMessage): string {
  if (message.flag === 0) return "identity";
  return half.encoding ?? encodingByMagic(message.body) ?? "unknown";
}

/** What a message says, as text. */
export interface DecodedCallMessage {
  /** ProtoJSON, or the JSON that the body is; null without a schema or when the body could not be had. */
  readonly json: string | null;
  /** Without a schema every field; with one those that it does not explain. null: there are none, or the body could not be had. */
  readonly fields: readonly FieldReading[] | null;
  /** The body, or what there is of it; null when `json` or `fields` account for every byte. */
  readonly raw: Uint8Array | null;
}

/** `found` gets what was noticed on the way. */
export function decodeCallMessage(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  type: MessageType | null,
  found: DiagnosticRecord[],
): DecodedCallMessage {
  const { context } = call;
  const body = bodyOf(call, half, message, found);
  if (body === null) return { json: null, fields: null, raw: message.body };
  if (half.codec !== "proto") {
    const json = jsonOf(half, message, body, context.limits.maxProtobufDepth, found);
    return { json, fields: null, raw: isRawShown(call, message, json !== null) ? body : null };
  }
  if (type === null) {
    const { fields, complete } = readFieldsInOrder(call, half, message, body, found);
    return { json: null, fields, raw: isRawShown(call, message, complete) ? body : null };
  }
  const { json, complete, problems, unknown } = decodeMessage(type, body, 0, body.length, context);
  noteNewProblems(call, problems, message, found);
  return {
    json,
    fields: unknown.length === 0 ? null : unknown,
    raw: isRawShown(call, message, complete) ? body : null,
  };
}

/** A message that is not protobuf, as JSON; null where it is something else, or, and then `found` says so, damaged. */
export function jsonOf(
  { codec, side }: CallHalf,
  { index, packets, complete }: CallMessage,
  body: Uint8Array,
  maxDepth: number,
  found: DiagnosticRecord[],
): string | null {
  if (codec !== "json") return null;
  const json = compactJson(body, maxDepth);
  if (json === null && complete)
    found.push(toDiagnosticRecord("GRPC_JSON_MALFORMED", { index, half: halfName(side) }, packets));
  return json;
}

/** Whether a record shows the bytes; `explained`: the reading accounts for every one of them. */
export function isRawShown({ context }: Call, message: CallMessage, explained: boolean): boolean {
  return context.raw || !message.complete || !explained;
}

/** A message without a schema: its fields, their readings in the order of likelihood over all messages of the method. */
export function readFieldsInOrder(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  body: Uint8Array,
  found: DiagnosticRecord[],
): { fields: readonly FieldReading[]; complete: boolean } {
  const { limits } = call.context;
  const { fields, complete, limitAt } = readFields(body, 0, body.length, limits);
  if (limitAt !== null) {
    const type = `message ${message.index} of the ${halfName(half.side)}`;
    const values = { type, limit: limits.maxProtobufFields, at: limitAt };
    found.push(toDiagnosticRecord("PROTOBUF_TOO_MANY_FIELDS", values, message.packets));
  }
  return { fields: call.context.learning.inOrder(call, half, fields, body), complete };
}

/** The body, decompressed; what was seen of it when it is not whole. null: it cannot be had, and `found` says why. */
export function bodyOf(call: Call, half: CallHalf, message: CallMessage, found: DiagnosticRecord[]): Uint8Array | null {
  if (message.flag === 0) return message.body;
  const encoding = encodingOf(half, message);
  const values = { index: message.index, half: halfName(half.side), encoding, flag: message.flag };
  if (message.flag > 1) found.push(toDiagnosticRecord("GRPC_FLAG_INVALID", values, message.packets));
  if (encoding === "identity") {
    // "If the Compressed-Flag is 1 … and Message-Encoding is omitted … an INTERNAL error": the bytes stay as they are.
    const named = ["grpc-encoding", "connect-content-encoding"].some((name) => fieldValue(half.headers ?? [], name));
    const declared = named ? "the encoding declared is identity" : "no encoding was declared";
    found.push(toDiagnosticRecord("GRPC_ENCODING_MISSING", { ...values, declared }, message.packets));
    return null;
  }
  if (half.encoding === null) {
    const code = encoding === "unknown" ? "GRPC_ENCODING_UNSEEN" : "GRPC_ENCODING_INFERRED";
    found.push(toDiagnosticRecord(code, values, message.packets));
    if (encoding === "unknown") return null;
  }
  const result = inflate(call.context, encoding, message.body);
  switch (result.kind) {
    case "ok":
      return result.bytes;
    case "failed":
      if (message.complete) {
        const failed = { ...values, reason: result.reason };
        found.push(toDiagnosticRecord("GRPC_DECOMPRESSION_FAILED", failed, message.packets));
      }
      return null;
    case "too_large":
      found.push(
        toDiagnosticRecord(
          "GRPC_DECOMPRESSION_LIMIT",
          { ...values, limit: maxInflated(call.context, message.body.length) },
          message.packets,
        ),
      );
      return null;
    case "unknown_encoding":
      found.push(toDiagnosticRecord("GRPC_ENCODING_UNKNOWN", values, message.packets));
      return null;
  }
}
