/**
 * A captured packet → the TCP segment in it, below all link layers, tags, tunnels, IP headers and fragments. Each packet gives
 * at most one segment. The usual path (Ethernet, IPv4 or IPv6, TCP) allocates nothing.
 */
import { readU16BE, readU32BE } from "../bytes/integers.js";
import type { PacketView } from "../capture/packet-view.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import * as ether from "./ether-types.js";
import { type NetworkStart, readEthernet } from "./ethernet.js";
import { FragmentTable } from "./fragments.js";
import { readLinkLayer, readPpp, readRawIp } from "./link-layers.js";
import { describeLinkType, LINKTYPE_ETHERNET } from "./link-types.js";
import { newPacketCounts, type PacketCounts } from "./packet-counts.js";
import { newSegmentView, type SegmentSink, type SegmentView } from "./segment-view.js";
import { readGre, readUdpTunnel } from "./tunnels.js";

const PROTOCOL_HOP_BY_HOP = 0;
const PROTOCOL_ICMP = 1;
const PROTOCOL_IPV4 = 4;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const PROTOCOL_IPV6 = 41;
const PROTOCOL_ROUTING = 43;
const PROTOCOL_FRAGMENT = 44;
const PROTOCOL_GRE = 47;
const PROTOCOL_AUTHENTICATION = 51;
const PROTOCOL_ICMPV6 = 58;
const PROTOCOL_DESTINATION_OPTIONS = 60;
const PROTOCOL_MOBILITY = 135;
const PROTOCOL_MPLS = 137;

/** Headers inside each other, tags and labels included: 32. Real stacks have ten at most; a crafted packet has thousands. */
const MAX_HEADERS = 32;
const TCP_HEADER_BYTES = 20;

export class PacketDecoder {
  readonly counts: PacketCounts = newPacketCounts();
  private readonly segment: SegmentView = newSegmentView();
  private readonly found: NetworkStart = { etherType: 0, at: 0 };
  private readonly fragments: FragmentTable;
  private sink!: SegmentSink;
  /** The bytes decoded now: the packet's, or a reassembled datagram's. */
  private buf: Uint8Array;
  /** End of the captured bytes; end of what was on the wire, beyond it when a snapshot length cut the packet. */
  private end = 0;
  private wireEnd = 0;
  private headers = 0;

  constructor(
    private readonly report: Report,
    limits: Limits,
  ) {
    this.fragments = new FragmentTable(report, limits);
    this.buf = this.segment.buf;
  }

  decode(packet: PacketView, timeNs: number, sink: SegmentSink): void {
    const { counts, segment, found } = this;
    const captured = packet.end - packet.start;
    // A writer may claim fewer bytes on the wire than it captured: those captured are there all the same.
    const wireBytes = Math.max(packet.originalLength, captured);
    counts.packets++;
    if (wireBytes > captured) counts.snapped++;
    this.sink = sink;
    this.buf = packet.buf;
    this.wireEnd = packet.start + wireBytes - packet.fcsLength;
    this.end = Math.min(packet.end, this.wireEnd);
    this.headers = 0;
    segment.packet = packet.number;
    segment.timeNs = timeNs;
    segment.packetOrigin = -packet.start;
    const read =
      packet.linkType === LINKTYPE_ETHERNET
        ? readEthernet(packet.buf, packet.start, this.end, found)
        : readLinkLayer(packet.linkType, packet.buf, packet.start, this.end, found);
    if (read === null) this.countUnsupported(packet.linkType);
    else if (!read) this.malformed("its link-layer header is cut off");
    else this.network(found.etherType, found.at);
  }

  private countUnsupported(linkType: number): void {
    const known = this.counts.unsupportedLinkTypes;
    const count = known.get(linkType) ?? 0;
    known.set(linkType, count + 1);
    const values = { linkType: describeLinkType(linkType) };
    if (count === 0) this.report("PACKET_LINK_TYPE_UNSUPPORTED", values, { packet: this.segment.packet });
  }

