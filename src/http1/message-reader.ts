/**
 * The bytes of one side of an HTTP/1.1 connection → its messages, one behind the other: head, body, trailers (RFC 9112 §2, §7).
 *
 * Resumes at any byte. After lost bytes, or where a message cannot be followed, it looks for the next head.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { Values } from "../diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../diagnostics/table.js";
import type { BodyFraming } from "./body-framing.js";
import { ChunkSizeReader } from "./chunk-size.js";
import { HeadFinder } from "./head-finder.js";
import { HeadReader } from "./head-reader.js";

/** A head or a block of trailers: `bytes[start, end)`, borrowed; its place in the side's stream; when it came. */
export interface HeadView {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly at: number;
  readonly streamEnd: number;
  readonly startNs: number;
  readonly endNs: number;
  /** A limit kept some of it out. */
  readonly long: boolean;
  /** It was found after lost bytes, by what it looks like. */
  readonly found: boolean;
}

export interface MessageHandler {
  /** Returns how its body ends; null: it is no head. */
  head(side: Side, head: HeadView): BodyFraming | null;
  body(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void;
  trailers(side: Side, trailers: HeadView): void;
  /** The message is over, whole. */
  end(side: Side, timeNs: number): void;
  /** `length` bytes of the body were not seen; the message goes on behind them. */
  bodyLost(side: Side, length: number, timeNs: number): void;
  /** Anything may be missing, and the next head is looked for. `length`: of the bytes not seen; 0: they made no sense. */
  lost(side: Side, length: number, timeNs: number): void;
  fault(side: Side, code: DiagnosticCode, values: Values, at: number, length: number): void;
}

const HEAD = 0;
const LENGTH = 1;
const CHUNK_SIZE = 2;
const CHUNK = 3;
const CHUNK_END = 4;
const TRAILERS = 5;
const CLOSE = 6;
const TUNNEL = 7;
const LOST = 8;

const LF = 10;
const CR = 13;

export class MessageReader {
  private state = HEAD;
  private readonly reader: HeadReader;
  /** Of the body, or of the chunk. */
  private left = 0;
  private chunk: ChunkSizeReader | null = null;
  private finder: HeadFinder | null = null;
  /** Where the current head begins in the stream, and when; -1: its first byte has not come. */
  private headAt = -1;
  private headNs = 0;
  private found = false;
  private toldLong = false;

  /** `joinedLate`: the bytes begin anywhere in a message. */
  constructor(
    private readonly side: Side,
    private readonly handler: MessageHandler,
    private readonly maxHeadBytes: number,
    joinedLate: boolean,
  ) {
    this.reader = new HeadReader(maxHeadBytes);
    this.reader.begin(false);
    if (joinedLate) this.seek();
  }

  data(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    for (let i = start; i < end; ) i = this.step(buf, i, end, at + i - start, timeNs);
  }

  gap(length: number, timeNs: number): void {
    const { state, handler, side } = this;
    if (state === TUNNEL) return;
    const inBody = state === CLOSE || ((state === LENGTH || state === CHUNK) && length <= this.left);
    if (!inBody) {
      this.lose(length, timeNs);
      return;
    }
    handler.bodyLost(side, length, timeNs);
    if (state === CLOSE) return;
    this.left -= length;
    if (this.left === 0) this.bodyPieceEnd(timeNs);
  }

  /** Nothing more comes. `whole`: the sender ended its side, so that a body up to the connection's end is over. */
  close(whole: boolean, at: number, timeNs: number): void {
    if (!whole || this.state === TUNNEL || this.state === LOST) return;
    if (this.state === CLOSE) {
      this.handler.end(this.side, timeNs);
      this.beginHead();
    } else if (this.state !== HEAD || this.headAt >= 0) {
      const part = this.state === HEAD ? "head" : this.state === TRAILERS ? "trailers" : "body";
      this.handler.fault(this.side, "HTTP1_MESSAGE_CUT", { part }, Math.max(0, at - 1), 1);
    }
  }

  /** The connection speaks something else from here on. */
  tunnel(): void {
    this.state = TUNNEL;
  }

  private step(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): number {
    switch (this.state) {
      case HEAD:
      case TRAILERS:
        return this.readHead(buf, start, end, at, timeNs);
      case LENGTH:
      case CHUNK: {
        const to = Math.min(end, start + this.left);
        this.left -= to - start;
        this.handler.body(this.side, buf, start, to, at, timeNs);
        if (this.left === 0) this.bodyPieceEnd(timeNs);
        return to;
      }
      case CHUNK_SIZE:
        return this.readChunkSize(buf, start, end, at, timeNs);
      case CHUNK_END:
        // §7.1: chunk-data CRLF
        if (buf[start] === LF) this.beginChunk();
        else if (buf[start] !== CR) this.badChunk("the bytes behind a chunk are no line end", at, timeNs);
        return start + 1;
      case CLOSE:
        this.handler.body(this.side, buf, start, end, at, timeNs);
        return end;
      case LOST:
        return this.find(buf, start, end, at, timeNs);
      default:
        return end;
    }
  }

