/**
 * Whether a segment that is out of the ordinary fits its connection (RFC 9293 §3.10.7.4, RFC 5961 §3), or tells of another one, or
 * of an end that was not true. Who can send a segment into a connection's path can write any RST or FIN.
 */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { SegmentView } from "../packet/segment-view.js";
import type { EndFlag } from "./connection.js";
import type { Flow } from "./flow.js";
import type { StreamHalf } from "./stream-half.js";

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

/** A distance no window reaches (stacks grow theirs to some ten MiB): such a segment belongs to another connection. */
export const WILD_DISTANCE = 1 << 27;

/** Whether a SYN begins another connection between the same ends (port reuse), rather than repeating or answering one. */
export function isNewConnection(segment: SegmentView, flow: Flow, side: Side): boolean {
  const half = flow.half(side);
  const other = flow.half(side === CLIENT ? SERVER : CLIENT);
  if (half.known) return half.firstSequence !== ((segment.sequence + 1) | 0);
  if (flow.isOver) return true;
  const isAnswer = (segment.flags & ACK) !== 0;
  return isAnswer && other.known && other.firstSequence !== (segment.acknowledgment | 0) && other.nextOffset === 0;
}

/** Whether a segment with data is so far off that its connection's SYN must have been missed. */
export function isOtherConnection(segment: SegmentView, flow: Flow, side: Side): boolean {
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
 * Whether the receiver of a RST may take it: not before what it has acknowledged, nor far behind its window. Bytes between the
 * two may have been lost, on the wire or by the capture.
 */
export function isPlausibleReset(segment: SegmentView, half: StreamHalf): boolean {
  if (!half.known) return true;
  const distance = (segment.sequence - half.nextSequence) | 0;
  if (distance >= 0) return distance <= WILD_DISTANCE;
  return distance >= -WILD_DISTANCE && ((segment.sequence - half.acknowledgedSequence) | 0) >= 0;
}

/**
 * Whether a side goes on behind its FIN or RST, so that it cannot have sent that: it sends bytes that are new, or, after a RST,
 * acknowledges such. What the other side sends after a RST may have been on its way.
 */
export function isGoingOn(segment: SegmentView, flow: Flow, side: Side): boolean {
  const half = flow.half(side);
  const isResetter = flow.resetBy === side;
  if (!half.closed || !(half.sawFin || isResetter)) return false;
  const { sequence, payloadLength } = segment;
  if (payloadLength > 0) {
    const end = half.sawFin ? half.nextSequence - 1 : half.nextSequence + flow.resetLength;
    const beyond = (sequence + payloadLength - end) | 0;
    // The octet of a keep-alive probe has the number of the FIN.
    const isProbe = half.sawFin && payloadLength === 1 && beyond === 1;
    if (beyond > 0 && beyond <= WILD_DISTANCE && !isProbe) return true;
  }
  const other = flow.half(side === CLIENT ? SERVER : CLIENT);
  if (!isResetter || !other.known || (segment.flags & ACK) === 0) return false;
  const acknowledged = (segment.acknowledgment - other.nextSequence) | 0;
  return acknowledged > 0 && acknowledged <= WILD_DISTANCE;
}

/** What a side that is closed ended by. */
export function endOf(flow: Flow, side: Side): EndFlag {
  return flow.half(side).sawFin ? "FIN" : "RST";
}
