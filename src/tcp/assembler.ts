/**
 * TCP segments → the ordered byte streams of each connection (RFC 9293).
 *
 * Performance contract: a segment in order costs one look-up by an integer hash, one entry in the provenance map and one call
 * of the sink. It allocates nothing and copies nothing: the sink gets the packet's own bytes. Only segments that come ahead of
 * a hole are copied, within `maxOutOfOrderBytes` and `maxOutOfOrderBytesTotal`. At most `maxConnections` are tracked, and the
 * last MAX_CLOSED that ended are remembered by their key alone, so that late packets of theirs are not taken for new ones.
 */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { Limits } from "../limits.js";
import { formatEndpoint } from "../packet/address.js";
import type { SegmentSink, SegmentView } from "../packet/segment-view.js";
import type { TcpSink } from "./connection.js";
import { Flow, type Shared, type TcpReport } from "./flow.js";
import { addressWords, FlowTable, hashOf, isFromClient, isFromServer, portsOf } from "./flow-table.js";
import { HoleWatch } from "./hole-watch.js";
import { RecentBytes } from "./recent-bytes.js";
import type { StreamHalf } from "./stream-half.js";

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;
const URG = 32;

/** A distance no window reaches (stacks grow theirs to some ten MiB): such a segment belongs to another connection. */
const WILD_DISTANCE = 1 << 27;
/** Half of the sequence space either way of the expected number: beyond it a RST is of another connection. */
const RESET_DISTANCE = 1 << 30;
const MAX_CLOSED = 4096;

export class TcpAssembler implements SegmentSink {
  private readonly table = new FlowTable();
  private readonly shared: Shared;
  private readonly closed: (Flow | null)[] = new Array(MAX_CLOSED).fill(null);
  private closedCount = 0;
  private connections = 0;
  private last: Flow | null = null;
  /** The latest time of a segment. */
  private lastNs = 0;

  constructor(
    private readonly sink: TcpSink,
    report: TcpReport,
    limits: Limits,
  ) {
    this.shared = {
      report,
      limits,
      recent: new RecentBytes(),
      heldBytes: 0,
      holding: new Set(),
      watch: new HoleWatch(),
      bury: (flow) => this.bury(flow),
    };
  }

  segment(segment: SegmentView): void {
    const { timeNs } = segment;
    if (timeNs >= this.shared.watch.dueNs) this.tick(timeNs);
    if (timeNs > this.lastNs) this.lastNs = timeNs;
    let flow = this.last;
    let fromClient = flow !== null && isFromClient(flow, segment);
    if (flow === null || !(fromClient || isFromServer(flow, segment))) {
      const hash = hashOf(segment);
      flow = this.table.find(segment, hash);
      if (flow === null) {
        this.firstSegment(segment, hash);
        return;
      }
      fromClient = isFromClient(flow, segment);
      this.use(flow);
    }
    const half = fromClient ? flow.client : flow.server;
    const { payloadLength, flags } = segment;
    const isPlain = (flags & (SYN | FIN | RST | URG)) === 0 && (segment.sequence | 0) === half.nextSequence;
    if (!isPlain || !half.inOrder || payloadLength !== segment.payloadEnd - segment.payloadStart) {
      this.unusualSegment(segment, flow, fromClient ? CLIENT : SERVER);
      return;
    }
    if (payloadLength > 0) half.pass(segment);
    const other = fromClient ? flow.server : flow.client;
    if ((flags & ACK) !== 0 && other.known && ((segment.acknowledgment - other.nextSequence) | 0) > 0)
      this.acknowledge(other, segment);
  }

  /** Time has passed without a segment. */
  tick(nowNs: number): void {
    if (nowNs >= this.shared.watch.dueNs) this.shared.watch.settle(nowNs, this.lastNs);
  }

