/** One TCP segment, as found in a packet below all link, tunnel and IP layers. One object is reused for all. */
export interface SegmentView {
  /** Number of the packet (from 1) that brought it; of a fragmented datagram the one that completed it. */
  packet: number;
  timeNs: number;
  /** Where addresses and payload stand. For a reassembled datagram a buffer of its own, borrowed as any view. */
  buf: Uint8Array;
  /** Byte of the captured packet that `buf[0]` is: provenance is `offset in buf + packetOrigin`. */
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

export interface SegmentSink {
  segment(segment: SegmentView): void;
}
