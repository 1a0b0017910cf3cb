/** How a call ended: its status from the trailers, and the outcome of the contract (record.ts). */

import { decodePercent } from "../grpc/percent.js";
import { parseStatusCode, statusFromHttp, statusName } from "../grpc/status.js";
import { fieldValue, type HeaderField } from "../hpack/header-field.js";
import type { Call, CallHalf } from "./call.js";
import { methodOf } from "./decode.js";
import { diagnose } from "./diagnose.js";
import { CANCEL } from "./reset.js";

const UNKNOWN = 2;

/** Reads grpc-status, grpc-message and grpc-status-details-bin of a block of trailers (PROTOCOL-HTTP2, Trailers). */
export function readStatus(call: Call, trailers: readonly HeaderField[]): void {
  const value = fieldValue(trailers, "grpc-status");
  if (value === null) return;
  const code = parseStatusCode(value);
  if (code === null) diagnose(call, "GRPC_STATUS_INVALID", { value }, []);
  call.status = {
    code: code ?? UNKNOWN,
    message: decodePercent(fieldValue(trailers, "grpc-message") ?? ""),
    details: trailers.find(({ name }) => name === "grpc-status-details-bin") ?? null,
  };
}

/** It ended as calls that went well did; which of its trailers says so need not be known. */
export function inferOk(call: Call): void {
  call.status = { code: 0, message: "", details: null };
  call.response.statusInferred = true;
}

/**
 * Sets the outcome of a call of which nothing more will come. `responseMissing`: bytes of the response are missing, or fields of
 * its trailers are not known; what its end said may be among them.
 */
export function concludeCall(call: Call, responseMissing: boolean): void {
  if (call.request.headers === null) diagnose(call, "CALL_HEADERS_UNSEEN", { half: "request" }, []);
  const { trailers, messageCount } = call.response;
  if ((trailers !== null || messageCount > 0) && !beganWhole(call.response))
    diagnose(call, "CALL_HEADERS_UNSEEN", { half: "response" }, []);
  if (call.status === null && call.response.ended && !responseMissing) takeHttpStatus(call);
  if (call.status !== null) call.outcome = call.status.code === 0 ? "ok" : "error";
  else if (responseMissing || call.reset === null || call.reset.how === "FIN") call.outcome = "incomplete";
  else call.outcome = call.reset.how === "RST_STREAM" && call.reset.code === CANCEL ? "cancelled" : "reset";
}

/** Whether the headers of a half were seen; those of a Trailers-Only response are its trailers. */
export function beganWhole({ headers, trailers }: CallHalf): boolean {
  return headers !== null || (trailers !== null && fieldValue(trailers, ":status") !== null);
}

/** Whether nothing of a half can be missing: it began and ended, with the one message that its kind has. */
export function isWhole(call: Call, half: CallHalf): boolean {
  if (!half.ended || !beganWhole(half) || half.messages.some(({ complete }) => !complete)) return false;
  const kind = methodOf(call)?.kind;
  const { side, messageCount } = half;
  if (kind === "bidi_streaming" || kind === (side === 0 ? "client_streaming" : "server_streaming")) return false;
  if (side === 1 && call.status !== null && call.status.code !== 0) return messageCount === 0 && kind !== undefined;
  return messageCount === 1 && kind !== undefined;
}

/** The response is over and said no grpc-status: what a client makes of it (http-grpc-status-mapping). */
function takeHttpStatus(call: Call): void {
  const { headers, trailers } = call.response;
  const http = fieldValue(headers ?? [], ":status") ?? fieldValue(trailers ?? [], ":status");
  if (http === null) return;
  const code = statusFromHttp(Number(http));
  diagnose(call, "GRPC_STATUS_MISSING", { http, name: statusName(code) }, []);
  call.status = { code, message: "", details: null };
}
