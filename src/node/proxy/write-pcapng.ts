/**
 * What passed → a pcapng file (draft-ietf-opsawg-pcapng) that any reader of captures takes.
 *
 * The packets are made up, and the file says so: a proxy sees bytes, not segments. Bytes, order, ports and times are the real ones;
 * handshakes, sequence numbers and the cut into packets are ours. A connection stands as if client and target spoke directly.
 */
import type { ByteStreamSink, CloseReason, Side } from "../../bytes/byte-stream-sink.js";
import type { ConnectionInfo } from "../../engine/inspector.js";
import { type MadeUpEnds, makeUpEnds } from "./made-up-ends.js";
import { ACK, buildPacket, FIN, MAX_PAYLOAD_BYTES, PSH, RST, SYN } from "./packet.js";

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;

const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const NANOSECONDS = 9;

/** LINKTYPE_RAW: each packet begins with its IP header. */
const LINKTYPE_RAW = 101;

const COMMENT =
  "Written by cal-inspect proxy: the packets are made up from the bytes that passed. Bytes, order, ports and times are real; " +
  "handshakes, sequence numbers and the cut into packets are not. TLS that the proxy ended is written as what was inside.";

const utf8 = new TextEncoder();

export class PcapngWriter {
  private count = 0;

  constructor(
    private readonly write: (bytes: Uint8Array) => void,
    /** Seconds since 1970 that stand for time 0. */
    private readonly baseSeconds: number,
  ) {
    const section = new Uint8Array(16);
    const view = new DataView(section.buffer);
    view.setUint32(0, 0x1a2b3c4d, true);
    view.setUint16(4, 1, true);
    view.setBigInt64(8, -1n, true);
    this.block(SECTION_HEADER, [
      section,
      option(OPT_COMMENT, COMMENT),
      option(SHB_USERAPPL, "cal-inspect proxy"),
      END_OF_OPTIONS,
    ]);
    const description = new Uint8Array(8);
    new DataView(description.buffer).setUint16(0, LINKTYPE_RAW, true);
    const resolution = option(IF_TSRESOL, Uint8Array.of(NANOSECONDS));
    this.block(INTERFACE_DESCRIPTION, [description, option(IF_NAME, "proxy"), resolution, END_OF_OPTIONS]);
  }

  /** A connection that was opened at that time: its bytes go into the sink returned. */
  connection(info: ConnectionInfo, timeNs: number): ByteStreamSink {
    return new WrittenConnection(makeUpEnds(info, ++this.count), this, timeNs);
  }

  packet(packet: Uint8Array, timeNs: number, comment: string | null): void {
    const head = new Uint8Array(20);
    const view = new DataView(head.buffer);
    const time = BigInt(this.baseSeconds) * 1_000_000_000n + BigInt(Math.round(timeNs));
    view.setUint32(4, Number(time >> 32n), true);
    view.setUint32(8, Number(time & 0xffffffffn), true);
    view.setUint32(12, packet.length, true);
    view.setUint32(16, packet.length, true);
    const options = comment === null ? [] : [option(OPT_COMMENT, comment), END_OF_OPTIONS];
    this.block(ENHANCED_PACKET, [head, padded(packet), ...options]);
  }

  private block(type: number, parts: readonly Uint8Array[]): void {
    const length = parts.reduce((sum, part) => sum + part.length, 12);
    const block = new Uint8Array(length);
    const view = new DataView(block.buffer);
    view.setUint32(0, type, true);
    view.setUint32(4, length, true);
    let at = 8;
    for (const part of parts) {
      block.set(part, at);
      at += part.length;
    }
    view.setUint32(at, length, true);
    this.write(block);
  }
}

class WrittenConnection implements ByteStreamSink {
  /** The next sequence number of each side. */
  private readonly next: [number, number] = [1_000, 2_000];
  private over = false;

  constructor(
    private readonly ends: MadeUpEnds,
    private readonly writer: PcapngWriter,
    timeNs: number,
  ) {
    this.packet(0, SYN, null, timeNs, ends.comment);
    this.packet(1, SYN | ACK, null, timeNs);
    this.packet(0, ACK, null, timeNs);
  }

  data(side: Side, buf: Uint8Array, start: number, end: number, _at: number, timeNs: number): void {
    for (let at = start; at < end; at += MAX_PAYLOAD_BYTES)
      this.packet(side, PSH | ACK, buf.subarray(at, Math.min(end, at + MAX_PAYLOAD_BYTES)), timeNs);
  }

  /** Bytes that are not there: the numbers go on, as in a capture that lost packets. */
  gap(side: Side, _at: number, length: number): void {
    this.next[side] = (this.next[side] + length) >>> 0;
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    if (this.over) return;
    if (reason === "fin") this.packet(side, FIN | ACK, null, timeNs);
    else {
      this.over = true;
      // "eof" is our own end: nobody sent anything.
      if (reason === "rst") this.packet(side, RST | ACK, null, timeNs);
    }
  }

  private packet(
    side: Side,
    flags: number,
    payload: Uint8Array | null,
    timeNs: number,
    comment: string | null = null,
  ): void {
    const { ends, next } = this;
    const acknowledgment = (flags & ACK) === 0 ? 0 : next[1 - side];
    this.writer.packet(buildPacket(ends, side, flags, next[side], acknowledgment, payload), timeNs, comment);
    const length = (payload?.length ?? 0) + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
    next[side] = (next[side] + length) >>> 0;
  }
}

const END_OF_OPTIONS = new Uint8Array(4);

function option(code: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? utf8.encode(value) : value;
  const whole = new Uint8Array(4 + ((bytes.length + 3) & ~3));
  new DataView(whole.buffer).setUint16(0, code, true);
  new DataView(whole.buffer).setUint16(2, bytes.length, true);
  whole.set(bytes, 4);
  return whole;
}

function padded(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 4 === 0) return bytes;
  const whole = new Uint8Array((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}
