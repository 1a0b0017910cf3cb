/** Bytes and events of a connection, held in order until it is known what to do with them; then replayed as they came. */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";

/** What an event can be; `kind` in HeldBytes is an index of this. */
const KINDS = ["data", "gap", "fin", "rst", "idle", "eof", "evicted"] as const satisfies readonly (
  | "data"
  | "gap"
  | CloseReason
)[];
const DATA = 0;
const GAP = 1;

/** Numbers that an event takes in the list: 2 * kind + side, length, time. */
const FIELDS = 3;
const LENGTH = 1;
const TIME = 2;

/** The bytes of one side, one behind the other; gaps take no room. */
export class HeldSide {
  bytes = new Uint8Array(0);
  length = 0;
  /** Offset in `bytes` of the first byte behind the last gap. */
  restart = 0;
  /** A gap came before any bytes: they are not the side's first. */
  gapBefore = false;
  closed = false;
  /** Offset of the first event in the stream. */
  start = -1;
  /** What is held: the bytes, and what tells how they came. */
  cost = 0;

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
  /** In the order in which they came, FIELDS numbers for each. What adjoins the last event and adds nothing to tell is joined to it. */
  private readonly events: number[] = [];

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.add(side, DATA, at, end - start, timeNs);
    this.sides[side].append(buf, start, end);
  }

  gap(side: Side, at: number, length: number, timeNs: number): void {
    const held = this.sides[side];
    held.restart = held.length;
    held.gapBefore ||= held.length === 0;
    this.add(side, GAP, at, length, timeNs);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    this.sides[side].closed = true;
    this.add(side, KINDS.indexOf(reason), 0, 0, timeNs);
  }

  replay(sink: ByteStreamSink): void {
    const { events, sides } = this;
    const at = [sides[0].start, sides[1].start];
    const read = [0, 0];
    for (let i = 0; i < events.length; i += FIELDS) {
      const side = (events[i] % 2) as Side;
      const kind = KINDS[events[i] >> 1];
      const length = events[i + LENGTH];
      const timeNs = events[i + TIME];
      if (kind === "data") {
        sink.data(side, sides[side].bytes, read[side], read[side] + length, at[side], timeNs);
        read[side] += length;
      } else if (kind === "gap") sink.gap(side, at[side], length, timeNs);
      else sink.close(side, kind, timeNs);
      at[side] += length;
    }
  }

  private add(side: Side, kind: number, at: number, length: number, timeNs: number): void {
    const { events } = this;
    const held = this.sides[side];
    const tag = 2 * kind + side;
    const last = events.length - FIELDS;
    if (kind === DATA) held.cost += length;
    if (last >= 0 && events[last] === tag && (kind === GAP || (kind === DATA && events[last + TIME] === timeNs))) {
      events[last + LENGTH] += length;
      return;
    }
    if (held.start < 0) held.start = at;
    held.cost += FIELDS * 8;
    events.push(tag, length, timeNs);
  }
}
