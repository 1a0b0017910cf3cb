/** One TCP segment, as found in a packet below all link, tunnel and IP layers. One object is reused for all. */
export interface SegmentView {
  /** Number of the packet (from 1) that brought it; of a fragmented datagram the one that completed it. */
  packet: number;
  timeNs: number;
  /** Where addresses and payload stand. For a reassembled datagram a buffer of its own, borrowed as any view. */
  buf: Uint8Array;
  /**
   * Byte of the captured packet that `buf[0]` is: provenance is `offset in buf + packetOrigin`. NaN for a reassembled datagram:
   * its bytes stood in several packets.
   */
  packetOrigin: number;
  /** 4: addresses of 4 bytes; 6: of 16. */
  family: 4 | 6;
  sourceAddress: number;
  destinationAddress: number;
  sourcePort: number;
  destinationPort: number;
  sequence: number;
  acknowledgment: number;
  /** TCP flag bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32. */
  flags: number;
  window: number;
  urgentPointer: number;
  /** Captured payload is `buf[payloadStart, payloadEnd)`. */
  payloadStart: number;
  payloadEnd: number;
  /** Payload bytes on the wire; more than are captured when a snapshot length cut the packet. */
  payloadLength: number;
}

const NO_BYTES = new Uint8Array(0);

/** A view to be filled again and again: every field is there from the start, so that its shape never changes. */
export function newSegmentView(): SegmentView {
  return {
    packet: 0,
    timeNs: 0,
    buf: NO_BYTES,
    packetOrigin: 0,
    family: 4,
    sourceAddress: 0,
    destinationAddress: 0,
    sourcePort: 0,
    destinationPort: 0,
    sequence: 0,
    acknowledgment: 0,
    flags: 0,
    window: 0,
    urgentPointer: 0,
    payloadStart: 0,
    payloadEnd: 0,
    payloadLength: 0,
  };
}

export interface SegmentSink {
  segment(segment: SegmentView): void;
}