  /** The input is over: holes are given up as on a line that stays quiet, then all that is open ends, in order of appearance. */
  finish(timeNs: number): void {
    this.shared.watch.settle(Number.POSITIVE_INFINITY, this.lastNs);
    const open: Flow[] = [];
    for (let flow = this.table.oldest; flow !== null; flow = flow.newer) open.push(flow);
    open.sort((a, b) => a.id - b.id);
    for (const flow of open) flow.end("eof", timeNs);
  }

  private firstSegment(segment: SegmentView, hash: number): void {
    const { flags } = segment;
    if ((flags & RST) !== 0) return;
    if ((flags & SYN) === 0 && segment.payloadLength === 0) return;
    this.begin(segment, hash);
  }

  /** Everything but the fast path: SYN, FIN, RST, out of order, retransmitted, cut, late. */
  private unusualSegment(segment: SegmentView, flow: Flow, side: Side): void {
    const { flags } = segment;
    if ((flags & RST) !== 0) {
      this.reset(segment, flow, side);
      return;
    }
    if ((flags & SYN) !== 0 ? isNewConnection(segment, flow, side) : isOtherConnection(segment, flow, side)) {
      this.replace(segment, flow);
      return;
    }
    if (flow.isOver) return;
    this.receive(segment, flow, side);
  }

  private receive(segment: SegmentView, flow: Flow, side: Side): void {
    const half = flow.half(side);
    const other = flow.half(side === CLIENT ? SERVER : CLIENT);
    const { flags, payloadLength, timeNs } = segment;
    const isSyn = (flags & SYN) !== 0;
    const sequence = isSyn ? (segment.sequence + 1) | 0 : segment.sequence | 0;
    if (!half.known && (isSyn || payloadLength > 0)) half.begin(firstOf(segment, sequence, isSyn));
    if (half.known) {
      const distance = (sequence - half.nextSequence) | 0;
      const at = half.nextOffset + distance;
      const isStray = distance > WILD_DISTANCE || distance < -WILD_DISTANCE;
      if ((flags & URG) !== 0 && payloadLength > 0 && !half.closed) this.tellUrgent(segment, flow, side, at);
      if (payloadLength > 0) half.receive(segment, at);
      if ((flags & FIN) !== 0 && !isStray) half.receiveFin(at + payloadLength, timeNs);
    }
    if ((flags & ACK) !== 0 && other.known && ((segment.acknowledgment - other.nextSequence) | 0) > 0)
      this.acknowledge(other, segment);
  }

  private acknowledge(other: StreamHalf, segment: SegmentView): void {
    const distance = (segment.acknowledgment - other.nextSequence) | 0;
    if (distance > WILD_DISTANCE) return;
    other.acknowledge(other.nextOffset + distance, segment.timeNs);
  }

  private reset(segment: SegmentView, flow: Flow, side: Side): void {
    if (flow.isOver) return;
    const half = flow.half(side);
    const distance = (segment.sequence - half.nextSequence) | 0;
    if (half.known && (distance > RESET_DISTANCE || distance < -RESET_DISTANCE)) return;
    flow.resetBy ??= side;
    // The sender's next sequence number: what lies before it was sent. A RST may be captured before it.
    const isFar = distance > WILD_DISTANCE;
    half.receiveReset(half.known && !isFar ? half.nextOffset + distance : 0, segment.timeNs);
    const other = flow.half(side === CLIENT ? SERVER : CLIENT);
    const acknowledged = (segment.acknowledgment - other.nextSequence) | 0;
    const isAcknowledging = (segment.flags & ACK) !== 0 && other.known && acknowledged <= WILD_DISTANCE;
    other.receiveReset(isAcknowledging ? other.nextOffset + acknowledged : 0, segment.timeNs);
  }

  /** The same two ends begin anew: what the old connection had open ends here. */
  private replace(segment: SegmentView, flow: Flow): void {
    flow.end("idle", segment.timeNs);
    this.table.remove(flow);
    this.begin(segment, flow.hash);
  }

