/**
 * pcapng files → packets (draft-ietf-opsawg-pcapng). A file is a run of blocks; a section begins with a Section Header Block,
 * which gives the byte order, and numbers its interfaces from 0.
 *
 *      0               2               4
 *     +---------------------------------+
 *     | block type                      |
 *     +---------------------------------+
 *     | block total length              |   all of it, a multiple of 4
 *     +---------------------------------+
 *     : body, padded to 4 bytes         :
 *     +---------------------------------+
 *     | block total length              |   again
 *     +---------------------------------+
 */
import { readU16BE, readU16LE, readU32BE, readU32LE } from "../bytes/integers.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import { SECTION_HEADER_BLOCK } from "./format.js";
import type { RecordParser } from "./joined-input.js";
import { type CaptureSink, newPacketView } from "./packet-view.js";
import { type CaptureInterface, readComments, readInterface, SharedUnits } from "./pcapng-options.js";

const INTERFACE_DESCRIPTION = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const NAME_RESOLUTION = 4;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;

const MAJOR_VERSION = 1;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BLOCK_HEADER_BYTES = 8;
/** Type, two lengths: the smallest block. A Section Header Block's byte order stands in the first four bytes of its body. */
const SMALLEST_BLOCK = 12;
/** Room for the options of a packet block, beside the packet. */
const OPTION_BYTES = 65_536;

export class PcapngParser implements RecordParser {
  wanted = SMALLEST_BLOCK;
  private readonly packet = newPacketView();
  private readonly maxPacketBlockBytes: number;
  private interfaces: CaptureInterface[] = [];
  /** Of the section's interfaces. */
  private units = new SharedUnits();
  private isLimitTold = false;
  /** Interfaces of earlier sections: PacketView.interfaceId counts through the file. */
  private earlierInterfaces = 0;
  private littleEndian = false;
  private isSectionRead = false;
  /** File offset of broken bytes behind which no good block was found yet; -1: in step. */
  private brokenAt = -1;
  private brokenReason = "";

  constructor(
    private readonly sink: CaptureSink,
    private readonly report: Report,
    private readonly limits: Limits,
  ) {
    this.maxPacketBlockBytes = limits.maxPacketBytes + OPTION_BYTES;
  }

  parse(buf: Uint8Array, start: number, end: number, fileOffset: number, final: boolean): number {
    const toFile = fileOffset - start;
    let at = start;
    for (;;) {
      if (this.brokenAt >= 0) {
        at = this.findBlock(buf, at, end, toFile, final);
        if (this.brokenAt >= 0) return at;
      }
      at = this.readBlocks(buf, at, end, toFile, final);
      if (this.brokenAt < 0) return at;
    }
  }

  cutInSkip(missing: number, fileOffset: number): void {
    this.truncated("a block", fileOffset, missing);
  }

  private readBlocks(buf: Uint8Array, start: number, end: number, toFile: number, final: boolean): number {
    let at = start;
    while (end - at >= SMALLEST_BLOCK) {
      const isSectionHeader = readU32BE(buf, at) === SECTION_HEADER_BLOCK;
      if (isSectionHeader && !this.readByteOrder(buf, at + BLOCK_HEADER_BYTES)) {
        this.broken(toFile + at, "no byte-order magic");
        return at;
      }
      const type = this.u32(buf, at);
      const length = this.u32(buf, at + 4);
      // "This value MUST be a multiple of 4."
      if (length < SMALLEST_BLOCK || length % 4 !== 0 || length > this.limits.maxCaptureBlockBytes) {
        this.broken(toFile + at, `its length is ${length}`);
        return at;
      }
      if (!isSectionHeader && !(this.isSectionRead && isRead(type))) {
        at += length;
        continue;
      }
      if (end - at < length) {
        this.wanted = length;
        if (final) this.truncated("a block", toFile + end, length - (end - at));
        return at;
      }
      if (this.u32(buf, at + length - 4) !== length) {
        this.broken(toFile + at, "its two lengths differ");
        return at;
      }
      const wrong = isSectionHeader
        ? this.beginSection(buf, at, length)
        : this.readBlock(buf, type, at + BLOCK_HEADER_BYTES, at + length - 4);
      if (wrong !== "") this.tellBroken(toFile + at, length, wrong);
      at += length;
    }
    this.wanted = SMALLEST_BLOCK;
    if (final && at < end) this.truncated("a block's header", toFile + end, SMALLEST_BLOCK - (end - at));
    return at;
  }

