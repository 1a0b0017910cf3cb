/**
 * The call record, version 1: a promise to users, told in full in docs/json.md. Plain, readonly, safe to keep.
 * Unknown is null, never left out. New keys may be added; these keep their meaning.
 */
import type { Severity } from "../diagnostics/diagnostic.js";
import type { CallKind } from "../protobuf/kind.js";

export interface CallRecord {
  readonly record: "call";
  readonly version: 1;
  /** The capture it was read from, as named on the command line; null on a live stream and in the library. */
  readonly capture: string | null;
  /** 1, 2, … in the order in which calls began. */
  readonly id: number;
  /** ":path" as sent: "/Cal/Add". */
  readonly path: string | null;
  readonly pathSource: PathSource;
  /** "?3": the table entry that the path is, when it was sent before the capture began: what --guess-path calls it. */
  readonly pathPlaceholder: string | null;
  readonly service: string | null;
  readonly method: string | null;
  /** By the schema; null without one. */
  readonly kind: CallKind | null;
  readonly protocol: Protocol;
  /** "127.0.0.1:41234", "[::1]:50051". */
  readonly client: string;
  readonly server: string;
  /** 1, 2, … in order of appearance. */
  readonly connection: number;
  /** HTTP/2 stream id. */
  readonly stream: number;
  readonly tls: TlsRecord | null;
  /** RFC 3339 UTC with the capture's full resolution. */
  readonly start: string;
  /** First byte of the request headers → end of the response. */
  readonly durationMs: number | null;
  readonly outcome: Outcome;
  readonly status: StatusRecord | null;
  /** What broke it off, before its end or behind it. */
  readonly reset: ResetRecord | null;
  /** From grpc-timeout; of Connect calls from connect-timeout-ms. */
  readonly deadline: DeadlineRecord | null;
  /** grpc-previous-rpc-attempts; 0 where there is none. */
  readonly previousAttempts: number;
  readonly request: HalfRecord;
  readonly response: HalfRecord;
  readonly diagnostics: readonly DiagnosticRecord[];
}

export type PathSource = "observed" | "inferred" | "given" | "unknown";
export type { CallKind };
export type Protocol = "grpc" | "grpc-web" | "grpc-web-text" | "connect";

/**
 * ok: grpc-status 0. error: another grpc-status. cancelled: RST_STREAM(CANCEL) with no status. reset: another RST_STREAM, a
 * stream refused after GOAWAY, or a TCP reset, with no status. incomplete: the input ended, or bytes are missing, before the
 * end was seen.
 */
export type Outcome = "ok" | "error" | "cancelled" | "reset" | "incomplete";

export interface TlsRecord {
  readonly version: string;
  readonly cipher: string;
  readonly sni: string | null;
  readonly alpn: string | null;
}

export interface StatusRecord {
  readonly code: number;
  /** "OK", "OUT_OF_RANGE". */
  readonly name: string;
  /** grpc-message, un-escaped. */
  readonly message: string;
  /** The details of google.rpc.Status as ProtoJSON. */
  readonly details: readonly object[];
}

export interface ResetRecord {
  readonly by: "client" | "server";
  readonly how: "RST_STREAM" | "GOAWAY" | "TCP" | "FIN";
  /** The error code of the frame, and its name: 8, "CANCEL". */
  readonly code: number | null;
  readonly name: string | null;
  /** The gRPC status that clients take it for when none was sent: "UNAVAILABLE". */
  readonly meaning: string | null;
}

export interface DeadlineRecord {
  /** As sent: "500m". */
  readonly timeout: string;
  readonly timeoutMs: number;
  /** The share of it that the call took, 1 for all; null where the end was not seen. */
  readonly used: number | null;
  /** Whether it ran out before the call ended; null where the end was not seen. */
  readonly passed: boolean | null;
}

/** A value that was never seen, of a field put into the table before the capture began, is null; such a name reads "?3". */
export type HeaderRecord = Readonly<Record<string, string | null | readonly (string | null)[]>>;

export interface HalfRecord {
  /** null: never seen. Pseudo-headers included; "-bin" values stay base64. */
  readonly headers: HeaderRecord | null;
  readonly trailers: HeaderRecord | null;
  /** The headers and trailers whose name or value was not read but worked out. */
  readonly inferred: readonly string[];
  readonly messages: readonly MessageRecord[];
  /** All that were seen, also when a limit keeps some out of `messages`. */
  readonly messageCount: number;
  readonly bytes: number;
}

export interface MessageRecord {
  /** From 0, within its direction. */
  readonly index: number;
  /** Time of its last byte, since `start`. */
  readonly timeMs: number;
  /** Full name: "AddRequest", "shop.v1.Order"; null without a schema. */
  readonly type: string | null;
  /** Bytes of the protobuf body, decompressed. */
  readonly size: number;
  /** The length in the 5-byte prefix. */
  readonly wireSize: number;
  /** "identity", "gzip", … */
  readonly encoding: string;
  /** Numbers (from 1) of the capture's packets that carry it; empty on a live stream. */
  readonly packets: readonly number[];
  readonly complete: boolean;
  /** ProtoJSON, when the schema is known; what it says itself, when its codec is JSON. */
  readonly value: unknown;
  /** Without a schema: every field with number, wire type and its possible readings; with one: those that it does not explain. */
  readonly fields: readonly object[] | null;
  /** base64 of the decompressed body with --raw, and always when it could not be decoded whole. */
  readonly raw: string | null;
}

export interface DiagnosticRecord {
  readonly code: string;
  readonly severity: Severity;
  readonly text: string;
  readonly packets: readonly number[];
}
