/**
 * Classic capture files → packets (draft-ietf-opsawg-pcap).
 *
 *     file header, 24 bytes                        record header, 16 bytes, then the captured bytes
 *      0               2               4            0                               4
 *     +---------------------------------+          +---------------------------------+
 *     | magic: byte order, resolution   |          | seconds since 1970              |
 *     +---------------+-----------------+          +---------------------------------+
 *     | major version | minor version   |          | micro- or nanoseconds           |
 *     +---------------+-----------------+          +---------------------------------+
 *     | time zone (unused)              |          | captured length                 |
 *     +---------------------------------+          +---------------------------------+
 *     | accuracy (unused)               |          | original length                 |
 *     +---------------------------------+          +---------------------------------+
 *     | snapshot length                 |          : modified form: interface index  :
 *     +----+-+-+--------+---------------+          : (4), protocol (2), type (1),    :
 *     | FCS|R|P| unused | link type     |          : padding (1)                     :
 *     +----+-+-+--------+---------------+          +---------------------------------+
 */
import { readU16BE, readU16LE, readU32BE, readU32LE } from "../bytes/integers.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import { isPcapMagic, PCAP_MODIFIED, PCAP_NANOSECONDS } from "./format.js";
import type { RecordParser } from "./joined-input.js";
import { type CaptureSink, newPacketView } from "./packet-view.js";

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MODIFIED_RECORD_HEADER_BYTES = 24;
/** A record whose time is more than a day off the last one's is looked at twice: 86,400 s. */
const NEAR_SECONDS = 86_400;
/** 1973: packets that old are none, but lengths and parts of seconds that are mistaken for a time. */
const OLDEST_SECONDS = 100_000_000;

export class PcapParser implements RecordParser {
  wanted = FILE_HEADER_BYTES;
  private readonly packet = newPacketView();
  private readonly maxCaptured: number;
  private headerRead = false;
  private littleEndian = false;
  private recordHeaderBytes = RECORD_HEADER_BYTES;
  private ticksPerSecond = 1_000_000;
  private nanosecondsPerTick = 1_000;
  /** Infinite where the file names none. */
  private snapshotLength = Number.POSITIVE_INFINITY;
  private minorVersion = 4;
  /** File offset of a broken record behind which no good one was found yet; -1: in step. */
  private brokenAt = -1;
  private brokenReason = "";
  /** Bytes that it claims beyond the end of the input: with nothing good behind it, it is not broken but cut. */
  private brokenMissing = 0;

  constructor(
    private readonly sink: CaptureSink,
    private readonly report: Report,
    limits: Limits,
  ) {
    this.maxCaptured = limits.maxPacketBytes;
  }

  parse(buf: Uint8Array, start: number, end: number, fileOffset: number, final: boolean): number {
    if (!this.headerRead) {
      if (end - start < FILE_HEADER_BYTES) {
        if (final) this.truncated("the file header", fileOffset + end - start, FILE_HEADER_BYTES - (end - start));
        return start;
      }
      this.readFileHeader(buf, start);
      fileOffset += FILE_HEADER_BYTES;
      start += FILE_HEADER_BYTES;
    }
    /** What turns an index of `buf` into a file offset. */
    const toFile = fileOffset - start;
    let at = start;
    for (;;) {
      if (this.brokenAt >= 0) {
        at = this.findRecord(buf, at, end, toFile, final);
        if (this.brokenAt >= 0) return at;
      }
      at = this.readRecords(buf, at, end, toFile, final);
      if (this.brokenAt < 0) return at;
    }
  }

  cutInSkip(): void {}

  private readFileHeader(buf: Uint8Array, at: number): void {
    this.headerRead = true;
    this.littleEndian = !isPcapMagic(readU32BE(buf, at));
    const magic = this.u32(buf, at);
    if (magic === PCAP_NANOSECONDS) {
      this.ticksPerSecond = 1_000_000_000;
      this.nanosecondsPerTick = 1;
    }
    if (magic === PCAP_MODIFIED) this.recordHeaderBytes = MODIFIED_RECORD_HEADER_BYTES;
    this.minorVersion = this.littleEndian ? readU16LE(buf, at + 6) : readU16BE(buf, at + 6);
    this.snapshotLength = this.u32(buf, at + 16) || Number.POSITIVE_INFINITY;
    const linkType = this.u32(buf, at + 20);
    this.packet.linkType = linkType & 0xffff;
    // "P (1 bit): A bit that, if set, indicates that the Frame Check Sequence (FCS) length value is present", in 16-bit units.
    this.packet.fcsLength = (linkType & 0x0400_0000) !== 0 ? (linkType >>> 28) * 2 : 0;
  }

  /** The fast path: whole records, one after the other. Stops at one that is cut or broken. */
  private readRecords(buf: Uint8Array, start: number, end: number, toFile: number, final: boolean): number {
    const { recordHeaderBytes } = this;
    let at = start;
    while (end - at >= recordHeaderBytes) {
      const next = this.readRecord(buf, at, end, toFile, final);
      if (next === at) return at;
      at = next;
    }
    this.wanted = recordHeaderBytes;
    if (final && at < end) this.truncated("a packet record's header", toFile + end, recordHeaderBytes - (end - at));
    return at;
  }

