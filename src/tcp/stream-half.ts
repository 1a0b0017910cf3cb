/**
 * One direction of a connection: segments in any order → its bytes in order, with a gap for what never came.
 *
 * Sequence numbers are compared by their signed 32-bit distance (RFC 9293 §3.4), so they may wrap; offsets in the stream are
 * exact numbers up to 2^53. A hole is waited for as long as the missing bytes can still come. It is given up when the other
 * side has acknowledged it and data behind it was seen; when too much is held behind it; when the connection or the input ends.
 */
import type { CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { OffsetMap } from "../bytes/offset-map.js";
import type { SegmentView } from "../packet/segment-view.js";
import type { Flow, Shared } from "./flow.js";
import { type HeldSegment, HeldSegments } from "./held-segments.js";

export class StreamHalf {
  readonly map = new OffsetMap();
  /** Whether a segment has defined where the stream begins. */
  known = false;
  closed = false;
  /** Whether all up to a FIN was reached: then `nextSequence` is the number behind it. */
  sawFin = false;
  /** Sequence number of stream offset 0, signed. */
  firstSequence = 0;
  /** Sequence number of the next byte in order, signed. */
  nextSequence = 0;
  nextOffset = 0;
  /** Highest offset that the other side acknowledged, as far as it lies beyond `nextOffset`. */
  private acknowledged = 0;
  /** Where the FIN stands; -1 before it was seen. */
  private finOffset = -1;
  private held: HeldSegments | null = null;
  /** Of this stream alone, among all. */
  private readonly key: number;

  constructor(
    private readonly flow: Flow,
    private readonly side: Side,
  ) {
    this.key = 2 * flow.id + side;
  }

  /** `sequence`, signed, becomes offset 0. */
  begin(sequence: number): void {
    this.known = true;
    this.firstSequence = sequence;
    this.nextSequence = sequence;
  }

  /** Whether bytes at `nextSequence` may go straight to the sink. */
  get inOrder(): boolean {
    return this.known && !this.closed && this.held === null && this.finOffset < 0;
  }

  /** The fast path. The segment begins at `nextSequence`, is captured whole, not empty, and nothing is held. */
  pass(segment: SegmentView): void {
    const { payloadStart, payloadEnd } = segment;
    const at = this.nextOffset;
    const length = payloadEnd - payloadStart;
    this.map.append(at, length, segment.packet, payloadStart + segment.packetOrigin);
    this.nextOffset = at + length;
    this.nextSequence = (this.nextSequence + length) | 0;
    this.flow.shared.recent.remember(this.key, at, segment.buf, payloadStart, payloadEnd);
    this.flow.sink.data(this.side, segment.buf, payloadStart, payloadEnd, at, segment.timeNs);
  }

  /** Any segment's payload; `at`: offset of its first byte, negative for what was sent before offset 0. */
  receive(segment: SegmentView, at: number): void {
    if (this.closed) return;
    let end = at + segment.payloadLength;
    if (this.finOffset >= 0) end = Math.min(end, this.finOffset);
    if (at < this.nextOffset) this.compareWithPassed(segment, at, end);
    if (end <= this.nextOffset) return;
    if (this.held !== null) this.compareWithHeld(segment, at, end);
    let from = at;
    while (from < end) {
      if (from < this.nextOffset) {
        from = this.nextOffset;
        continue;
      }
      const stop = this.firstHeldAt(end);
      if (from > this.nextOffset) {
        const isPassedBy = this.acknowledged >= from && from <= stop;
        if (!isPassedBy) {
          this.hold(segment, at, from, end);
          break;
        }
        this.lose(from, segment.timeNs);
      }
      this.deliver(segment, at, from, Math.min(stop, end));
      this.passOnHeld();
      from = Math.min(stop, end);
    }
    this.settle(segment.timeNs);
  }

  /** A FIN stands behind the byte at `offset - 1`. */
  receiveFin(offset: number, timeNs: number): void {
    if (this.closed || this.finOffset >= 0 || offset < this.nextOffset) return;
    this.finOffset = offset;
    this.settle(timeNs);
  }

  /** The other side has everything before `offset`. */
  acknowledge(offset: number, timeNs: number): void {
    if (this.closed || offset <= this.acknowledged) return;
    this.acknowledged = offset;
    this.settle(timeNs);
  }

  /** Nothing more can fill a hole. `lastOffset`: up to where bytes are known to have been sent. */
  end(reason: CloseReason, timeNs: number, lastOffset = 0): void {
    if (this.closed) return;
    while (this.held !== null) this.giveUpHole(timeNs);
    const sent = Math.max(this.acknowledged, lastOffset);
    if (this.finOffset > this.nextOffset) this.lose(this.finOffset, timeNs);
    // One beyond the last byte seen is the number of a FIN that the capture misses.
    else if (this.finOffset < 0 && sent > this.nextOffset + 1) this.lose(sent, timeNs);
    this.close(reason, timeNs);
  }

  /** Gives up each hole that can't be filled any more, or that costs too much; closes where the FIN is reached. */
  private settle(timeNs: number): void {
    const { shared } = this.flow;
    while (this.held !== null) {
      const isPassedBy = this.acknowledged >= this.held.list[0].at;
      if (!isPassedBy && this.held.cost <= shared.limits.maxOutOfOrderBytes) break;
      this.giveUpHole(timeNs);
    }
    while (shared.heldBytes > shared.limits.maxOutOfOrderBytesTotal) giveUpOldestHole(shared, timeNs);
    this.closeAtFin(timeNs);
  }

  private closeAtFin(timeNs: number): void {
    if (this.closed || this.held !== null || this.finOffset < 0) return;
    if (this.nextOffset < this.finOffset && this.acknowledged >= this.finOffset) this.lose(this.finOffset, timeNs);
    if (this.nextOffset === this.finOffset) this.close("fin", timeNs);
  }

  private close(reason: CloseReason, timeNs: number): void {
    this.closed = true;
    if (reason === "fin") {
      this.sawFin = true;
      this.nextSequence = (this.nextSequence + 1) | 0;
    }
    this.flow.sink.close(this.side, reason, timeNs);
  }

  /** Stream bytes [from, to) of a segment that begins at `at`, in order; what a snapshot length cut off becomes a gap. */
  private deliver(segment: SegmentView, at: number, from: number, to: number): void {
    const start = segment.payloadStart + (from - at);
    const end = Math.min(segment.payloadStart + (to - at), segment.payloadEnd);
    if (end > start) this.push(segment.buf, start, end, segment.packet, start + segment.packetOrigin, segment.timeNs);
    if (to > this.nextOffset) this.cut(to, segment.timeNs, segment.packet);
  }

  /** Passes on the held segments that are in order now. */
  private passOnHeld(): void {
    if (this.held === null) return;
    const { list } = this.held;
    let count = 0;
    while (count < list.length && list[count].at === this.nextOffset) {
      const { bytes, packet, origin, timeNs, end } = list[count++];
      if (bytes.length > 0) this.push(bytes, 0, bytes.length, packet, origin, timeNs);
      if (end > this.nextOffset) this.cut(end, timeNs, packet);
    }
    if (count === 0) return;
    const { held } = this;
    this.flow.shared.heldBytes -= held.cost;
    held.removeFirst(count);
    this.flow.shared.heldBytes += held.cost;
    if (held.list.length > 0) return;
    this.held = null;
    this.flow.shared.holding.delete(this);
  }

  private push(buf: Uint8Array, start: number, end: number, packet: number, origin: number, timeNs: number): void {
    const at = this.nextOffset;
    this.map.append(at, end - start, packet, origin);
    this.advance(end - start);
    this.flow.shared.recent.remember(this.key, at, buf, start, end);
    this.flow.sink.data(this.side, buf, start, end, at, timeNs);
  }

  private advance(length: number): void {
    this.nextOffset += length;
    this.nextSequence = (this.nextSequence + length) | 0;
  }

  private giveUpHole(timeNs: number): void {
    this.lose(this.held!.list[0].at, timeNs);
    this.passOnHeld();
  }

  /** The same for want of memory, which other connections may need. */
  giveUpHoleForOthers(timeNs: number): void {
    this.giveUpHole(timeNs);
    this.closeAtFin(timeNs);
  }

  private lose(to: number, timeNs: number): void {
    const at = this.nextOffset;
    const length = to - at;
    this.advance(length);
    this.flow.report("TCP_GAP", { length, sender: this.sender }, { side: this.side, at, length });
    this.flow.sink.gap(this.side, at, length, timeNs);
  }

  private cut(to: number, timeNs: number, packet: number): void {
    const at = this.nextOffset;
    const length = to - at;
    this.advance(length);
    this.flow.report("TCP_SEGMENT_CUT", { length, sender: this.sender }, { side: this.side, at, length, packet });
    this.flow.sink.gap(this.side, at, length, timeNs);
  }

  private get sender(): string {
    return this.side === 0 ? "client" : "server";
  }

  /** Where the first held segment begins, or `otherwise` when none is held. */
  private firstHeldAt(otherwise: number): number {
    return this.held === null ? otherwise : this.held.list[0].at;
  }

  /** Copies those parts of stream bytes [from, end) that no held segment covers. */
  private hold(segment: SegmentView, at: number, from: number, end: number): void {
    const { shared } = this.flow;
    const held = (this.held ??= new HeldSegments());
    shared.holding.add(this);
    shared.heldBytes -= held.cost;
    let i = held.findEndingBehind(from);
    while (from < end) {
      const next = i < held.list.length ? held.list[i] : null;
      if (next !== null && next.at <= from) {
        from = next.end;
        i++;
        continue;
      }
      const pieceEnd = next === null ? end : Math.min(end, next.at);
      held.add(copyOf(segment, at, from, pieceEnd));
      from = pieceEnd;
      i++;
    }
    shared.heldBytes += held.cost;
  }

  private compareWithPassed(segment: SegmentView, at: number, end: number): void {
    // RFC 9293 §3.8.4: a keep-alive probe "may or may not contain one garbage octet" before the next byte.
    const isKeepAlive = at === this.nextOffset - 1 && segment.payloadLength === 1;
    if (isKeepAlive) return;
    const from = Math.max(at, 0);
    const to = Math.min(end, this.nextOffset, at + segment.payloadEnd - segment.payloadStart);
    const start = segment.payloadStart + from - at;
    if (to > from && this.flow.shared.recent.differ(this.key, from, to, segment.buf, start))
      this.conflict(from, to - from, segment.packet);
  }

  private compareWithHeld(segment: SegmentView, at: number, end: number): void {
    const { list } = this.held!;
    for (let i = this.held!.findEndingBehind(at); i < list.length && list[i].at < end; i++) {
      const from = Math.max(at, list[i].at);
      const to = Math.min(end, list[i].at + list[i].bytes.length, at + segment.payloadEnd - segment.payloadStart);
      if (!isEqual(list[i], segment, at, from, to)) this.conflict(from, to - from, segment.packet);
    }
  }

  private conflict(at: number, length: number, packet: number): void {
    this.flow.report("TCP_DATA_CONFLICT", { length, sender: this.sender }, { side: this.side, at, length, packet });
  }
}

/** Of all streams that wait for missing bytes, that which began first. */
function giveUpOldestHole(shared: Shared, timeNs: number): void {
  for (const half of shared.holding) {
    half.giveUpHoleForOthers(timeNs);
    return;
  }
}

function copyOf(segment: SegmentView, at: number, from: number, end: number): HeldSegment {
  const start = Math.min(segment.payloadStart + (from - at), segment.payloadEnd);
  const stop = Math.min(segment.payloadStart + (end - at), segment.payloadEnd);
  return {
    at: from,
    end,
    bytes: segment.buf.slice(start, stop),
    packet: segment.packet,
    origin: start + segment.packetOrigin,
    timeNs: segment.timeNs,
  };
}

function isEqual(held: HeldSegment, segment: SegmentView, at: number, from: number, to: number): boolean {
  const inHeld = -held.at;
  const inSegment = segment.payloadStart - at;
  for (let i = from; i < to; i++) if (held.bytes[i + inHeld] !== segment.buf[i + inSegment]) return false;
  return true;
}
