/**
 * A connection of which nobody knows yet what it speaks → the sink for what it turns out to be.
 *
 * The first bytes of both sides are held, with their offsets, times and gaps, and then replayed: at most maxDetectBytes of each
 * side, in which what tells of a segment or a gap counts too. The sink sees the HTTP client as side 0, whichever side that is in the bytes that come in.
 */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";
import type { Limits } from "../limits.js";
import { Detector, type Verdict } from "./detect.js";
import { HeldBytes } from "./held-bytes.js";
import { SwappedSides } from "./swapped-sides.js";

export class DetectingSink implements ByteStreamSink {
  private held: HeldBytes | null = new HeldBytes();
  private sink: ByteStreamSink | null = null;
  private detector: Detector | null;

  /**
   * `onDetected` is called once. Null drops the connection's bytes, those that were held and all that follow.
   * `clientKnown`: side 0 opened the connection, so it is the client.
   */
  constructor(
    private readonly limits: Limits,
    private readonly onDetected: (verdict: Verdict) => ByteStreamSink | null,
    clientKnown = false,
  ) {
    this.detector = new Detector(clientKnown);
  }

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    if (this.held === null) {
      this.sink?.data(side, buf, start, end, at, timeNs);
      return;
    }
    this.held.data(side, buf, start, end, at, timeNs);
    this.decide(this.held, this.isFull(side));
  }

  gap(side: Side, at: number, length: number, timeNs: number): void {
    if (this.held === null) this.sink?.gap(side, at, length, timeNs);
    else {
      this.held.gap(side, at, length, timeNs);
      this.detector!.gap(side);
      if (this.isFull(side)) this.decide(this.held, true);
    }
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    if (this.held === null) {
      this.sink?.close(side, reason, timeNs);
      return;
    }
    this.held.close(side, reason, timeNs);
    const [client, server] = this.held.sides;
    if (client.closed && server.closed) this.decide(this.held, true);
  }

  private isFull(side: Side): boolean {
    return this.held!.sides[side].cost >= this.limits.maxDetectBytes;
  }

  private decide(held: HeldBytes, final: boolean): void {
    const verdict = this.detector!.look(held.sides, final);
    if (verdict === null) return;
    this.held = this.detector = null;
    const sink = this.onDetected(verdict);
    if (sink === null) return;
    this.sink = verdict.clientSide === 0 ? sink : new SwappedSides(sink);
    held.replay(this.sink);
  }
}
