/**
 * The bytes of both sides of an HTTP/1.1 connection → exchanges, told as the streams that HTTP/2 would have made of them (RFC 9112;
 * the pseudo-header fields of RFC 9113 §8.3). The stream's id is the request's number on the connection.
 *
 * An observer, not an endpoint. The n-th response belongs to the n-th request (RFC 9112 §9.3); after lost responses the next one
 * belongs to the newest request, as clients do not send one before the last is answered.
 */
import { type ByteStreamSink, CLIENT, type CloseReason, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import { decodeLatin1 } from "../bytes/text.js";
import type { Report, Values } from "../diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../diagnostics/table.js";
import { type HeaderField, observedField } from "../hpack/header-field.js";
import type { HeaderBlock, Http2Observer } from "../http2/observer.js";
import type { Limits } from "../limits.js";
import { type BodyFraming, hasTwoFramings, requestFraming, responseFraming } from "./body-framing.js";
import { Exchange } from "./exchange.js";
import { type HeadView, type MessageHandler, MessageReader } from "./message-reader.js";
import { firstLineEnd, type ParsedFields, parseFields, parseRequestLine, parseStatusLine } from "./parse-head.js";
import { requestPseudoFields } from "./request-fields.js";

export class Http1Connection implements ByteStreamSink, MessageHandler {
  private readonly readers: readonly [MessageReader, MessageReader];
  /** Requests whose response has not ended, oldest first. */
  private readonly waiting: Exchange[] = [];
  /** What each side is sending; null: nothing. */
  private readonly current: [Exchange | null, Exchange | null] = [null, null];
  /** Which responses are missing is not known. */
  private lostResponses = false;
  private count = 0;
  private readonly closed: [boolean, boolean] = [false, false];
  private readonly ends: [number, number] = [0, 0];

  /** `joinedLate`: it began before its bytes do. */
  constructor(
    private readonly observer: Http2Observer,
    private readonly report: Report,
    private readonly limits: Limits,
    joinedLate = false,
  ) {
    const { maxHeaderBlockBytes } = limits;
    this.readers = [
      new MessageReader(CLIENT, this, maxHeaderBlockBytes, joinedLate),
      new MessageReader(SERVER, this, maxHeaderBlockBytes, joinedLate),
    ];
  }

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.ends[side] = at + end - start;
    this.readers[side].data(buf, start, end, at, timeNs);
  }

  gap(side: Side, at: number, length: number, timeNs: number): void {
    this.ends[side] = at + length;
    this.readers[side].gap(length, timeNs);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    if (this.closed[side]) return;
    this.closed[side] = true;
    this.readers[side].close(reason === "fin", this.ends[side], timeNs);
    this.observer.close(side, reason, timeNs);
  }

  head(side: Side, head: HeadView): BodyFraming | null {
    const { bytes, start, end } = head;
    const lineEnd = firstLineEnd(bytes, start, end);
    const line = decodeLatin1(bytes, start, lineEnd);
    const parsed = parseFields(bytes, Math.min(lineEnd + 1, end), end, this.limits.maxHeaderFields);
    // Found by its looks: a line that is no field shows that it was none.
    if (head.found && parsed.malformed !== null) return null;
    return side === CLIENT ? this.request(line, head, parsed) : this.response(line, head, parsed);
  }

  body(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.observer.data(this.current[side]!, side, buf, start, end, at, timeNs);
  }

  trailers(side: Side, trailers: HeadView): void {
    const parsed = parseFields(trailers.bytes, trailers.start, trailers.end, this.limits.maxHeaderFields);
    const exchange = this.current[side]!;
    this.observer.headers(exchange, side, blockOf(trailers, parsed.fields, parsed), true);
    this.tellFields(side, exchange, trailers, parsed);
  }

  end(side: Side, timeNs: number): void {
    const exchange = this.current[side];
    this.current[side] = null;
    // An interim response ends nothing.
    if (exchange === null) return;
    if (side === CLIENT) exchange.requestEnded = true;
    else this.forget(exchange);
    this.observer.endStream(exchange, side, timeNs);
    // No end of the request will come.
    if (!exchange.requestEnded && this.current[CLIENT] !== exchange) this.observer.abandoned?.(exchange);
  }

  bodyLost(side: Side, length: number, timeNs: number): void {
    this.observer.lost(this.current[side]!, side, length, timeNs);
  }

  lost(side: Side, length: number, timeNs: number): void {
    const exchange = this.current[side];
    this.current[side] = null;
    if (side === SERVER) this.lostResponses = true;
    // the head of the response that is waited for may be among them
    const hit = exchange ?? (side === SERVER ? this.waiting.at(-1) : undefined);
    if (length > 0 && hit !== undefined) this.observer.lost(hit, side, length, timeNs);
  }

  fault(side: Side, code: DiagnosticCode, values: Values, at: number, length: number): void {
    const sender = side === CLIENT ? "client" : "server";
    const stream = this.current[side]?.id;
    // A server that is left in the middle of its answer closes too.
    const closer = this.closed[CLIENT] ? "client" : sender;
    const message = side === CLIENT ? "request" : "response";
    this.report(
      code,
      { sender, closer, message, ...values },
      { side, at, length, ...(stream !== undefined && { stream }) },
    );
  }

  private request(line: string, head: HeadView, parsed: ParsedFields): BodyFraming | null {
    const start = parseRequestLine(line);
    if (start === null) return null;
    const exchange = new Exchange(++this.count, start.method);
    this.current[CLIENT] = exchange;
    this.waiting.push(exchange);
    if (this.waiting.length > this.limits.maxPipelinedRequests) this.abandon(this.waiting.shift()!);
    const framing = requestFraming(parsed.fields);
    const fields = [
      ...requestPseudoFields(start, parsed.fields),
      ...parsed.fields.filter(({ name }) => name !== "host"),
    ];
    this.observer.headers(exchange, CLIENT, blockOf(head, fields, parsed), framing.kind === "none");
    this.tellFields(CLIENT, exchange, head, parsed);
    return framing;
  }

  private response(line: string, head: HeadView, parsed: ParsedFields): BodyFraming | null {
    const status = parseStatusLine(line);
    if (status === null) return null;
    const exchange = this.answeredBy();
    const framing = responseFraming(status, exchange.method, parsed.fields);
    const fields = [observedField(":status", status), ...parsed.fields];
    this.current[SERVER] = exchange;
    if (framing.kind === "tunnel") {
      this.readers[CLIENT].tunnel();
      this.forget(exchange);
    }
    // RFC 9110 §15.2: interim responses come before the one that ends the exchange.
    const isInterim = status[0] === "1";
    const isEnd = framing.kind === "none" && !isInterim;
    this.observer.headers(exchange, SERVER, blockOf(head, fields, parsed), isEnd);
    this.tellFields(SERVER, exchange, head, parsed);
    if (isInterim) this.current[SERVER] = null;
    return framing;
  }

  /** The exchange that the response at hand belongs to. */
  private answeredBy(): Exchange {
    const { waiting } = this;
    if (this.lostResponses) {
      this.lostResponses = false;
      for (const older of waiting.splice(0, waiting.length - 1)) this.abandon(older);
    }
    if (waiting.length === 0) waiting.push(new Exchange(++this.count, null));
    return waiting[0];
  }

  private forget(exchange: Exchange): void {
    const index = this.waiting.indexOf(exchange);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  private abandon(exchange: Exchange): void {
    if (this.current[CLIENT] === exchange) this.current[CLIENT] = null;
    this.observer.abandoned?.(exchange);
  }

  private tellFields(
    side: Side,
    exchange: Exchange,
    head: HeadView,
    { fields, malformed, tooMany }: ParsedFields,
  ): void {
    const place = { side, at: head.at, length: head.streamEnd - head.at, stream: exchange.id };
    const sender = side === CLIENT ? "client" : "server";
    if (malformed !== null) this.report("HTTP1_FIELD_MALFORMED", { sender, line: malformed }, place);
    if (tooMany) this.report("HTTP1_FIELDS_LIMIT", { sender, limit: this.limits.maxHeaderFields }, place);
    if (hasTwoFramings(fields)) this.report("HTTP1_TWO_FRAMINGS", { sender }, place);
  }
}

function blockOf(head: HeadView, fields: readonly HeaderField[], { tooMany }: ParsedFields): HeaderBlock {
  const { at, streamEnd, startNs, endNs, long } = head;
  return { fields, at, end: streamEnd, startNs, endNs, complete: !long && !tooMany, doubtful: false, memo: null };
}
