/**
 * gRPC-Web (gRPC PROTOCOL-WEB): messages as in gRPC, the trailers a last message with a flag of its own, all of it base64 in the text
 * variant.
 */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import type { BodyReader } from "../grpc/body-reader.js";
import { type MessageSink, MessageSplitter, type MissingBytes } from "../grpc/message-splitter.js";
import { Base64Body } from "../grpc/web/base64-body.js";
import { parseWebContentType } from "../grpc/web/content-type.js";
import { parseWebTrailers, TRAILERS_FLAG } from "../grpc/web/trailers.js";
import { fieldValue, observedField } from "../hpack/header-field.js";
import type { HeaderBlock } from "../http2/observer.js";
import { halfName } from "./call.js";
import { diagnose } from "./diagnose.js";
import type { Dialect, DialectCall } from "./dialect.js";
import { ForeignBody } from "./foreign-body.js";
import { IgnoredBody } from "./ignored-body.js";
import { inflateBody } from "./inflate-body.js";
import { readStatus } from "./outcome.js";

export class WebDialect implements Dialect, MessageSink {
  private sawTrailers = false;
  private toldMore = false;

  constructor(private readonly open: DialectCall) {
    open.call.protocol = "grpc-web";
  }

  headers(side: Side, block: HeaderBlock): BodyReader | null {
    const { call } = this.open;
    const half = call.half(side);
    if (side === CLIENT && half.trailers !== null) return null;
    const declared = fieldValue(block.fields, "content-type");
    const contentType = parseWebContentType(declared ?? "");
    half.codec = contentType?.codec ?? "proto";
    if (contentType?.text) call.protocol = "grpc-web-text";
    if (side === SERVER && !this.responseHeaders(block)) return null;
    if (contentType === null) return declared === null ? new IgnoredBody() : new ForeignBody(call, declared);
    const reader = (provenance: OffsetMap | null) => {
      const { context, budget } = this.open;
      return new MessageSplitter(this, side, provenance, context.limits.maxMessageBytes, budget);
    };
    const source = this.open.provenance?.[side] ?? null;
    return contentType.text ? new Base64Body(source, reader, () => this.junk(side)) : reader(source);
  }

  message(
    side: Side,
    flag: number,
    length: number,
    body: Uint8Array,
    packets: number[],
    timeNs: number,
    missing: MissingBytes | null,
  ): void {
    if (side === SERVER && (flag & TRAILERS_FLAG) !== 0 && !this.sawTrailers) {
      this.trailers(flag, body, packets, missing);
      return;
    }
    if (!this.sawTrailers || side === CLIENT) {
      this.open.message(side, flag, length, body, packets, timeNs, missing);
      return;
    }
    if (!this.toldMore) diagnose(this.open.call, "GRPC_WEB_AFTER_TRAILERS", {}, packets);
    this.toldMore = true;
  }

  responseEnd(): void {}

  /** Whether a body may follow: "Trailers-Only" has the status in the headers. */
  private responseHeaders({ fields, complete }: HeaderBlock): boolean {
    const { call } = this.open;
    const { response } = call;
    if (response.headers === null && response.trailers === null && fieldValue(fields, "grpc-status") === null) {
      response.headers = fields;
      response.encoding = fieldValue(fields, "grpc-encoding") ?? "identity";
      return true;
    }
    // HTTP's own trailers, or a response of headers only
    response.trailers ??= fields;
    if (!complete) this.open.responseMissing = true;
    if (call.status === null) readStatus(call, fields);
    return false;
  }

  private trailers(flag: number, body: Uint8Array, packets: number[], missing: MissingBytes | null): void {
    const { call, context } = this.open;
    const { response } = call;
    this.sawTrailers = true;
    const plain = (flag & 1) === 0 ? body : inflateBody(context, response.encoding ?? "identity", body);
    const { maxHeaderBlockBytes, maxHeaderFields } = context.limits;
    const { fields, complete } =
      plain === null
        ? { fields: [], complete: false }
        : parseWebTrailers(plain, missing === null, maxHeaderBlockBytes, maxHeaderFields);
    response.trailers = fields.map(([name, value]) => observedField(name, value));
    readStatus(call, response.trailers);
    if (complete) return;
    this.open.responseMissing = true;
    diagnose(call, "CALL_HEADERS_INCOMPLETE", { half: halfName(SERVER) }, packets);
  }

  private junk(side: Side): void {
    if (side === SERVER) this.open.responseMissing = true;
    diagnose(this.open.call, "GRPC_WEB_BASE64_INVALID", { half: halfName(side) }, []);
  }
}
