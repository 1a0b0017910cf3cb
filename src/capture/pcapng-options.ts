/**
 * Options of pcapng blocks (draft-ietf-opsawg-pcapng §3.5): code and length of 2 bytes each, the value, padding to 4 bytes.
 * An option that reaches beyond its block ends the list.
 */
import { readU16BE, readU16LE, readU32BE, readU32LE } from "../bytes/integers.js";
import { decodeUtf8 } from "../bytes/text.js";
import { TimestampUnit } from "./timestamp.js";

const END_OF_OPTIONS = 0;
const COMMENT = 1;
const IF_TSRESOL = 9;
const IF_FCSLEN = 13;
const IF_TSOFFSET = 14;
/** A comment is told to a reader of a list of packets: more of it than this is left out. */
const MAX_COMMENT_BYTES = 1024;

/** What an Interface Description Block says of the packets that name it. */
export interface CaptureInterface {
  readonly linkType: number;
  /** Longest captured length in bytes; 0: no limit. */
  readonly snapshotLength: number;
  readonly fcsLength: number;
  readonly unit: TimestampUnit;
}

/** The units of interfaces that count time alike. */
export class SharedUnits {
  private readonly known = new Map<string, TimestampUnit>();

  of(resolution: number, offsetSeconds: number): TimestampUnit {
    const key = `${resolution} ${offsetSeconds}`;
    const unit = this.known.get(key) ?? new TimestampUnit(resolution, offsetSeconds);
    this.known.set(key, unit);
    return unit;
  }
}

/** Link type (2 bytes), reserved (2), snapshot length (4), options. The body is `buf[start, end)`, at least 8 bytes. */
export function readInterface(
  buf: Uint8Array,
  start: number,
  end: number,
  littleEndian: boolean,
  units: SharedUnits,
): CaptureInterface {
  let resolution = 6;
  let offsetSeconds = 0;
  let fcsLength = 0;
  visitOptions(buf, start + 8, end, littleEndian, (code, at, length) => {
    if (code === IF_TSRESOL && length >= 1) resolution = buf[at];
    if (code === IF_FCSLEN && length >= 1) fcsLength = fcsBytes(buf[at]);
    if (code === IF_TSOFFSET && length >= 8) offsetSeconds = readSigned64(buf, at, littleEndian);
  });
  const unit = units.of(resolution, offsetSeconds);
  const snapshotLength = littleEndian ? readU32LE(buf, start + 4) : readU32BE(buf, start + 4);
  return { linkType: readU16(buf, start, littleEndian), snapshotLength, fcsLength, unit };
}

export function readComments(buf: Uint8Array, start: number, end: number, littleEndian: boolean): string[] {
  const comments: string[] = [];
  visitOptions(buf, start, end, littleEndian, (code, at, length) => {
    if (code === COMMENT) comments.push(decodeUtf8(buf, at, at + Math.min(length, MAX_COMMENT_BYTES)));
  });
  return comments;
}

function visitOptions(
  buf: Uint8Array,
  start: number,
  end: number,
  littleEndian: boolean,
  visit: (code: number, at: number, length: number) => void,
): void {
  let at = start;
  while (end - at >= 4) {
    const code = readU16(buf, at, littleEndian);
    const length = readU16(buf, at + 2, littleEndian);
    if (code === END_OF_OPTIONS || length > end - at - 4) return;
    visit(code, at + 4, length);
    at += 4 + ((length + 3) & ~3);
  }
}

/** The draft counts bits in its text and gives 4 as an example: up to 8 it is taken for bytes, as writers do. */
function fcsBytes(value: number): number {
  return value <= 8 ? value : value >> 3;
}

function readU16(buf: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian ? readU16LE(buf, at) : readU16BE(buf, at);
}

function readSigned64(buf: Uint8Array, at: number, littleEndian: boolean): number {
  const high = littleEndian ? readU32LE(buf, at + 4) : readU32BE(buf, at);
  const low = littleEndian ? readU32LE(buf, at) : readU32BE(buf, at + 4);
  return (high | 0) * 0x1_0000_0000 + low;
}
