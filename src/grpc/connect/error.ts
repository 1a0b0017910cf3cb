/**
 * Connect's JSON for errors and for the end of a stream (connectrpc.com/docs/protocol, Error, Error-Codes, EndStreamResponse) → what
 * gRPC's trailers would have said.
 */
import { decodeBase64, encodeBase64 } from "../../bytes/base64.js";
import { decodeUtf8Strict } from "../../bytes/text.js";
import { statusCodeOf } from "../status.js";
import { encodeStatus, type StatusDetail } from "./encode-status.js";

export interface ConnectError {
  /** null: no code, or none that is known. */
  readonly code: number | null;
  readonly message: string;
  /** As grpc-status-details-bin would have it, base64; null where there are none. */
  readonly details: string | null;
}

export interface EndOfStream {
  readonly error: ConnectError | null;
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

/** The body of a unary call's error; null: it is none. */
export function parseError(bytes: Uint8Array): ConnectError | null {
  return readError(parseJson(bytes));
}

/** The last message of a stream; null: it is no JSON object. */
export function parseEndOfStream(bytes: Uint8Array): EndOfStream | null {
  const end = parseJson(bytes);
  if (end === null) return null;
  const metadata: [string, string][] = [];
  for (const [name, values] of Object.entries(objectOf(end.metadata) ?? {}))
    for (const value of Array.isArray(values) ? values.slice(0, MAX_METADATA) : [values])
      if (metadata.length < MAX_METADATA)
        metadata.push([name.toLowerCase(), typeof value === "string" ? value : JSON.stringify(value)]);
  return { error: readError(objectOf(end.error)), metadata };
}

/** "canceled" for 1, and otherwise gRPC's names in lower case. */
function codeOf(name: unknown): number | null {
  if (typeof name !== "string") return null;
  const code = name === "canceled" ? 1 : statusCodeOf(name.toUpperCase());
  return code > 0 && name !== "cancelled" ? code : null;
}

function readError(error: JsonObject | null): ConnectError | null {
  if (error === null) return null;
  const code = codeOf(error.code);
  const message = typeof error.message === "string" ? error.message : "";
  const details: StatusDetail[] = [];
  for (const detail of Array.isArray(error.details) ? error.details : []) {
    const { type, value } = objectOf(detail) ?? {};
    const bytes = typeof value === "string" ? decodeBase64(value) : null;
    if (typeof type === "string" && bytes !== null) details.push({ type, value: bytes });
  }
  if (details.length === 0) return { code, message, details: null };
  return { code, message, details: encodeBase64(encodeStatus(code ?? 2, message, details)) };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** As values they take many times their size. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;
/** Metadata at the end of a stream: as LIMITS.maxHeaderFields. */
const MAX_METADATA = 1_000;

function parseJson(bytes: Uint8Array): JsonObject | null {
  if (bytes.length > MAX_JSON_BYTES) return null;
  const text = decodeUtf8Strict(bytes, 0, bytes.length);
  if (text === null) return null;
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}

function objectOf(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
