/**
 * Reads classic captures through the npm package pcap-parser, behind the interface of our own readers.
 *
 * The package reads a stream, knows microsecond files only, gathers whatever length a record claims, ends in silence where a
 * file is cut, hands out the upper bits of the link type as part of it and keeps the buffers it is given. Here it is fed by
 * hand, synchronously, with copies; a nanosecond file gets the magic that it knows; lengths are checked before it gathers; and
 * what it has not read at the end is told.
 */
import { EventEmitter } from "node:events";
import pcapParser, { type GlobalHeader, type Packet, type PacketHeader, type Parser } from "pcap-parser";
import { readU32BE, readU32LE } from "../bytes/integers.js";
import { plainBytes } from "../bytes/plain-bytes.js";
import {
  describeForeign,
  isPcapMagic,
  MAX_HEAD_BYTES,
  PCAP_MODIFIED,
  PCAP_NANOSECONDS,
  recogniseCapture,
} from "../capture/format.js";
import { type CaptureReader, type CaptureSink, newPacketView } from "../capture/packet-view.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** Packets reach `sink` within `push`; the same codes are reported as by our own reader. Throws no error of the package. */
export function createPcapParserReader(sink: CaptureSink, report: Report, limits: Limits): CaptureReader {
  return new PcapParserReader(sink, report, limits);
}

/** The side of a stream that pcap-parser sees: it listens for "data", pauses and resumes. */
class FedStream extends EventEmitter {
  pause(): void {}
  resume(): void {}
}

class PcapParserReader implements CaptureReader {
  private readonly stream = new FedStream();
  private readonly parser: Parser;
  private readonly packet = newPacketView();
  /** The first bytes of the input, until the parser has been started with them. */
  private head: Buffer | null = Buffer.alloc(0);
  private stopped = false;
  private ticksPerSecond = 1_000_000;
  private received = 0;
  /** File offset behind the last record that was read. */
  private consumed = 0;
  /** Captured length of the record whose header was read and whose packet was not; -1: none. */
  private pending = -1;

  constructor(
    private readonly sink: CaptureSink,
    private readonly report: Report,
    private readonly limits: Limits,
  ) {
    this.parser = pcapParser.parse(this.stream);
    this.parser.on("globalHeader", (header) => this.readFileHeader(header));
    this.parser.on("packetHeader", (header) => this.checkRecordHeader(header));
    this.parser.on("packet", (packet) => this.readPacket(packet));
    this.parser.on("error", (error) => this.refuse(`what pcap-parser does not take: ${error.message}`));
  }

  push(chunk: Uint8Array): void {
    if (this.stopped) return;
    this.received += chunk.length;
    if (this.head === null) {
      this.stream.emit("data", Buffer.from(chunk));
      return;
    }
    this.head = Buffer.concat([this.head, chunk]);
    const needed = isReadable(this.head) ? FILE_HEADER_BYTES : MAX_HEAD_BYTES;
    if (this.head.length >= needed) this.start(this.head);
  }

  end(): void {
    if (this.stopped) return;
    const { head, received, consumed, pending } = this;
    if (head !== null) this.endWithin(head);
    else if (pending >= 0) this.tellCut("a packet record", consumed + RECORD_HEADER_BYTES + pending - received);
    else if (received > consumed) this.tellCut("a packet record's header", consumed + RECORD_HEADER_BYTES - received);
  }

  private start(head: Buffer): void {
    if (!isReadable(head)) {
      this.refuse(describe(head));
      return;
    }
    this.head = null;
    const isBigEndian = isPcapMagic(readU32BE(head, 0));
    const magic = isBigEndian ? readU32BE(head, 0) : readU32LE(head, 0);
    if (magic === PCAP_NANOSECONDS) {
      this.ticksPerSecond = 1_000_000_000;
      head.set(isBigEndian ? [0xa1, 0xb2, 0xc3, 0xd4] : [0xd4, 0xc3, 0xb2, 0xa1]);
    }
    this.stream.emit("data", head);
  }

  private endWithin(head: Buffer): void {
    if (head.length === 0) this.report("CAPTURE_EMPTY", {}, { fileOffset: 0 });
    else if (isReadable(head)) this.tellCut("the file header", FILE_HEADER_BYTES - head.length);
    else this.refuse(describe(head));
  }

  private readFileHeader({ linkLayerType }: GlobalHeader): void {
    this.consumed = FILE_HEADER_BYTES;
    this.packet.linkType = linkLayerType & 0xffff;
    this.packet.fcsLength = (linkLayerType & 0x0400_0000) !== 0 ? (linkLayerType >>> 28) * 2 : 0;
  }

  private checkRecordHeader({ capturedLength }: PacketHeader): void {
    if (this.stopped) return;
    this.pending = capturedLength;
    if (capturedLength <= this.limits.maxPacketBytes) return;
    this.stop();
    const reason = `it claims ${capturedLength} captured bytes`;
    const values = { offset: this.consumed, reason, skipped: "all further" };
    this.report("CAPTURE_RECORD_BROKEN", values, { fileOffset: this.consumed });
  }

  private readPacket({ header, data }: Packet): void {
    if (this.stopped) return;
    const { packet, ticksPerSecond } = this;
    const ticks = header.timestampMicroseconds;
    this.pending = -1;
    this.consumed += RECORD_HEADER_BYTES + data.length;
    packet.number++;
    packet.seconds = header.timestampSeconds + Math.floor(ticks / ticksPerSecond);
    packet.nanoseconds = (ticks % ticksPerSecond) * (1_000_000_000 / ticksPerSecond);
    packet.buf = plainBytes(data);
    packet.end = data.length;
    packet.originalLength = header.originalLength;
    this.sink.packet(packet);
  }

  private refuse(what: string): void {
    this.stop();
    this.report("CAPTURE_FORMAT_UNKNOWN", { what }, { fileOffset: 0 });
  }

  private stop(): void {
    this.stopped = true;
    this.parser.errored = true;
  }

  private tellCut(what: string, missing: number): void {
    this.report("CAPTURE_TRUNCATED", { what, offset: this.received, missing }, { fileOffset: this.received });
  }
}

/** Whether the package can be made to read what begins so: pcap of micro- or nanoseconds. Needs 4 bytes. */
function isReadable(head: Uint8Array): boolean {
  if (recogniseCapture(head, 0, head.length) !== "pcap") return false;
  return readU32BE(head, 0) !== PCAP_MODIFIED && readU32LE(head, 0) !== PCAP_MODIFIED;
}

function describe(head: Uint8Array): string {
  const format = recogniseCapture(head, 0, head.length);
  if (format === null) return describeForeign(head, 0, Math.min(head.length, MAX_HEAD_BYTES));
  return `a ${format === "pcap" ? "modified pcap" : format} file, which pcap-parser does not know: leave --reader out`;
}
