/**
 * Calls whose server has answered while their client has not half-closed. gRPC calls them over: "the client … should stop sending"
 * once it has the trailers. Mostly a RST_STREAM or END_STREAM follows at once; where none does, the call ends when the server's
 * end is old enough that nothing more of the client can be on its way.
 */
import type { Http2Stream } from "../http2/observer.js";

/** A second: more than a round trip. */
const LINGER_NS = 1e9;

interface Answered {
  readonly stream: Http2Stream;
  readonly timeNs: number;
}

export class AnsweredStreams {
  /** In the order of their times. */
  private streams: Map<number, Answered> | null = null;

  add(stream: Http2Stream, timeNs: number): void {
    this.streams ??= new Map();
    this.streams.set(stream.id, { stream, timeNs });
  }

  delete(streamId: number): void {
    this.streams?.delete(streamId);
  }

  /** Gives those to `end` whose time is up at `nowNs`. */
  expire(nowNs: number, end: (stream: Http2Stream) => void): void {
    if (this.streams === null) return;
    for (const [id, { stream, timeNs }] of this.streams) {
      if (nowNs - timeNs < LINGER_NS) return;
      this.streams.delete(id);
      end(stream);
    }
  }
}