  /** Returns where the next record begins; `at`: this one is cut or broken. */
  private readRecord(buf: Uint8Array, at: number, end: number, toFile: number, final: boolean): number {
    const { packet, sink, recordHeaderBytes, ticksPerSecond } = this;
    let captured = this.u32(buf, at + 8);
    let original = this.u32(buf, at + 12);
    // Files of version 2.3 and older may have the two lengths the other way round.
    if (this.minorVersion < 4 && captured > original) [captured, original] = [original, captured];
    const recordBytes = recordHeaderBytes + captured;
    const ticks = this.u32(buf, at + 4);
    if (captured > this.maxCaptured) {
      this.broken(toFile + at, `it claims ${captured} captured bytes`);
      return at;
    }
    if (captured > original || ticks >= ticksPerSecond || (captured > this.snapshotLength && this.snapshotLength > 0)) {
      const needed = recordBytes + recordHeaderBytes;
      if (end - at < needed && !final) {
        this.wanted = needed;
        return at;
      }
      if (!this.confirmed(buf, at, at + recordBytes, end, final)) {
        this.broken(toFile + at, `${captured} of ${original} bytes captured, and no record follows it`);
        this.brokenMissing = Math.max(0, recordBytes - (end - at));
        return at;
      }
    }
    if (end - at < recordBytes) {
      this.wanted = recordBytes;
      if (final) this.truncated("a packet record", toFile + end, recordBytes - (end - at));
      return at;
    }
    packet.number++;
    packet.seconds = this.u32(buf, at);
    packet.nanoseconds = ticks * this.nanosecondsPerTick;
    if (ticks >= ticksPerSecond) {
      packet.seconds += Math.floor(ticks / ticksPerSecond);
      packet.nanoseconds = (ticks % ticksPerSecond) * this.nanosecondsPerTick;
    }
    packet.buf = buf;
    packet.start = at + recordHeaderBytes;
    packet.end = at + recordBytes;
    packet.originalLength = original;
    sink.packet(packet);
    return at + recordBytes;
  }

  /** Whether a record from `at` to `recordEnd` is one: the input ends with it, or another header follows. */
  private confirmed(buf: Uint8Array, at: number, recordEnd: number, end: number, final: boolean): boolean {
    const seconds = this.u32(buf, at);
    const inStep = this.brokenAt < 0;
    if (end - recordEnd < this.recordHeaderBytes) return final && recordEnd === end && (inStep || this.isNear(seconds));
    const captured = this.u32(buf, recordEnd + 8);
    if (captured > this.maxCaptured || this.u32(buf, recordEnd + 4) >= this.ticksPerSecond) return false;
    const following = this.u32(buf, recordEnd);
    if (Math.abs(following - seconds) <= NEAR_SECONDS) return true;
    // A leap in time is believed where records have followed each other so far.
    return inStep && following > 0 && captured > 0 && captured <= this.u32(buf, recordEnd + 12);
  }

  private isNear(seconds: number): boolean {
    return this.packet.number === 0 || Math.abs(seconds - this.packet.seconds) <= NEAR_SECONDS;
  }

  /** Whether a record may begin at `at`, where nothing else says so. */
  private isPlausible(buf: Uint8Array, at: number): boolean {
    const captured = this.u32(buf, at + 8);
    if (captured === 0 || captured > this.u32(buf, at + 12)) return false;
    if (captured > this.maxCaptured || captured > this.snapshotLength) return false;
    return this.u32(buf, at + 4) < this.ticksPerSecond && this.u32(buf, at) > OLDEST_SECONDS;
  }

  private broken(offset: number, reason: string): void {
    this.brokenAt = offset;
    this.brokenReason = reason;
    this.brokenMissing = 0;
  }

  /**
   * Looks for the next place where a plausible record is followed by another or by the end. A place is judged only when the
   * longest record fits behind it, so that a claimed length is never waited for twice.
   */
  private findRecord(buf: Uint8Array, start: number, end: number, toFile: number, final: boolean): number {
    const window = this.maxCaptured + 2 * this.recordHeaderBytes;
    let at = Math.max(start, this.brokenAt + 1 - toFile);
    for (; at + (final ? this.recordHeaderBytes : window) <= end; at++) {
      if (!this.isPlausible(buf, at)) continue;
      if (!this.confirmed(buf, at, at + this.recordHeaderBytes + this.u32(buf, at + 8), end, final)) continue;
      this.resumed(toFile + at);
      return at;
    }
    this.wanted = 2 * window;
    if (!final) return Math.min(at, end);
    if (this.brokenMissing === 0) this.resumed(toFile + end);
    else this.truncated("a packet record", toFile + end, this.brokenMissing);
    this.brokenAt = -1;
    return end;
  }

  private resumed(offset: number): void {
    const values = { offset: this.brokenAt, reason: this.brokenReason, skipped: offset - this.brokenAt };
    this.report("CAPTURE_RECORD_BROKEN", values, { fileOffset: this.brokenAt, length: offset - this.brokenAt });
    this.brokenAt = -1;
  }

  private truncated(what: string, offset: number, missing: number): void {
    this.report("CAPTURE_TRUNCATED", { what, offset, missing }, { fileOffset: offset });
  }

  private u32(buf: Uint8Array, at: number): number {
    return this.littleEndian ? readU32LE(buf, at) : readU32BE(buf, at);
  }
}
