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
import type { EndFlag, TcpSink } from "./connection.js";
import { Flow, type Shared, type TcpReport } from "./flow.js";
import { addressWords, FlowTable, hashOf, isFromClient, isFromServer, portsOf } from "./flow-table.js";
import { HoleWatch } from "./hole-watch.js";
import {
  ACK,
  endOf,
  FIN,
  isGoingOn,
  isNewConnection,
  isOtherConnection,
  isPlausibleReset,
  PSH,
  RST,
  SYN,
  URG,
  WILD_DISTANCE,
} from "./plausible.js";
import { RecentBytes } from "./recent-bytes.js";
import type { StreamHalf } from "./stream-half.js";

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
    if ((flags & ACK) !== 0 && other.known) this.acknowledge(other, segment);
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
    if (isGoingOn(segment, flow, side)) {
      this.replace(segment, flow, side === CLIENT, endOf(flow, side));
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
      if ((flags & FIN) !== 0 && !isStray) half.receiveFin(at + payloadLength, timeNs, segment.packet);
    }
    if ((flags & ACK) !== 0 && other.known) this.acknowledge(other, segment);
  }

  private acknowledge(other: StreamHalf, segment: SegmentView): void {
    other.acknowledgedSequence = segment.acknowledgment | 0;
    const distance = (segment.acknowledgment - other.nextSequence) | 0;
    if (distance <= 0 || distance > WILD_DISTANCE) return;
    other.acknowledge(other.nextOffset + distance, segment.timeNs);
  }

  private reset(segment: SegmentView, flow: Flow, side: Side): void {
    const half = flow.half(side);
    if (flow.isOver || !isPlausibleReset(segment, half)) return;
    if (!half.known) half.begin(segment.sequence | 0);
    if (flow.resetBy === null) {
      flow.resetBy = side;
      flow.resetLength = segment.payloadLength;
    }
    // The sender's next sequence number: what lies before it was sent. A RST may be captured before it.
    half.receiveReset(half.nextOffset + ((segment.sequence - half.nextSequence) | 0), segment.timeNs);
    const other = flow.half(side === CLIENT ? SERVER : CLIENT);
    const acknowledged = (segment.acknowledgment - other.nextSequence) | 0;
    const isAcknowledging = (segment.flags & ACK) !== 0 && other.known && acknowledged <= WILD_DISTANCE;
    other.receiveReset(isAcknowledging ? other.nextOffset + acknowledged : 0, segment.timeNs);
  }

  /** The same two ends begin anew, or go on after an end that was not true: what the old connection had open ends here. */
  private replace(
    segment: SegmentView,
    flow: Flow,
    fromClient = isOfClient(segment),
    goesOn: EndFlag | null = null,
  ): void {
    flow.end("idle", segment.timeNs);
    this.table.remove(flow);
    this.begin(segment, flow.hash, fromClient, goesOn);
  }

  private begin(
    segment: SegmentView,
    hash: number,
    fromClient = isOfClient(segment),
    goesOn: EndFlag | null = null,
  ): void {
    const { flags, buf, family, timeNs } = segment;
    const words = addressWords(segment, fromClient);
    const flow = new Flow(++this.connections, hash, words, portsOf(segment, fromClient), this.shared);
    const source = formatEndpoint(buf, segment.sourceAddress, family, segment.sourcePort);
    const destination = formatEndpoint(buf, segment.destinationAddress, family, segment.destinationPort);
    const [client, server] = fromClient ? [source, destination] : [destination, source];
    this.table.add(flow);
    this.last = flow;
    flow.sink = this.sink.connection(flow.describe(client, server, (flags & SYN) !== 0, goesOn, timeNs));
    if ((flags & SYN) !== 0 && !fromClient) flow.client.begin(segment.acknowledgment | 0);
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

/** Who sends the first segment of a connection is its client, but for an answer to a SYN. */
function isOfClient(segment: SegmentView): boolean {
  return (segment.flags & (SYN | ACK)) !== (SYN | ACK);
}

/**
 * The sequence number that becomes offset 0. A lone byte without PSH that is the first thing seen of an old connection is a
 * keep-alive probe, a byte that was sent before (RFC 9293 §3.8.4): the stream begins behind it.
 */
function firstOf(segment: SegmentView, sequence: number, isSyn: boolean): number {
  const isProbe = !isSyn && segment.payloadLength === 1 && (segment.flags & PSH) === 0;
  return isProbe ? (sequence + 1) | 0 : sequence;
}
