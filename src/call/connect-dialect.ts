/**
 * The Connect protocol (connectrpc.com/docs/protocol): a unary call is one HTTP exchange whose bodies are the messages and whose error is
 * JSON; a stream has messages with gRPC's prefix and ends in one of JSON.
 */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { BodyReader } from "../grpc/body-reader.js";
import { type ConnectError, parseEndOfStream, parseError } from "../grpc/connect/error.js";
import type { GetRequest } from "../grpc/connect/get-request.js";
import { WholeBody } from "../grpc/connect/whole-body.js";
import { mediaType } from "../grpc/media-type.js";
import { type MessageSink, MessageSplitter, type MissingBytes } from "../grpc/message-splitter.js";
import { statusFromHttp, statusName } from "../grpc/status.js";
import { fieldValue, observedField } from "../hpack/header-field.js";
import type { HeaderBlock } from "../http2/observer.js";
import type { CallHalf } from "./call.js";
import { diagnose } from "./diagnose.js";
import type { Dialect, DialectCall } from "./dialect.js";
import { IgnoredBody } from "./ignored-body.js";
import { inflateBody } from "./inflate-body.js";

const END_STREAM_FLAG = 2;
const COMPRESSED_FLAG = 1;
const UNKNOWN = 2;

/** Names of the fields that stand for the trailers of a unary response begin so. */
const TRAILER = "trailer-";

/** What the response's body is. */
type ResponseBody = "messages" | "error" | "other";

export interface ConnectRequest {
  readonly streaming: boolean;
  readonly codec: string;
  readonly get: GetRequest | null;
}

export class ConnectDialect implements Dialect, MessageSink {
  private httpStatus = "";
  private responseBody: ResponseBody = "messages";
  private isOver = false;
  private sawEnd = false;
  private toldMore = false;

  constructor(
    private readonly open: DialectCall,
    private readonly request: ConnectRequest,
  ) {
    open.call.protocol = "connect";
  }

  headers(side: Side, block: HeaderBlock): BodyReader | null {
    const { call } = this.open;
    const half = call.half(side);
    if (side === SERVER && half.headers !== null) {
      half.trailers ??= block.fields;
      return null;
    }
    if (side === CLIENT && half.trailers !== null) return null;
    half.codec = this.request.codec;
    const encoding = this.request.streaming ? "connect-content-encoding" : "content-encoding";
    half.encoding = fieldValue(block.fields, encoding) ?? "identity";
    if (side === CLIENT) {
      if (this.request.get !== null) return this.getRequest(this.request.get, block);
    } else if (!this.responseHeaders(half, block)) return new IgnoredBody();
    return this.reader(side, half, block);
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
    if (side === SERVER && this.responseBody === "error") this.unaryError(flag, body, packets, missing);
    else if (side === SERVER && this.sawEnd) this.afterEnd(packets);
    else if (side === SERVER && this.request.streaming && (flag & END_STREAM_FLAG) !== 0)
      this.endOfStream(flag, body, packets, missing);
    else this.open.message(side, flag, length, body, packets, timeNs, missing);
  }

  responseEnd(): void {
    const { call } = this.open;
    if (this.isOver || call.status !== null || this.httpStatus === "") return;
    this.isOver = true;
    if (this.responseBody === "other") {
      const code = statusFromHttp(Number(this.httpStatus));
      diagnose(call, "CONNECT_RESPONSE_OTHER", { http: this.httpStatus, name: statusName(code) }, []);
      call.status = { code, message: "", details: null };
    } else if (!this.request.streaming) call.status = { code: 0, message: "", details: null };
    else if (!this.open.responseMissing) {
      this.open.responseMissing = true;
      diagnose(call, "CONNECT_END_MISSING", {}, []);
    }
  }

