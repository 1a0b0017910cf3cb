/** A message as sent → its body, decompressed, and what the schema makes of it. Done when an output asks, not before. */
import { ByteWriter } from "../bytes/byte-writer.js";
import { writeMessage } from "../protobuf/decode.js";
import { type FieldReading, readFields } from "../protobuf/field-reading.js";
import type { MessageType, MethodType } from "../protobuf/types.js";
import { type Call, type CallHalf, type CallMessage, halfName } from "./call.js";
import { toDiagnosticRecord } from "./diagnose.js";
import type { DiagnosticRecord } from "./record.js";

export interface DecodedCallMessage {
  readonly type: MessageType | null;
  /** Bytes of the body, decompressed; what was seen of it when it is not whole. */
  readonly size: number;
  readonly encoding: string;
  /** ProtoJSON as UTF-8 text, borrowed until the next message is decoded; null without a schema or when the body could not be had. */
  readonly json: Uint8Array | null;
  /** The schemaless reading; null when `json` is there. */
  readonly fields: readonly FieldReading[] | null;
  /** The body; null when it need not be shown because `json` says it all. */
  readonly raw: Uint8Array | null;
  readonly complete: boolean;
}

/** Holds the JSON of the message that was decoded last. */
const json = new ByteWriter();

/** The method that the call's path names, where the schema knows it. */
export function methodOf(call: Call): MethodType | null {
  return call.path === null ? null : call.context.schema.method(call.path);
}

/** `found` gets what was noticed on the way. */
export function decodeCallMessage(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  method: MethodType | null,
  found: DiagnosticRecord[],
): DecodedCallMessage {
  const { context } = call;
  const type = method === null ? null : half.side === 0 ? method.request : method.response;
  const encoding = message.flag === 0 ? "identity" : half.encoding;
  const body = decompress(call, half, message, encoding, found);
  if (body === null) {
    const { body: raw } = message;
    return { type, size: raw.length, encoding, json: null, fields: null, raw, complete: false };
  }
  const { complete } = message;
  if (type === null) {
    const reading = readFields(body, 0, body.length, context.limits);
    const raw = context.raw || !complete || !reading.complete ? body : null;
    return { type, size: body.length, encoding, json: null, fields: reading.fields, raw, complete };
  }
  json.clear();
  const decoded = writeMessage(type, body, 0, body.length, context, json);
  for (const problem of decoded.problems) found.push(toDiagnosticRecord(problem.code, problem.values, message.packets));
  const raw = context.raw || !complete || !decoded.complete ? body : null;
  return { type, size: body.length, encoding, json: json.bytes.subarray(0, json.length), fields: null, raw, complete };
}

/** null: the body cannot be had, and `found` says why. */
function decompress(
  call: Call,
  half: CallHalf,
  message: CallMessage,
  encoding: string,
  found: DiagnosticRecord[],
): Uint8Array | null {
  const values = { index: message.index, half: halfName(half.side), encoding, flag: message.flag };
  if (message.flag > 1) found.push(toDiagnosticRecord("GRPC_FLAG_INVALID", values, message.packets));
  if (message.flag === 0) return message.body;
  if (encoding === "identity") {
    // "If the Compressed-Flag is 1 … and Message-Encoding is omitted … an INTERNAL error": the bytes stay as they are.
    found.push(toDiagnosticRecord("GRPC_ENCODING_MISSING", values, message.packets));
    return null;
  }
  const { maxDecompressedBytes, maxDecompressionRatio } = call.context.limits;
  const limit = Math.min(maxDecompressedBytes, maxDecompressionRatio * Math.max(message.body.length, 64));
  const result = call.context.inflate(encoding, message.body, limit);
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
      found.push(toDiagnosticRecord("GRPC_DECOMPRESSION_LIMIT", { ...values, limit }, message.packets));
      return null;
    case "unknown_encoding":
      found.push(toDiagnosticRecord("GRPC_ENCODING_UNKNOWN", values, message.packets));
      return null;
  }
}
