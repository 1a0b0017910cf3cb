/**
 * One direction of a connection: segments in any order → its bytes in order, with a gap for what never came.
 *
 * Sequence numbers are compared by their signed 32-bit distance (RFC 9293 §3.4), so they may wrap; offsets in the stream are
 * exact numbers up to 2^53. A hole is waited for as long as the missing bytes can still come. It is given up when the other
 * side has acknowledged it, data behind it was seen, and neither GRACE_SEGMENTS nor GRACE_NS have brought it since: the other
 * side has the bytes, so nobody sends them again, and what the capture itself had in another order would have come by then.
 * It is given up at once when too much is held behind it, and when the connection or the input ends.
 */
import type { CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { OffsetMap } from "../bytes/offset-map.js";
import type { SegmentView } from "../packet/segment-view.js";
import type { Flow } from "./flow.js";
import { copyOf, HeldSegments, isEqual } from "./held-segments.js";
import { giveUpOldestHole } from "./hole-watch.js";

/** Capturing on several queues or interfaces, or merging captures, misplaces packets by less than these. */
const GRACE_SEGMENTS = 32;
const GRACE_NS = 200e6;
/**
 * Segments whose packets are remembered: whoever wants to know asks soon, for a frame or a part of a message. 1,024 carry more than
 * a MiB of full-sized segments, and cost 24 KiB a side on a connection that is busy, so 2,048 of them stay below 100 MiB.
 */
const PROVENANCE_PIECES = 1024;

export class StreamHalf {
  map = new OffsetMap(PROVENANCE_PIECES);
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
  /** Sequence number that the other side acknowledged last, signed. */
  acknowledgedSequence = 0;
  /** Highest offset that the other side acknowledged, as far as it lies beyond `nextOffset`. */
  private acknowledged = 0;
  /** Where a FIN or a RST says that the stream ends; -1 before one was seen. */
  private endOffset = -1;
  private endReason: "fin" | "rst" = "fin";
  private held: HeldSegments | null = null;
  /** Holes before this offset are given up when the grace ends; -1: none runs. */
  private graceOffset = -1;
  private graceSegments = 0;
  private graceEndNs = 0;
  /** `nextOffset` as the grace began. */
  private graceFrom = 0;
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
    this.acknowledgedSequence = sequence;
  }

  /** Whether bytes at `nextSequence` may go straight to the sink. */
  get inOrder(): boolean {
    return this.known && !this.closed && this.held === null && this.endOffset < 0;
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
    if (this.endOffset >= 0) this.checkEnd(at, segment.payloadLength, segment.packet);
    let end = at + segment.payloadLength;
    if (this.endOffset >= 0) end = Math.min(end, this.endOffset);
    if (at < this.nextOffset) this.compareWithPassed(segment, at, end);
    if (end <= this.nextOffset) return;
    if (this.held !== null) this.compareWithHeld(segment, at, end);
    let from = at;
    while (from < end) {
      if (from < this.nextOffset) {
        from = this.nextOffset;
        continue;
      }
      if (from > this.nextOffset) {
        this.hold(segment, at, from, end);
        break;
      }
      const stop = this.firstHeldAt(end);
      this.deliver(segment, at, from, Math.min(stop, end));
      this.passOnHeld();
      from = Math.min(stop, end);
    }
    this.settle(segment.timeNs);
  }

  /** A FIN stands behind the byte at `offset - 1`. Of several the first counts. */
  receiveFin(offset: number, timeNs: number, packet: number): void {
    if (this.closed || offset < this.nextOffset) return;
    if (this.endOffset < 0 || !this.isResetter) {
      if (this.endOffset >= 0 && this.endReason === "fin" && offset >= this.endOffset) return;
      this.endReason = "fin";
      this.endOffset = offset;
    } else if (offset + 1 === this.endOffset) {
      // The number of the RST counts the FIN.
      this.endOffset = offset;
    } else if (offset < this.endOffset) {
      this.disbelieveEnd(offset, packet);
      this.endOffset = offset;
    }
    this.settle(timeNs);
  }

  /** The connection was reset when this side had sent all before `offset`. What is missing has the grace to come. */
  receiveReset(offset: number, timeNs: number): void {
    if (this.closed) return;
    const end = this.lastOffset(offset);
    if (this.endOffset < 0) {
      this.endReason = "rst";
      this.endOffset = end;
    } else if (this.endReason === "rst") this.endOffset = Math.min(this.endOffset, end);
    this.acknowledged = Math.max(this.acknowledged, this.endOffset);
    this.settle(timeNs);
  }

  /** The RST that both sides wait to end by was not true. */
  withdrawReset(): void {
    if (this.closed || this.endReason !== "rst") return;
    this.endOffset = -1;
    this.endReason = "fin";
    this.acknowledged = 0;
    if (this.graceOffset >= 0) this.endGrace();
  }

  /** The side's own RST is waited for. */
  private get isResetter(): boolean {
    return this.endReason === "rst" && this.flow.resetBy === this.side;
  }

  /** Data reaches beyond the FIN or RST that its stream waits to end by: only what the other side's RST met on its way may do so. */
  private checkEnd(at: number, length: number, packet: number): void {
    const { endOffset } = this;
    // The octet of a keep-alive probe has the number of the FIN.
    const isProbe = this.endReason === "fin" && at === endOffset && length === 1;
    if (at + length <= endOffset || isProbe) return;
    if (this.endReason === "rst" && !this.isResetter) this.endOffset = at + length;
    else this.disbelieveEnd(endOffset, packet);
  }

  private disbelieveEnd(at: number, packet: number): void {
    const flag = this.endReason === "rst" ? "RST" : "FIN";
    if (this.endReason === "rst") this.flow.withdrawReset();
    this.endOffset = -1;
    this.flow.report("TCP_END_NOT_BELIEVED", { flag, sender: this.sender }, { side: this.side, at, packet });
  }

  /** All that a reset waits for has come. */
  get isAtReset(): boolean {
    return this.endReason === "rst" && this.nextOffset === this.endOffset;
  }

  /** The other side has everything before `offset`. */
  acknowledge(offset: number, timeNs: number): void {
    if (this.closed || offset <= this.acknowledged) return;
    this.acknowledged = offset;
    this.settle(timeNs);
  }

  /** Nothing more can fill a hole. */
  end(reason: CloseReason, timeNs: number): void {
    if (this.closed) return;
    while (this.held !== null) this.giveUpHole(timeNs);
    const isEndSeen = this.endOffset >= 0;
    const sent = isEndSeen ? this.endOffset : this.lastOffset(this.acknowledged);
    if (sent > this.nextOffset) this.lose(sent, timeNs);
    this.close(isEndSeen ? this.endReason : reason, timeNs);
  }

  /**
   * The end of what was sent, when sequence numbers up to `offset` were used. One beyond the last byte seen is the number of a
   * FIN that the capture misses.
   */
  private lastOffset(offset: number): number {
    if (this.held !== null) return Math.max(offset, this.held.list[this.held.list.length - 1].end);
    return offset > this.nextOffset + 1 ? offset : this.nextOffset;
  }

  /** The grace for acknowledged holes may have run out, by the packets' clock. */
  settleByClock(timeNs: number): void {
    if (this.graceOffset >= 0 && timeNs >= this.graceEndNs) this.settle(timeNs);
  }

  /** Gives up what can't be filled any more, or costs too much; closes where the end is reached. */
  private settle(timeNs: number): void {
    const { shared } = this.flow;
    while (this.held !== null && this.held.cost > shared.limits.maxOutOfOrderBytes) this.giveUpHole(timeNs);
    while (shared.heldBytes > shared.limits.maxOutOfOrderBytesTotal) giveUpOldestHole(shared.holding, timeNs);
    this.giveUpAcknowledged(timeNs);
    this.closeAtEnd(timeNs);
  }

  private giveUpAcknowledged(timeNs: number): void {
    if (this.graceOffset >= 0) {
      if (timeNs < this.graceEndNs && --this.graceSegments > 0) return;
      // While missing bytes come in order, more may: an end far ahead is waited for.
      const isMoving = this.nextOffset > this.graceFrom;
      for (
        let behind = isMoving ? -1 : this.behindHole;
        behind >= 0 && behind <= this.graceOffset;
        behind = this.behindHole
      ) {
        this.lose(behind, timeNs);
        this.passOnHeld();
      }
      this.endGrace();
    }
    const behind = this.behindHole;
    if (behind >= 0 && behind <= this.acknowledged) this.beginGrace(timeNs);
  }

  /** Where the first data behind a hole begins, or the stream ends; -1: there is no hole. */
  private get behindHole(): number {
    if (this.closed) return -1;
    if (this.held !== null) return this.held.list[0].at;
    return this.endOffset > this.nextOffset ? this.endOffset : -1;
  }

  private beginGrace(timeNs: number): void {
    this.graceOffset = this.acknowledged;
    this.graceFrom = this.nextOffset;
    this.graceSegments = GRACE_SEGMENTS;
    this.graceEndNs = timeNs + GRACE_NS;
    this.flow.shared.watch.add(this, this.graceEndNs);
  }

  private endGrace(): void {
    this.graceOffset = -1;
    this.flow.shared.watch.delete(this);
  }

  private closeAtEnd(timeNs: number): void {
    if (this.closed || this.nextOffset !== this.endOffset || this.held !== null) return;
    if (this.endReason === "fin") this.close("fin", timeNs);
    this.flow.closeWhenReset(timeNs);
  }

  close(reason: CloseReason, timeNs: number): void {
    this.closed = true;
    if (this.graceOffset >= 0) this.endGrace();
    if (reason === "fin") {
      this.sawFin = true;
      this.nextSequence = (this.nextSequence + 1) | 0;
    }
    this.flow.sink.close(this.side, reason, timeNs);
    if (this.flow.isOver) this.flow.shared.bury(this.flow);
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
    this.closeAtEnd(timeNs);
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
