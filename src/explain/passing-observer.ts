/** Passes the events of streams on to the calls, for whoever looks at some of them on the way. */
import type { CloseReason, Side } from "../bytes/byte-stream-sink.js";
import type { HeaderBlock, Http2Observer, Http2Stream } from "../http2/observer.js";
import type { ConnectionLog } from "./connection-log.js";

export class PassingObserver implements Http2Observer {
  /** The call asked for is over. */
  protected isOver = false;

  constructor(
    protected readonly connection: ConnectionLog,
    protected readonly calls: Http2Observer,
  ) {}

  endCall(): void {
    this.isOver = true;
  }

  headers(stream: Http2Stream, side: Side, block: HeaderBlock, endStream: boolean): void {
    this.calls.headers(stream, side, block, endStream);
  }

  data(stream: Http2Stream, side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.calls.data(stream, side, buf, start, end, at, timeNs);
  }

  endStream(stream: Http2Stream, side: Side, timeNs: number): void {
    this.calls.endStream(stream, side, timeNs);
    const log = this.connection.stream(stream.id);
    if (log !== null && ++log.endedSides === 2) this.connection.giveUp(stream.id);
  }

  reset(stream: Http2Stream, side: Side, errorCode: number, refused: boolean, timeNs: number): void {
    this.calls.reset(stream, side, errorCode, refused, timeNs);
    this.connection.giveUp(stream.id);
  }

  lost(stream: Http2Stream | null, side: Side, length: number, timeNs: number): void {
    this.calls.lost(stream, side, length, timeNs);
  }

  abandoned(stream: Http2Stream): void {
    this.calls.abandoned?.(stream);
    this.connection.giveUp(stream.id);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    this.calls.close(side, reason, timeNs);
  }
}
