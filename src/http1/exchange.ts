import type { Http2Stream } from "../http2/observer.js";

/** A request and its response: what a stream is in HTTP/2. */
export class Exchange implements Http2Stream {
  user: unknown = undefined;
  /** The request was seen up to its end. */
  requestEnded = false;

  constructor(
    /** 1, 2, … in the order of the requests of the connection. */
    readonly id: number,
    /** Of the request; null: it was not seen. */
    readonly method: string | null,
  ) {}
}