  /** The body of a block is `buf[start, end)`. Returns what is wrong with it, or "". */
  private readBlock(buf: Uint8Array, type: number, start: number, end: number): string {
    switch (type) {
      case ENHANCED_PACKET:
        return this.readEnhancedPacket(buf, start, end);
      case SIMPLE_PACKET:
        return this.readSimplePacket(buf, start, end);
      case OBSOLETE_PACKET:
        return this.readObsoletePacket(buf, start, end);
      case INTERFACE_DESCRIPTION:
        if (end - start < 8) return "too short for an interface";
        this.addInterface(buf, start, end);
        return "";
      default:
        return this.readSecrets(buf, start, end);
    }
  }

  private addInterface(buf: Uint8Array, start: number, end: number): void {
    const limit = this.limits.maxCaptureInterfaces;
    if (this.interfaces.length < limit)
      this.interfaces.push(readInterface(buf, start, end, this.littleEndian, this.units));
    else if (!this.isLimitTold) {
      this.isLimitTold = true;
      this.report("CAPTURE_INTERFACE_LIMIT", { limit });
    }
  }

  /** Byte-order magic (4 bytes), major and minor version (2 each), section length (8), options. */
  private beginSection(buf: Uint8Array, at: number, length: number): string {
    this.earlierInterfaces += this.interfaces.length;
    this.interfaces = [];
    this.units = new SharedUnits();
    this.isLimitTold = false;
    this.isSectionRead = length >= 28;
    if (!this.isSectionRead) return "too short for a section header";
    const major = this.u16(buf, at + 12);
    this.isSectionRead = major === MAJOR_VERSION;
    return this.isSectionRead ? "" : `version ${major} of pcapng is not known: its section is skipped`;
  }

  private readByteOrder(buf: Uint8Array, at: number): boolean {
    const bigEndian = readU32BE(buf, at) === BYTE_ORDER_MAGIC;
    if (!bigEndian && readU32LE(buf, at) !== BYTE_ORDER_MAGIC) return false;
    this.littleEndian = !bigEndian;
    return true;
  }

  /** Interface, timestamp (high, low), captured length, original length: 4 bytes each; then the packet and options. */
  private readEnhancedPacket(buf: Uint8Array, start: number, end: number): string {
    if (end - start < 20) return "too short for a packet";
    return this.readTimedPacket(buf, start, end, this.u32(buf, start));
  }

  /** As the Enhanced Packet Block, but interface and drop count are 2 bytes each. */
  private readObsoletePacket(buf: Uint8Array, start: number, end: number): string {
    if (end - start < 20) return "too short for a packet";
    return this.readTimedPacket(buf, start, end, this.u16(buf, start));
  }

  private readTimedPacket(buf: Uint8Array, start: number, end: number, id: number): string {
    if (id >= this.interfaces.length) return `it names interface ${id}, which is not described`;
    const captured = this.u32(buf, start + 12);
    const dataStart = start + 20;
    if (captured > end - dataStart || captured > this.limits.maxPacketBytes)
      return `it claims ${captured} captured bytes`;
    const { unit } = this.interfaces[id];
    unit.convert(this.u32(buf, start + 4), this.u32(buf, start + 8));
    const optionsStart = dataStart + ((captured + 3) & ~3);
    this.pushPacket(buf, dataStart, captured, this.u32(buf, start + 16), id, unit.seconds, unit.nanoseconds);
    if (end - optionsStart >= 4) this.readComments(buf, optionsStart, end);
    return "";
  }

  /** Original length; then the packet, as much of it as the snapshot length of interface 0 allows. No time. */
  private readSimplePacket(buf: Uint8Array, start: number, end: number): string {
    if (end - start < 4) return "too short for a packet";
    if (this.interfaces.length === 0) return "no interface is described";
    const original = this.u32(buf, start);
    const snapshotLength = this.interfaces[0].snapshotLength || original;
    const captured = Math.min(original, snapshotLength, end - start - 4);
    if (captured > this.limits.maxPacketBytes) return `it holds ${captured} captured bytes`;
    this.pushPacket(buf, start + 4, captured, original, 0, this.packet.seconds, this.packet.nanoseconds);
    return "";
  }

