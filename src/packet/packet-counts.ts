/** What the packets of a capture were: how a run that found nothing explains what was there instead. */
export interface PacketCounts {
  packets: number;
  /** Segments found, of reassembled datagrams and in tunnels too. */
  tcp: number;
  udp: number;
  icmp: number;
  arp: number;
  /** IP with another protocol. */
  otherIp: number;
  /** No IP in it. */
  nonIp: number;
  /** IP fragments; what they make up together is counted by its protocol besides. */
  fragments: number;
  /** A header is cut off or contradicts itself. */
  malformed: number;
  /** Fewer bytes were captured than were on the wire. */
  snapped: number;
  /** Packets by link type that is not supported. */
  readonly unsupportedLinkTypes: Map<number, number>;
}

export function newPacketCounts(): PacketCounts {
  return {
    packets: 0,
    tcp: 0,
    udp: 0,
    icmp: 0,
    arp: 0,
    otherIp: 0,
    nonIp: 0,
    fragments: 0,
    malformed: 0,
    snapped: 0,
    unsupportedLinkTypes: new Map(),
  };
}
