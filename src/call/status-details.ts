/** `grpc-status-details-bin` (the bytes of a google.rpc.Status) → its details as ProtoJSON. */
import { metadataBytes } from "../grpc/binary-metadata.js";
import { statusName } from "../grpc/status.js";
import { decodeMessage } from "../protobuf/decode.js";
import { Schema } from "../protobuf/schema.js";
import type { Call, CallStatus } from "./call.js";
import { toDiagnosticRecord } from "./diagnose.js";
import type { DiagnosticRecord } from "./record.js";

/** Empty where there are none, or they do not decode: then `found` says so. */
export function decodeStatusDetails(call: Call, found: DiagnosticRecord[]): object[] {
  const field = call.status?.details ?? null;
  if (field === null) return [];
  // The one that everybody knows: a schema may declare another under its name.
  const type = Schema.empty.message("google.rpc.Status")!;
  const bytes = metadataBytes(field);
  if (bytes === null) {
    found.push(toDiagnosticRecord("GRPC_STATUS_DETAILS_MALFORMED", {}, []));
    return [];
  }
  const decoded = decodeMessage(type, bytes, 0, bytes.length, call.context);
  if (!decoded.complete) found.push(toDiagnosticRecord("GRPC_STATUS_DETAILS_MALFORMED", {}, []));
  const { code = 0, message = "", details = [] } = JSON.parse(decoded.json);
  noteContradiction(call.status!, code, message, found);
  return details;
}

/** PROTOCOL-HTTP2, Status-Details: "If it contains a status code field, it MUST NOT contradict the Status header." */
function noteContradiction(status: CallStatus, code: number, message: string, found: DiagnosticRecord[]): void {
  if ((code === 0 || code === status.code) && (message === "" || message === status.message)) return;
  const values = { status: describe(status.code, status.message), details: describe(code, message) };
  found.push(toDiagnosticRecord("GRPC_STATUS_CONTRADICTED", values, []));
}

function describe(code: number, message: string): string {
  return `${code} ${statusName(code)} ${JSON.stringify(message)}`;
}