  private network(etherType: number, at: number): void {
    if (++this.headers > MAX_HEADERS) {
      this.malformed("too many headers inside each other");
      return;
    }
    switch (etherType) {
      case ether.ETHERTYPE_IPV4:
        this.ipv4(at);
        return;
      case ether.ETHERTYPE_IPV6:
        this.ipv6(at);
        return;
      case ether.ETHERTYPE_VLAN:
      case ether.ETHERTYPE_SERVICE_VLAN:
      case ether.ETHERTYPE_VLAN_9100:
      case ether.ETHERTYPE_VLAN_9200:
        this.vlan(at);
        return;
      case ether.ETHERTYPE_MPLS:
      case ether.ETHERTYPE_MPLS_MULTICAST:
        this.mpls(at);
        return;
      case ether.ETHERTYPE_PPPOE_SESSION:
        // Version and type, code, session (2), length (2); then PPP.
        this.below(readPpp(this.buf, at + 6, this.end, this.found));
        return;
      case ether.ETHERTYPE_PPP:
        this.below(readPpp(this.buf, at, this.end, this.found));
        return;
      case ether.ETHERTYPE_TRANSPARENT_ETHERNET:
        this.below(readEthernet(this.buf, at, this.end, this.found));
        return;
      case ether.ETHERTYPE_BACKBONE_BRIDGE:
        this.below(readEthernet(this.buf, at + 4, this.end, this.found));
        return;
      case ether.ETHERTYPE_ARP:
        this.counts.arp++;
        return;
      default:
        this.counts.nonIp++;
    }
  }

  /** What a header's reader found goes on to the network layer. */
  private below(read: boolean): void {
    if (read) this.network(this.found.etherType, this.found.at);
    else this.malformed("a header is cut off");
  }

  /** 802.1Q: priority and VLAN id, 2 bytes; then the EtherType, or a length and LLC, of what is tagged. */
  private vlan(at: number): void {
    if (this.end - at < 4) {
      this.malformed("its VLAN tag is cut off");
      return;
    }
    // A tag stands where an EtherType would: read it as the end of an Ethernet header.
    this.below(readEthernet(this.buf, at - 10, this.end, this.found));
  }

  /** Label stack entries of 4 bytes, the last one marked; RFC 4928: an IP version or, for 0, a pseudowire follows. */
  private mpls(at: number): void {
    const { buf, end } = this;
    for (;;) {
      if (end - at < 5 || ++this.headers > MAX_HEADERS) {
        this.malformed("its MPLS labels do not end");
        return;
      }
      const isBottom = (buf[at + 2] & 1) === 1;
      at += 4;
      if (isBottom) break;
    }
    if (buf[at] >> 4 === 0) this.below(readEthernet(buf, at + 4, end, this.found));
    else this.below(readRawIp(buf, at, end, this.found));
  }

  /**
   * RFC 791 §3.1.
   *
   *      0       4       8              16              24             31
   *     +-------+-------+---------------+-------------------------------+
   *     |version| words | type of serv. | total length                  |
   *     +-------+-------+---------------+-----+-------------------------+
   *     | identification                |flags| fragment offset / 8     |
   *     +---------------+---------------+-----+-------------------------+
   *     | time to live  | protocol      | header checksum               |
   *     +---------------+---------------+-------------------------------+
   *     | source address, destination address, options                  |
   */
  private ipv4(at: number): void {
    const { buf } = this;
    if (this.end - at < 20) {
      this.malformed("its IPv4 header is cut off");
      return;
    }
    const headerBytes = (buf[at] & 15) << 2;
    const totalLength = readU16BE(buf, at + 2);
    if (buf[at] >> 4 !== 4 || headerBytes < 20 || (totalLength < headerBytes && totalLength !== 0)) {
      this.malformed("its IPv4 header contradicts itself");
      return;
    }
    // Zero: segmentation is left to the network card, and the packet is as long as its frame.
    if (totalLength !== 0) this.cutTo(at + totalLength);
    const flags = readU16BE(buf, at + 6);
    if ((flags & 0x3fff) === 0) {
      this.transport(buf[at + 9], at + headerBytes, 4, at + 12);
      return;
    }
    this.fragment(buf[at + 9], readU16BE(buf, at + 4), (flags & 0x1fff) << 3, (flags & 0x2000) !== 0, {
      family: 4,
      addressAt: at + 12,
      payloadAt: at + headerBytes,
    });
  }