  private readHead(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): number {
    const { reader } = this;
    const close = reader.push(buf, start, end);
    if (this.headAt < 0 && reader.length > 0) {
      this.headAt = at + (close < 0 ? end : close) - start - reader.length;
      this.headNs = timeNs;
    }
    if (reader.long && !this.toldLong) {
      this.toldLong = true;
      this.handler.fault(this.side, "HTTP1_HEAD_LIMIT", { limit: this.maxHeadBytes }, this.headAt, reader.length);
    }
    if (close < 0) return end;
    const { bytes, long } = reader;
    const view: HeadView = {
      bytes,
      start: reader.start,
      end: reader.end,
      at: this.headAt,
      streamEnd: at + close - start,
      startNs: this.headNs,
      endNs: timeNs,
      long,
      found: this.found,
    };
    if (this.state === TRAILERS) {
      if (reader.end - reader.start > 2) this.handler.trailers(this.side, view);
      this.messageEnd(timeNs);
    } else this.enter(this.handler.head(this.side, view), view, timeNs);
    return close;
  }

  /** `framing` null: what was read is no head. */
  private enter(framing: BodyFraming | null, { at, streamEnd, found }: HeadView, timeNs: number): void {
    this.found = false;
    if (framing === null) {
      if (!found) this.handler.fault(this.side, "HTTP1_START_LINE_MALFORMED", {}, at, streamEnd - at);
      this.lose(0, timeNs);
      return;
    }
    switch (framing.kind) {
      case "none":
        this.messageEnd(timeNs);
        return;
      case "length":
        this.left = framing.length;
        this.state = LENGTH;
        return;
      case "chunked":
        this.beginChunk();
        return;
      case "close":
        this.state = CLOSE;
        return;
      case "tunnel":
        this.state = TUNNEL;
        return;
      case "unknown":
        this.handler.fault(this.side, "HTTP1_FRAMING_INVALID", { reason: framing.reason }, at, streamEnd - at);
        this.lose(0, timeNs);
    }
  }

  private readChunkSize(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): number {
    const chunk = this.chunk!;
    for (let i = start; i < end; i++) {
      const result = chunk.push(buf[i]);
      if (result === "more") continue;
      if (result === "junk") {
        this.badChunk("a chunk's size is no number", at + i - start, timeNs);
        return i + 1;
      }
      this.left = chunk.size;
      if (this.left > 0) this.state = CHUNK;
      else {
        this.beginHead();
        this.reader.begin(true);
        this.state = TRAILERS;
      }
      return i + 1;
    }
    return end;
  }

  private beginChunk(): void {
    this.chunk ??= new ChunkSizeReader();
    this.chunk.begin();
    this.state = CHUNK_SIZE;
  }

  private badChunk(reason: string, at: number, timeNs: number): void {
    this.handler.fault(this.side, "HTTP1_FRAMING_INVALID", { reason }, at, 1);
    this.lose(0, timeNs);
  }

  private bodyPieceEnd(timeNs: number): void {
    if (this.state === CHUNK) this.state = CHUNK_END;
    else this.messageEnd(timeNs);
  }

  private messageEnd(timeNs: number): void {
    this.handler.end(this.side, timeNs);
    this.beginHead();
  }

  private beginHead(): void {
    this.state = HEAD;
    this.headAt = -1;
    this.toldLong = false;
    this.reader.begin(false);
  }

  /** Looks for the next head. */
  private seek(): void {
    this.state = LOST;
    this.finder ??= new HeadFinder(this.side);
    this.finder.begin();
  }

  private lose(length: number, timeNs: number): void {
    this.seek();
    this.handler.lost(this.side, length, timeNs);
  }

  private find(buf: Uint8Array, start: number, end: number, at: number, timeNs: number): number {
    const finder = this.finder!;
    const lineEnd = finder.push(buf, start, end);
    if (lineEnd < 0) return end;
    const { line } = finder;
    this.beginHead();
    this.found = true;
    this.headAt = at + lineEnd - start - line.length;
    this.headNs = timeNs;
    this.reader.push(line, 0, line.length);
    return lineEnd;
  }
}
