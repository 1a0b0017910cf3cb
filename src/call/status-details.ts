/** `grpc-status-details-bin` (the bytes of a google.rpc.Status) → its details as ProtoJSON. */
import { metadataBytes } from "../grpc/binary-metadata.js";
import { decodeMessage } from "../protobuf/decode.js";
import type { Call } from "./call.js";
import { toDiagnosticRecord } from "./diagnose.js";
import type { DiagnosticRecord } from "./record.js";

/** Empty where there are none, or they do not decode: then `found` says so. */
export function decodeStatusDetails(call: Call, found: DiagnosticRecord[]): object[] {
  const field = call.status?.details ?? null;
  if (field === null) return [];
  const type = call.context.schema.message("google.rpc.Status");
  const bytes = metadataBytes(field);
  if (type === null || bytes === null) {
    found.push(toDiagnosticRecord("GRPC_STATUS_DETAILS_MALFORMED", {}, []));
    return [];
  }
  const decoded = decodeMessage(type, bytes, 0, bytes.length, call.context);
  if (!decoded.complete) found.push(toDiagnosticRecord("GRPC_STATUS_DETAILS_MALFORMED", {}, []));
  return JSON.parse(decoded.json).details ?? [];
}