  /** RFC 8200 §3: version, class and flow label (4), payload length (2), next header, hop limit, two addresses of 16. */
  private ipv6(at: number): void {
    const { buf } = this;
    if (this.end - at < 40) {
      this.malformed("its IPv6 header is cut off");
      return;
    }
    if (buf[at] >> 4 !== 6) {
      this.malformed("its IPv6 header contradicts itself");
      return;
    }
    const payloadLength = readU16BE(buf, at + 4);
    // Zero: a jumbogram (RFC 2675), or segmentation is left to the network card.
    if (payloadLength !== 0) this.cutTo(at + 40 + payloadLength);
    const next = buf[at + 6];
    if (next === PROTOCOL_TCP) this.transport(next, at + 40, 6, at + 8);
    else this.extensionHeaders(next, at + 40, at + 8);
  }

  /** RFC 8200 §4: next header, length in units of 8 bytes beyond the first 8, then the header's own. */
  private extensionHeaders(next: number, at: number, addressAt: number): void {
    const { buf } = this;
    while (isExtension(next)) {
      if (this.end - at < 8 || ++this.headers > MAX_HEADERS) {
        this.malformed("its IPv6 extension headers do not end");
        return;
      }
      const following = buf[at];
      if (next === PROTOCOL_FRAGMENT) {
        const flags = readU16BE(buf, at + 2);
        const place = { family: 6 as const, addressAt, payloadAt: at + 8 };
        // RFC 8200 §4.5: with offset 0 and no more to come it is an atomic fragment, a whole datagram.
        if ((flags & 0xfff9) !== 0) {
          this.fragment(following, readU32BE(buf, at + 4), flags & 0xfff8, (flags & 1) === 1, place);
          return;
        }
        at += 8;
      } else {
        const headerBytes = next === PROTOCOL_AUTHENTICATION ? (buf[at + 1] + 2) << 2 : (buf[at + 1] + 1) << 3;
        const isJumbo = next === PROTOCOL_HOP_BY_HOP && buf[at + 2] === 0xc2 && buf[at + 3] === 4;
        if (isJumbo && readU16BE(buf, addressAt - 4) === 0) this.cutTo(addressAt + 32 + readU32BE(buf, at + 4));
        at += headerBytes;
      }
      next = following;
    }
    this.transport(next, at, 6, addressAt);
  }

  private fragment(
    protocol: number,
    identification: number,
    offset: number,
    more: boolean,
    place: { readonly family: 4 | 6; readonly addressAt: number; readonly payloadAt: number },
  ): void {
    this.counts.fragments++;
    const { segment, buf, end } = this;
    const { family, addressAt, payloadAt } = place;
    if (payloadAt > end) {
      this.malformed("its fragment is cut off");
      return;
    }
    // RFC 8200 §4.5: what the first fragment names as next header holds for all; an unfinished chain may follow it.
    const whole = this.fragments.add(
      { family, protocol, identification, addressAt, offset, more, timeNs: segment.timeNs, packet: segment.packet },
      buf,
      payloadAt,
      end,
    );
    if (whole === null) return;
    this.buf = whole.bytes;
    this.end = this.wireEnd = whole.bytes.length;
    segment.packetOrigin = Number.NaN;
    if (family === 6) this.extensionHeaders(whole.protocol, 32, 0);
    else this.transport(whole.protocol, 8, 4, 0);
  }

  /** Nothing behind `wireEnd` belongs to the packet; a length beyond the frame's own says that the frame was cut. */
  private cutTo(wireEnd: number): void {
    this.wireEnd = wireEnd;
    if (this.end > wireEnd) this.end = wireEnd;
  }