  private pushPacket(
    buf: Uint8Array,
    start: number,
    captured: number,
    original: number,
    id: number,
    seconds: number,
    nanoseconds: number,
  ): void {
    const { packet } = this;
    const { linkType, fcsLength } = this.interfaces[id];
    packet.number++;
    packet.seconds = seconds;
    packet.nanoseconds = nanoseconds;
    packet.buf = buf;
    packet.start = start;
    packet.end = start + captured;
    packet.originalLength = original;
    packet.linkType = linkType;
    packet.fcsLength = fcsLength;
    packet.interfaceId = this.earlierInterfaces + id;
    this.sink.packet(packet);
  }

  private readComments(buf: Uint8Array, start: number, end: number): void {
    for (const comment of readComments(buf, start, end, this.littleEndian))
      this.report("CAPTURE_COMMENT", { comment }, { packet: this.packet.number });
  }

  /** Secrets type, secrets length: 4 bytes each; then the secrets. */
  private readSecrets(buf: Uint8Array, start: number, end: number): string {
    if (end - start < 8) return "too short for secrets";
    const length = this.u32(buf, start + 4);
    if (length > end - start - 8) return `it claims ${length} bytes of secrets`;
    this.sink.secrets?.(this.u32(buf, start), buf, start + 8, start + 8 + length);
    return "";
  }

  /**
   * Looks for the next place where a known block stands whole, with both its lengths equal. A place is judged only when the
   * longest packet block fits behind it, so that a claimed length is never waited for twice.
   */
  private findBlock(buf: Uint8Array, start: number, end: number, toFile: number, final: boolean): number {
    let at = Math.max(start, this.brokenAt + 1 - toFile);
    for (; at + (final ? SMALLEST_BLOCK : this.maxPacketBlockBytes) <= end; at++) {
      if (!this.isWholeBlock(buf, at, end)) continue;
      this.resumed(toFile + at);
      return at;
    }
    this.wanted = 2 * this.maxPacketBlockBytes;
    if (!final) return Math.min(at, end);
    this.resumed(toFile + end);
    return end;
  }

  private isWholeBlock(buf: Uint8Array, at: number, end: number): boolean {
    const littleEndian = this.littleEndian;
    if (readU32BE(buf, at) === SECTION_HEADER_BLOCK) {
      const whole = this.readByteOrder(buf, at + BLOCK_HEADER_BYTES) && this.hasEqualLengths(buf, at, end);
      this.littleEndian = littleEndian;
      return whole;
    }
    const type = this.u32(buf, at);
    if (!isRead(type) && type !== NAME_RESOLUTION && type !== INTERFACE_STATISTICS) return false;
    return this.hasEqualLengths(buf, at, end);
  }

  private hasEqualLengths(buf: Uint8Array, at: number, end: number): boolean {
    const length = this.u32(buf, at + 4);
    if (length < SMALLEST_BLOCK || length % 4 !== 0 || length > end - at) return false;
    return this.u32(buf, at + length - 4) === length;
  }

  private broken(offset: number, reason: string): void {
    this.brokenAt = offset;
    this.brokenReason = reason;
  }

  private resumed(offset: number): void {
    this.tellBroken(this.brokenAt, offset - this.brokenAt, this.brokenReason);
    this.brokenAt = -1;
  }

  private tellBroken(offset: number, skipped: number, reason: string): void {
    this.report("CAPTURE_BLOCK_BROKEN", { offset, reason, skipped }, { fileOffset: offset, length: skipped });
  }

  private truncated(what: string, offset: number, missing: number): void {
    this.report("CAPTURE_TRUNCATED", { what, offset, missing }, { fileOffset: offset });
  }

  private u16(buf: Uint8Array, at: number): number {
    return this.littleEndian ? readU16LE(buf, at) : readU16BE(buf, at);
  }

  private u32(buf: Uint8Array, at: number): number {
    return this.littleEndian ? readU32LE(buf, at) : readU32BE(buf, at);
  }
}

/** Whether the body of such a block is looked at: all others are skipped by their length. */
function isRead(type: number): boolean {
  return (
    type === ENHANCED_PACKET ||
    type === SIMPLE_PACKET ||
    type === OBSOLETE_PACKET ||
    type === INTERFACE_DESCRIPTION ||
    type === DECRYPTION_SECRETS
  );
}
