/**
 * Stream events of one HTTP/2 connection → calls (gRPC PROTOCOL-HTTP2: Request, Response, Trailers-Only).
 *
 * A stream is a call once something says that it is gRPC: a content-type of either side, or a grpc-status. Streams that say
 * otherwise are passed over.
 */
import { CLIENT, type CloseReason, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import { IdTable } from "../bytes/id-table.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import { MessageSplitter } from "../grpc/message-splitter.js";
import type { HeaderBlock, Http2Observer, Http2Stream } from "../http2/observer.js";
import { AnsweredStreams } from "./answered-streams.js";
import { Call, type CallConnection, type CallHalf, halfName } from "./call.js";
import { diagnose, isTold } from "./diagnose.js";
import { createDialect, isPreflight, type Spoken, spokenBy } from "./dialect.js";
import { ForeignBody } from "./foreign-body.js";
import { factsOf, type HeaderFacts } from "./header-facts.js";
import { LateCalls } from "./late-calls.js";
import type { LateVerdict } from "./late-status.js";
import type { CallLedger, CallSink } from "./ledger.js";
import { OpenCall } from "./open-call.js";
import { beganWhole, concludeCall, inferOk, isWhole, readStatus } from "./outcome.js";
import { looksLikeGrpc } from "./recognise.js";
import type { DiagnosticRecord } from "./record.js";

export type { CallLedger, CallSink };

/** A stream that says nothing more: it is not gRPC, or its call has ended. */
const NOT_GRPC = Symbol("not gRPC");

export class CallAssembler implements Http2Observer {
  private readonly open = new IdTable<OpenCall>();
  private readonly answered = new AnsweredStreams();
  private readonly sidesClosed: [boolean, boolean] = [false, false];
  /** Who closed the connection first, and when. */
  private firstFin: { readonly by: Side; readonly timeNs: number } | null = null;
  /** A call was seen. */
  hasCalls = false;
  /** Of a connection that sends fields which were never seen. */
  private late: LateCalls | null = null;
  /** Header blocks of requests may be missing. */
  private requestsLost = false;

  constructor(
    private readonly ledger: CallLedger,
    private readonly connection: CallConnection,
    private readonly provenance: readonly [OffsetMap, OffsetMap] | null,
    /** Told when both sides are closed. */
    private readonly closed: () => void = () => {},
  ) {}

  /** Puts a diagnostic into the record of the call that is open on `stream`; false where there is none. */
  note(stream: number, { code, severity, text, packets }: DiagnosticRecord): boolean {
    const open = this.open.get(stream);
    if (open === null) return false;
    if (isTold(open.call, code)) open.call.diagnostics.push({ code, severity, text, packets });
    return true;
  }

  headers(stream: Http2Stream, side: Side, block: HeaderBlock, endStream: boolean): void {
    if (isOver(stream)) return;
    const facts = factsOf(block);
    const { contentType, grpc } = facts;
    const known = openCallOf(stream);
    let spoken: Spoken | null = null;
    if ((known === null || known.call.id === 0) && grpc === null) {
      spoken = spokenBy(side, block.fields, this.ledger.context);
      if (spoken === null && (contentType !== null || (side === CLIENT && isPreflight(block.fields)))) {
        this.dismiss(stream, known);
        return;
      }
    }
    const open = known ?? this.begin(stream, block.startNs);
    const { call } = open;
    const half = call.half(side);
    if (spoken !== null) open.dialect = createDialect(spoken, open);
    if (grpc !== null) half.codec = grpc.codec;
    if (block.doubtful) {
      half.mayBeInferred = true;
      this.late ??= this.newLateCalls();
    }
    if (side === CLIENT && !block.complete) {
      this.requestsLost = true;
      diagnose(call, "CALL_HEADERS_INCOMPLETE", { half: halfName(side) }, []);
    }
    if (side === 0) requestHeaders(call, half, block, facts);
    else if (facts.interim) return;
    else if (open.dialect === null) responseHeaders(open, half, block, facts, endStream);
    if (open.dialect !== null) open.passTo(open.dialect, side, block);
    const isKnown = open.dialect !== null || contentType !== null || call.status !== null;
    if (call.id === 0 && (isKnown || this.late?.isGrpc(block.fields))) this.confirm(open);
    else if (call.id !== 0 && open.dialect === null) this.late?.block(call, side, block.fields);
  }

  data(stream: Http2Stream, side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    if (stream.user === NOT_GRPC) return;
    const open = (stream.user as OpenCall | undefined) ?? this.begin(stream, timeNs);
    if (open.ended) return;
    const reader = open.reader(side);
    if (open.call.half(side).headers === null) open.joinHalfLate(side);
    reader.push(buf, start, end, at, timeNs);
    if (open.call.id !== 0 || !(reader instanceof MessageSplitter) || !reader.atBoundary) return;
    if (looksLikeGrpc(open.call, side)) this.confirm(open);
  }

  endStream(stream: Http2Stream, side: Side, timeNs: number): void {
    const open = openCallOf(stream);
    if (open === null) return;
    const { call } = open;
    call.half(side).ended = true;
    open.reader(side).end();
    if (side === 1) {
      call.endNs = timeNs;
      open.dialect?.responseEnd();
    }
    if (call.request.ended && call.response.ended) this.endOn(stream, open);
    else if (side === 1) this.answered.add(stream, timeNs);
  }

  reset(stream: Http2Stream, side: Side, errorCode: number, refused: boolean, timeNs: number): void {
    const open = openCallOf(stream);
    if (open === null) return;
    open.call.reset = { by: side, how: refused ? "GOAWAY" : "RST_STREAM", code: errorCode };
    open.call.endNs ??= timeNs;
    this.endOn(stream, open);
  }

  lost(stream: Http2Stream | null, side: Side, length: number): void {
    if (stream !== null) {
      const open = openCallOf(stream);
      if (open !== null) this.loseBytes(open, side, length);
      return;
    }
    if (side === CLIENT) this.requestsLost = true;
    // how many of them are this call's is not known
    for (const open of this.open) {
      const half = open.call.half(side);
      if (half.headers === null && half.messageCount === 0) open.lostBefore[side] += length;
      else if (!half.ended) {
        open.reader(side).lost(Number.POSITIVE_INFINITY);
        open.lostWithin[side] += length;
      }
    }
  }

  abandoned(stream: Http2Stream): void {
    const open = openCallOf(stream);
    if (open !== null) this.endOn(stream, open);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    if (reason === "fin") this.firstFin ??= { by: side, timeNs };
    this.sidesClosed[side] = true;
    const isClosed = this.sidesClosed[0] && this.sidesClosed[1];
    for (const open of this.open) {
      const { call } = open;
      // A client that sends no more may still be answered.
      if (reason === "fin" && !isClosed && (side === CLIENT || call.response.ended)) continue;
      const isCut = call.status === null && !call.response.ended;
      if (this.firstFin !== null && isCut && (reason === "fin" || reason === "rst")) {
        // who has closed answers what still comes with a RST
        call.reset = { by: this.firstFin.by, how: "FIN", code: null };
        call.endNs = Math.max(call.startNs, this.firstFin.timeNs);
      } else if (reason === "rst" && (isCut || this.firstFin === null)) {
        call.reset = { by: side, how: "TCP", code: null };
        call.endNs ??= timeNs;
      }
      this.end(open);
    }
    if (!isClosed) return;
    this.late?.finish();
    this.closed();
  }

  /** The stream is not gRPC. */
  private dismiss(stream: Http2Stream, open: OpenCall | null): void {
    stream.user = NOT_GRPC;
    if (open === null) return;
    open.drop();
    this.open.remove(open);
    this.ledger.budget.give(open.heldBytes);
  }

  private begin(stream: Http2Stream, startNs: number): OpenCall {
    this.answered.expire(startNs, this.endAnswered);
    const call = new Call(this.ledger.context, this.connection, stream.id, startNs);
    const open = new OpenCall(call, this.provenance, this.ledger);
    stream.user = open;
    this.open.add(open);
    return open;
  }

  private confirm(open: OpenCall): void {
    const { call } = open;
    call.id = this.ledger.nextId++;
    this.hasCalls = true;
    if (open.dialect === null) this.late?.confirmed(call);
    const { sink } = this.ledger;
    sink.callStart?.(call);
    if (sink.callMessage === undefined) return;
    for (const half of [call.request, call.response]) {
      for (const message of half.messages) sink.callMessage(call, half, message);
    }
  }

  private loseBytes(open: OpenCall, side: Side, length: number): void {
    open.reader(side).lost(length);
    this.tellLost(open, side, length);
  }

  private tellLost(open: OpenCall, side: Side, length: number): void {
    if (side === 1) open.responseMissing = true;
    const sender = side === 0 ? "client" : "server";
    diagnose(open.call, "CALL_BYTES_MISSING", { length, sender }, []);
  }

  private readonly endAnswered = (stream: Http2Stream): void => {
    const open = openCallOf(stream);
    if (open !== null) this.endOn(stream, open);
  };

  /** The stream may be remembered for long; what it carried is not. */
  private endOn(stream: Http2Stream, open: OpenCall): void {
    stream.user = NOT_GRPC;
    this.end(open);
  }

  private end(open: OpenCall): void {
    if (open.ended) return;
    open.ended = true;
    const { call } = open;
    this.answered.delete(open.id);
    open.request.end();
    open.response.end();
    for (const side of [CLIENT, SERVER] as const) {
      if (open.lostBefore[side] > 0 && !beganWhole(call.half(side))) this.loseBytes(open, side, open.lostBefore[side]);
    }
    this.open.remove(open);
    if (call.id === 0) this.ledger.budget.give(open.heldBytes);
    else if (this.late === null) this.tell(open);
    else this.late.end({ call, endedNs: call.endNs ?? call.startNs, release: (verdict) => this.tell(open, verdict) });
  }

  /** `verdict`: how it ended, by what other calls taught. */
  private tell(open: OpenCall, verdict: LateVerdict = null): void {
    const { call } = open;
    this.ledger.budget.give(open.heldBytes);
    for (const side of [CLIENT, SERVER] as const)
      if (open.lostWithin[side] > 0 && !isWhole(call, call.half(side)))
        this.tellLost(open, side, open.lostWithin[side]);
    if (call.pathSource === "inferred") rereadPath(call);
    const { trailers } = call.response;
    if (call.status === null && trailers !== null && open.dialect === null) readStatus(call, trailers);
    if (verdict === "ok" && call.status === null) inferOk(call);
    concludeCall(call, open.responseMissing);
    if (verdict === "error" && call.status === null) {
      diagnose(call, "CALL_STATUS_UNKNOWN", {}, []);
      call.outcome = "error";
    }
    this.ledger.sink.callEnd?.(call);
  }

  private newLateCalls(): LateCalls {
    const { paths, context } = this.ledger;
    return new LateCalls(paths, this.connection.id, context.limits.maxHeldCalls, () => this.requestsLost);
  }
}

function requestHeaders(call: Call, half: CallHalf, block: HeaderBlock, facts: HeaderFacts): void {
  if (half.headers !== null) {
    half.trailers = block.fields;
    return;
  }
  // behind lost bytes one side may be read later than the other
  if (block.startNs < call.startNs) call.startNs = block.startNs;
  half.headers = block.fields;
  const { path, encoding } = facts;
  half.encoding = encoding;
  if (path === null) return;
  call.path = path.value;
  call.pathSource = path.valueSource;
}

function responseHeaders(
  open: OpenCall,
  half: CallHalf,
  block: HeaderBlock,
  facts: HeaderFacts,
  endStream: boolean,
): void {
  const { call } = open;
  const { contentType, grpc, httpStatus, encoding, hasUnknown } = facts;
  if (half.headers === null && !endStream && httpStatus !== null) {
    half.headers = block.fields;
    half.encoding = encoding;
    if (contentType !== null && grpc === null) open.read(SERVER, new ForeignBody(call, contentType));
    return;
  }
  half.trailers = block.fields;
  if (!block.complete || hasUnknown) open.responseMissing = true;
  readStatus(call, block.fields);
}

function openCallOf({ user }: Http2Stream): OpenCall | null {
  return user instanceof OpenCall && !user.ended ? user : null;
}

/** The stream is not gRPC, or its call has ended: with its connection it may end before the stream does. */
function isOver({ user }: Http2Stream): boolean {
  return user === NOT_GRPC || (user instanceof OpenCall && user.ended);
}

/** The path was read from a table in doubt: by now the table may be known to have been right. */
function rereadPath(call: Call): void {
  const path = call.request.headers?.find(({ name }) => name === ":path");
  if (path?.value === call.path && path.nameSource === "observed") call.pathSource = path.valueSource;
}
