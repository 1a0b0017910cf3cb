/** The exchanges of an HTTP/1.1 connection, told as streams (http1/connection.ts) → their logs: heads, bodies, and what frames them. */
import type { Side } from "../bytes/byte-stream-sink.js";
import { decodeLatin1 } from "../bytes/text.js";
import type { HeaderBlock, Http2Stream } from "../http2/observer.js";
import { PassingObserver } from "./passing-observer.js";
import type { KeptRun } from "./stream-log.js";

/** The end of a body in chunks, behind its last byte (RFC 9112 §7.1). */
const LAST_CHUNK = /^(?:\r?\n)?0+[ \t]*(?:;[^\n]*)?\r?\n\r?\n/;
const MAX_LAST_CHUNK = 256;

export class ExchangeLog extends PassingObserver {
  /** Of each side: the stream at hand, 0 for none, and the stream offset up to which all is told. */
  private readonly current: [number, number] = [0, 0];
  private readonly toldTo: [number, number] = [0, 0];

  finish(): void {
    for (const side of [0, 1] as const) {
      const from = this.toldTo[side];
      const pieces = this.connection.between(side, from, from + MAX_LAST_CHUNK);
      const text = pieces.map(({ bytes }) => (bytes === null ? "" : decodeLatin1(bytes, 0, bytes.length))).join("");
      const length = LAST_CHUNK.exec(text)?.[0].length ?? 0;
      if (length > 0) this.run(this.current[side], side, from + length, "framing", 0);
    }
  }

  override headers(stream: Http2Stream, side: Side, block: HeaderBlock, endStream: boolean): void {
    // what stands before it ends the chunks of the message before, or of this one
    if (this.current[side] !== 0) this.run(this.current[side], side, block.at, "framing", block.endNs);
    this.toldTo[side] = Math.max(this.toldTo[side], block.at);
    this.current[side] = stream.id;
    this.run(stream.id, side, block.end, "head", block.endNs);
    super.headers(stream, side, block, endStream);
  }

  override data(
    stream: Http2Stream,
    side: Side,
    buf: Uint8Array,
    start: number,
    end: number,
    at: number,
    timeNs: number,
  ): void {
    this.run(stream.id, side, at, "framing", timeNs);
    this.run(stream.id, side, at + end - start, this.isOver ? "late" : "body", timeNs);
    super.data(stream, side, buf, start, end, at, timeNs);
  }

  override lost(stream: Http2Stream | null, side: Side, length: number, timeNs: number): void {
    if (stream !== null) {
      const at = this.connection.lastGap(side);
      this.run(stream.id, side, at, "framing", timeNs);
      this.run(stream.id, side, at + length, "body", timeNs);
    }
    super.lost(stream, side, length, timeNs);
  }

  /** The bytes up to `end` that were not told yet. */
  private run(streamId: number, side: Side, end: number, what: KeptRun["what"], endNs: number): void {
    const at = this.toldTo[side];
    if (end <= at) return;
    this.toldTo[side] = end;
    const log = this.connection.stream(streamId);
    if (log !== null) {
      const pieces = log.keep(this.connection.between(side, at, end), this.connection.maxStreamBytes);
      log.events.push({ kind: "run", side, at, end, pieces, endNs, what });
    }
    this.connection.forgetBefore(side, end);
  }
}