  private transport(protocol: number, at: number, family: 4 | 6, addressAt: number): void {
    switch (protocol) {
      case PROTOCOL_TCP:
        this.tcp(at, family, addressAt);
        return;
      case PROTOCOL_UDP:
        if (readUdpTunnel(this.buf, at, this.end, this.found)) this.network(this.found.etherType, this.found.at);
        else this.counts.udp++;
        return;
      case PROTOCOL_IPV4:
        this.network(ether.ETHERTYPE_IPV4, at);
        return;
      case PROTOCOL_IPV6:
        this.network(ether.ETHERTYPE_IPV6, at);
        return;
      case PROTOCOL_GRE:
        this.below(readGre(this.buf, at, this.end, this.found));
        return;
      case PROTOCOL_MPLS:
        this.network(ether.ETHERTYPE_MPLS, at);
        return;
      case PROTOCOL_AUTHENTICATION:
        if (family === 4 && this.end - at >= 12 && ++this.headers <= MAX_HEADERS)
          this.transport(this.buf[at], at + ((this.buf[at + 1] + 2) << 2), family, addressAt);
        else this.counts.otherIp++;
        return;
      case PROTOCOL_ICMP:
      case PROTOCOL_ICMPV6:
        this.counts.icmp++;
        return;
      default:
        this.counts.otherIp++;
    }
  }

  /**
   * RFC 9293 §3.1.
   *
   *      0       4       8              16                             31
   *     +-------------------------------+-------------------------------+
   *     | source port                   | destination port              |
   *     +-------------------------------+-------------------------------+
   *     | sequence number                                               |
   *     +---------------------------------------------------------------+
   *     | acknowledgment number                                         |
   *     +-------+-------+---------------+-------------------------------+
   *     | words |       | flags         | window                        |
   *     +-------+-------+---------------+-------------------------------+
   *     | checksum                      | urgent pointer                |
   *     +-------------------------------+-------------------------------+
   */
  private tcp(at: number, family: 4 | 6, addressAt: number): void {
    const { buf, end, segment } = this;
    if (end - at < TCP_HEADER_BYTES) {
      this.malformed("its TCP header is cut off");
      return;
    }
    const headerBytes = (buf[at + 12] >> 4) << 2;
    const payloadLength = this.wireEnd - at - headerBytes;
    if (headerBytes < TCP_HEADER_BYTES || payloadLength < 0) {
      this.malformed("its TCP header contradicts itself");
      return;
    }
    this.counts.tcp++;
    segment.buf = buf;
    segment.family = family;
    segment.sourceAddress = addressAt;
    segment.destinationAddress = addressAt + (family === 4 ? 4 : 16);
    segment.sourcePort = readU16BE(buf, at);
    segment.destinationPort = readU16BE(buf, at + 2);
    segment.sequence = readU32BE(buf, at + 4);
    segment.acknowledgment = readU32BE(buf, at + 8);
    segment.flags = buf[at + 13];
    segment.window = readU16BE(buf, at + 14);
    segment.urgentPointer = readU16BE(buf, at + 18);
    segment.payloadStart = Math.min(at + headerBytes, end);
    segment.payloadEnd = end;
    segment.payloadLength = payloadLength;
    this.sink.segment(segment);
  }

  private malformed(reason: string): void {
    this.counts.malformed++;
    this.report("PACKET_MALFORMED", { reason }, { packet: this.segment.packet });
  }
}

function isExtension(protocol: number): boolean {
  return (
    protocol === PROTOCOL_HOP_BY_HOP ||
    protocol === PROTOCOL_ROUTING ||
    protocol === PROTOCOL_FRAGMENT ||
    protocol === PROTOCOL_DESTINATION_OPTIONS ||
    protocol === PROTOCOL_AUTHENTICATION ||
    protocol === PROTOCOL_MOBILITY
  );
}