  private reader(side: Side, half: CallHalf, block: HeaderBlock): BodyReader {
    const { context, budget, provenance } = this.open;
    const { maxMessageBytes } = context.limits;
    const map = provenance?.[side] ?? null;
    if (this.request.streaming) return new MessageSplitter(this, side, map, maxMessageBytes, budget);
    const flag = half.encoding === "identity" ? 0 : COMPRESSED_FLAG;
    const declared = Number(fieldValue(block.fields, "content-length") ?? 0) || 0;
    return new WholeBody(this, side, map, maxMessageBytes, budget, flag, block, half, declared);
  }

  private getRequest({ path, compression, message }: GetRequest, block: HeaderBlock): BodyReader {
    const { call, provenance } = this.open;
    const { request } = call;
    call.path = path;
    request.encoding = compression;
    const packets = provenance?.[CLIENT].packets(block.at, block.end) ?? [];
    if (message === null) diagnose(call, "CONNECT_QUERY_INVALID", {}, packets);
    else {
      const flag = compression === "identity" ? 0 : COMPRESSED_FLAG;
      this.open.message(CLIENT, flag, message.length, message, packets, block.endNs, null);
    }
    return new IgnoredBody();
  }

  /** Whether its body is this protocol's. */
  private responseHeaders(half: CallHalf, { fields }: HeaderBlock): boolean {
    this.httpStatus = fieldValue(fields, ":status") ?? "";
    const contentType = mediaType(fieldValue(fields, "content-type") ?? "");
    half.headers = fields;
    if (this.request.streaming) {
      if (this.httpStatus === "200" && contentType.startsWith("application/connect+")) return true;
    } else {
      const trailers = fields.filter(({ name }) => name.startsWith(TRAILER));
      if (trailers.length > 0) {
        half.headers = fields.filter(({ name }) => !name.startsWith(TRAILER));
        half.trailers = trailers.map(({ name, value, valueBytes }) =>
          observedField(name.slice(TRAILER.length), value, valueBytes),
        );
      }
      // "HTTP-Status 200 OK" is a success; any other one comes with the error as JSON
      if (this.httpStatus !== "200" && contentType === "application/json") {
        this.responseBody = "error";
        return true;
      }
      if (this.httpStatus === "200" && contentType === `application/${this.request.codec}`) return true;
    }
    this.responseBody = "other";
    return false;
  }

  private unaryError(flag: number, body: Uint8Array, packets: number[], missing: MissingBytes | null): void {
    if (missing !== null) {
      this.open.responseMissing = true;
      return;
    }
    const error = parseError(this.plain(flag, body) ?? new Uint8Array(0));
    const code = statusFromHttp(Number(this.httpStatus));
    if (error === null)
      diagnose(this.open.call, "CONNECT_ERROR_MALFORMED", { http: this.httpStatus, name: statusName(code) }, packets);
    this.setStatus(error ?? { code, message: "", details: null }, code);
  }

  private endOfStream(flag: number, body: Uint8Array, packets: number[], missing: MissingBytes | null): void {
    const { call } = this.open;
    this.sawEnd = true;
    const plain = missing === null ? this.plain(flag, body) : null;
    const end = plain === null ? null : parseEndOfStream(plain);
    if (end === null) {
      this.open.responseMissing = true;
      diagnose(call, "CONNECT_END_MALFORMED", {}, packets);
      return;
    }
    call.response.trailers = end.metadata.map(([name, value]) => observedField(name, value));
    if (end.error === null) call.status = { code: 0, message: "", details: null };
    else this.setStatus(end.error, UNKNOWN);
  }

  private afterEnd(packets: number[]): void {
    if (!this.toldMore) diagnose(this.open.call, "CONNECT_AFTER_END", {}, packets);
    this.toldMore = true;
  }

  private setStatus({ code, message, details }: ConnectError, otherwise: number): void {
    this.open.call.status = {
      code: code ?? otherwise,
      message,
      details: details === null ? null : observedField("grpc-status-details-bin", details),
    };
  }

  private plain(flag: number, body: Uint8Array): Uint8Array | null {
    if ((flag & COMPRESSED_FLAG) === 0) return body;
    return inflateBody(this.open.context, this.open.call.response.encoding ?? "identity", body);
  }
}