  private begin(segment: SegmentView, hash: number): void {
    const { flags, buf, family, timeNs } = segment;
    const isSynAck = (flags & (SYN | ACK)) === (SYN | ACK);
    const fromClient = !isSynAck;
    const words = addressWords(segment, fromClient);
    const flow = new Flow(++this.connections, hash, words, portsOf(segment, fromClient), this.shared);
    const source = formatEndpoint(buf, segment.sourceAddress, family, segment.sourcePort);
    const destination = formatEndpoint(buf, segment.destinationAddress, family, segment.destinationPort);
    const [client, server] = fromClient ? [source, destination] : [destination, source];
    this.table.add(flow);
    this.last = flow;
    flow.sink = this.sink.connection(flow.describe(client, server, (flags & SYN) !== 0, timeNs));
    if (isSynAck) flow.client.begin(segment.acknowledgment | 0);
    this.receive(segment, flow, fromClient ? CLIENT : SERVER);
    const limit = this.shared.limits.maxConnections;
    while (this.table.tracked > limit) this.evict(this.table.oldest!, limit, timeNs);
  }

  private evict(flow: Flow, limit: number, timeNs: number): void {
    flow.report("TCP_CONNECTION_EVICTED", { limit }, {});
    flow.end("evicted", timeNs);
    // What it goes on with is read as of a connection that began before the capture.
    this.table.remove(flow);
  }

  /** Remembers an ended connection by its key; the one that ended MAX_CLOSED ago is forgotten. */
  private bury(flow: Flow): void {
    this.table.untrack(flow);
    flow.bury();
    const index = this.closedCount++ % MAX_CLOSED;
    const forgotten = this.closed[index];
    if (forgotten !== null) this.table.remove(forgotten);
    this.closed[index] = flow;
  }

  private use(flow: Flow): void {
    if (!flow.isOver) this.table.touch(flow);
    this.last = flow;
  }

  private tellUrgent(segment: SegmentView, flow: Flow, side: Side, at: number): void {
    const sender = side === CLIENT ? "client" : "server";
    flow.report("TCP_URGENT", { sender }, { side, at, packet: segment.packet });
  }
}

/** Whether a SYN begins another connection between the same ends (port reuse), rather than repeating or answering one. */
function isNewConnection(segment: SegmentView, flow: Flow, side: Side): boolean {
  const half = flow.half(side);
  const other = flow.half(side === CLIENT ? SERVER : CLIENT);
  if (half.known) return half.firstSequence !== ((segment.sequence + 1) | 0);
  if (flow.isOver) return true;
  const isAnswer = (segment.flags & ACK) !== 0;
  return isAnswer && other.known && other.firstSequence !== (segment.acknowledgment | 0) && other.nextOffset === 0;
}

/** Whether a segment with data is so far off that its connection's SYN must have been missed. */
function isOtherConnection(segment: SegmentView, flow: Flow, side: Side): boolean {
  const half = flow.half(side);
  if (segment.payloadLength === 0 || !half.known) return false;
  const distance = (segment.sequence - half.nextSequence) | 0;
  if (flow.isOver && half.sawFin && distance >= 0) return true;
  if (distance <= WILD_DISTANCE && distance >= -WILD_DISTANCE) return false;
  const other = flow.half(side === CLIENT ? SERVER : CLIENT);
  if (!other.known || (segment.flags & ACK) === 0) return true;
  const acknowledged = (segment.acknowledgment - other.nextSequence) | 0;
  return acknowledged > WILD_DISTANCE || acknowledged < -WILD_DISTANCE;
}

/**
 * The sequence number that becomes offset 0. A lone byte without PSH that is the first thing seen of an old connection is a
 * keep-alive probe, a byte that was sent before (RFC 9293 §3.8.4): the stream begins behind it.
 */
function firstOf(segment: SegmentView, sequence: number, isSyn: boolean): number {
  const isProbe = !isSyn && segment.payloadLength === 1 && (segment.flags & PSH) === 0;
  return isProbe ? (sequence + 1) | 0 : sequence;
}
