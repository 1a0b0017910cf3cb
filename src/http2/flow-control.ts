/**
 * Flow-control windows (RFC 9113 §5.2, §6.9) of a connection and its streams, as an observer follows them: how many bytes of
 * DATA each side may still send. NaN: not known, as the connection began before we joined, or bytes were lost.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { DEFAULT_WINDOW_SIZE, MAX_WINDOW_SIZE } from "./settings.js";
import type { Stream, Streams } from "./stream.js";

export class FlowControl {
  /** Of the connection, for each side's DATA. */
  readonly windows: [client: number, server: number];
  /** What a new stream's window is for each side's DATA. */
  readonly initial: [client: number, server: number];

  constructor(known: boolean) {
    const window = known ? DEFAULT_WINDOW_SIZE : Number.NaN;
    this.windows = [window, window];
    this.initial = [window, window];
  }

  /** DATA of `length` bytes, padding included. True: it went beyond the connection's window, for the first time. */
  spend(side: Side, length: number): boolean {
    const before = this.windows[side];
    this.windows[side] = before - length;
    return before - length < 0 && before >= 0;
  }

  /** The same of a stream's window. */
  spendOn(stream: Stream, side: Side, length: number): boolean {
    const before = side === 0 ? stream.clientWindow : stream.serverWindow;
    if (side === 0) stream.clientWindow = before - length;
    else stream.serverWindow = before - length;
    return before - length < 0 && before >= 0;
  }

  /**
   * WINDOW_UPDATE sent by `side`, for the connection (null) or a stream. False: above 2^31 - 1. §6.9.1: "A sender MUST NOT allow
   * a flow-control window to exceed 2^31-1 octets."
   */
  grant(side: Side, stream: Stream | null, increment: number): boolean {
    let window: number;
    if (stream === null) window = this.windows[1 - side] += increment;
    else if (side === 0) window = stream.serverWindow += increment;
    else window = stream.clientWindow += increment;
    return !(window > MAX_WINDOW_SIZE);
  }

  /** §6.9.2: "a receiver MUST adjust the size of all stream flow-control windows that it maintains by the difference". */
  changeInitial(side: Side, value: number, streams: Streams): void {
    const difference = value - this.initial[side];
    this.initial[side] = value;
    for (const stream of streams.open) {
      if (side === 0) stream.clientWindow += difference;
      else stream.serverWindow += difference;
    }
  }

  /** DATA or WINDOW_UPDATE frames were lost. */
  forget(streams: Streams): void {
    this.windows[0] = this.windows[1] = Number.NaN;
    for (const stream of streams.open) stream.clientWindow = stream.serverWindow = Number.NaN;
  }
}
