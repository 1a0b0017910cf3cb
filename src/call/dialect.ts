/**
 * Protocols that lay a call out otherwise than gRPC does on an HTTP/2 stream: which one a stream speaks, by the headers of either side,
 * and what it changes.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import type { BodyReader } from "../grpc/body-reader.js";
import { isUnaryConnect, parseConnectContentType } from "../grpc/connect/content-type.js";
import { type GetRequest, parseGetRequest } from "../grpc/connect/get-request.js";
import type { MemoryBudget } from "../grpc/growing-buffer.js";
import type { MessageSink } from "../grpc/message-splitter.js";
import { parseWebContentType } from "../grpc/web/content-type.js";
import { fieldValue, type HeaderField } from "../hpack/header-field.js";
import type { HeaderBlock } from "../http2/observer.js";
import type { Call } from "./call.js";
import { ConnectDialect } from "./connect-dialect.js";
import type { CallContext } from "./context.js";
import { methodPath } from "./method-path.js";
import { WebDialect } from "./web-dialect.js";

/** What a dialect works on: the call that is open on a stream. Messages go into it. */
export interface DialectCall extends MessageSink {
  readonly call: Call;
  readonly context: CallContext;
  readonly budget: MemoryBudget;
  readonly provenance: readonly [OffsetMap, OffsetMap] | null;
  /** What the response's end said is not known. */
  responseMissing: boolean;
}

export interface Dialect {
  /** A block of headers or trailers, interim responses apart. Returns what reads the body of that side from here on; null: as before. */
  headers(side: Side, block: HeaderBlock): BodyReader | null;
  /** The response is over, and its reader was told so. */
  responseEnd(): void;
}

export type Spoken =
  | { readonly protocol: "grpc-web" }
  | {
      readonly protocol: "connect";
      readonly streaming: boolean;
      readonly codec: string;
      readonly get: GetRequest | null;
    };

const WEB: Spoken = { protocol: "grpc-web" };

/** What the headers of a stream that speaks no gRPC speak; null: none of these protocols, or nothing says so yet. */
export function spokenBy(side: Side, fields: readonly HeaderField[], context: CallContext): Spoken | null {
  const contentType = fieldValue(fields, "content-type");
  if (contentType !== null && parseWebContentType(contentType) !== null) return WEB;
  const path = fieldValue(fields, ":path") ?? "";
  const methodKnown = (known: string) => context.schema.method(methodPath(known)) !== null;
  if (fieldValue(fields, ":method") === "GET") {
    const get = parseGetRequest(path);
    if (get === null || !(get.hasVersion || methodKnown(get.path))) return null;
    return { protocol: "connect", streaming: false, codec: get.codec, get };
  }
  const connect = contentType === null ? null : parseConnectContentType(contentType);
  if (connect === null) return null;
  const spoken: Spoken = { protocol: "connect", ...connect, get: null };
  if (connect.streaming) return spoken;
  const version = fieldValue(fields, "connect-protocol-version");
  if (side !== 0) return null;
  return isUnaryConnect({ version, path, codec: connect.codec, methodKnown: methodKnown(path) }) ? spoken : null;
}

export function createDialect(spoken: Spoken, open: DialectCall): Dialect {
  return spoken.protocol === "grpc-web" ? new WebDialect(open) : new ConnectDialect(open, spoken);
}

/** A browser's question whether it may call, before a call of gRPC-Web or Connect (Fetch, CORS-preflight request): no call itself. */
export function isPreflight(fields: readonly HeaderField[]): boolean {
  return fieldValue(fields, ":method") === "OPTIONS";
}
