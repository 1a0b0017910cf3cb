/** Bytes and events of a connection, held in order until it is known what to do with them; then replayed as they came. */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";

interface HeldEvent {
  readonly side: Side;
  /** The bytes are `bytes[start, start + length)` of their side; for a gap, `length` bytes that are missing. */
  readonly kind: "data" | "gap" | CloseReason;
  readonly start: number;
  readonly length: number;
  readonly at: number;
  readonly timeNs: number;
}

/** The bytes of one side, one behind the other; gaps take no room. */
export class HeldSide {
  bytes = new Uint8Array(0);
  length = 0;
  /** Offset in `bytes` of the first byte behind the last gap. */
  restart = 0;
  /** A gap came before any bytes: they are not the side's first. */
  gapBefore = false;
  closed = false;

  append(buf: Uint8Array, start: number, end: number): void {
    const length = this.length + end - start;
    if (this.bytes.length < length) {
      const bigger = new Uint8Array(Math.max(1024, 2 * length));
      bigger.set(this.bytes.subarray(0, this.length));
      this.bytes = bigger;
    }
    this.bytes.set(buf.subarray(start, end), this.length);
    this.length = length;
  }
}

export class HeldBytes implements ByteStreamSink {
  readonly sides = [new HeldSide(), new HeldSide()] as const;
  private readonly events: HeldEvent[] = [];

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    const held = this.sides[side];
    this.events.push({ side, kind: "data", start: held.length, length: end - start, at, timeNs });
    held.append(buf, start, end);
  }

  gap(side: Side, at: number, length: number, timeNs: number): void {
    const held = this.sides[side];
    held.restart = held.length;
    held.gapBefore ||= held.length === 0;
    this.events.push({ side, kind: "gap", start: 0, length, at, timeNs });
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    this.sides[side].closed = true;
    this.events.push({ side, kind: reason, start: 0, length: 0, at: 0, timeNs });
  }

  replay(sink: ByteStreamSink): void {
    for (const { side, kind, start, length, at, timeNs } of this.events) {
      if (kind === "data") sink.data(side, this.sides[side].bytes, start, start + length, at, timeNs);
      else if (kind === "gap") sink.gap(side, at, length, timeNs);
      else sink.close(side, kind, timeNs);
    }
  }
}
