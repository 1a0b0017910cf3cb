/**
 * Snappy → bytes, raw (google/snappy format_description.txt) or framed (framing_format.txt); the framed form begins with its stream
 * identifier, which no raw block can: its second element would copy from far outside.
 *
 *   raw:     uncompressed length (varint), then elements: a literal (tag & 3 = 0) or a copy of 1, 2 or 4 bytes of offset
 *   framed:  ( | Type (8) | Length (24, LE) | Masked CRC-32C (32, LE) | data … | )*
 */
import { crc32c } from "./crc32c.js";
import { type Decompress, TooLarge } from "./too-large.js";

const STREAM_IDENTIFIER = [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59];

const COMPRESSED_CHUNK = 0x00;
const PLAIN_CHUNK = 0x01;
/** "Reserved skippable chunks (chunk types 0x80-0xfe)", padding among them. */
const FIRST_SKIPPABLE = 0x80;

/** framing_format §4.2: "the maximum uncompressed length … 65536 bytes". */
const MAX_CHUNK_BYTES = 65_536;

/** A copy of 64 bytes takes three: no block grows more than this. */
const MAX_GROWTH = 64 / 3;

export const decompressSnappy: Decompress = (bytes, maxBytes) => {
  // A framed stream of nothing, as some writers leave it.
  if (bytes.length === 0) return bytes;
  const framed = STREAM_IDENTIFIER.every((byte, i) => bytes[i] === byte);
  return framed ? decompressFramed(bytes, maxBytes) : decompressBlock(bytes, 0, bytes.length, maxBytes);
};

function decompressFramed(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw new Error("a chunk header is cut");
    const type = bytes[at];
    const start = at + 4;
    const end = start + (bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16));
    if (end > bytes.length) throw new Error("a chunk is cut");
    at = end;
    // framing_format §4.5: a reader "must immediately return an error" for a reserved unskippable chunk.
    if (type > PLAIN_CHUNK && type < FIRST_SKIPPABLE) throw new Error(`chunk type 0x${type.toString(16)} is not known`);
    if (type > PLAIN_CHUNK) continue;
    if (end - start < 4) throw new Error("a chunk has no checksum");
    const chunk = readChunk(bytes, type, start + 4, end);
    if (maskedChecksum(chunk) !== readU32LE(bytes, start)) throw new Error("a chunk's checksum does not match");
    total += chunk.length;
    if (total > maxBytes) throw new TooLarge();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(total);
  let to = 0;
  for (const chunk of chunks) {
    whole.set(chunk, to);
    to += chunk.length;
  }
  return whole;
}

function readChunk(bytes: Uint8Array, type: number, start: number, end: number): Uint8Array {
  if (type === COMPRESSED_CHUNK) return decompressBlock(bytes, start, end, MAX_CHUNK_BYTES);
  if (end - start > MAX_CHUNK_BYTES) throw new Error("a chunk is longer than 65536 bytes");
  return bytes.subarray(start, end);
}

/** framing_format §3: "the checksum is … rotated right by 15 bits and … 0xa282ead8 added". */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function readU32LE(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

/** `bytes[start, end)`: one raw block. */
function decompressBlock(bytes: Uint8Array, start: number, end: number, maxBytes: number): Uint8Array {
  let at = start;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) throw new Error("its length is cut or too long");
    const byte = bytes[at++];
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (length > (end - at) * MAX_GROWTH)
    throw new Error(`it claims ${length} bytes, more than its ${end - at} can hold`);
  if (length > maxBytes) throw new TooLarge();
  const out = new Uint8Array(length);
  let to = 0;
  while (at < end) {
    const tag = bytes[at++];
    if ((tag & 3) === 0) {
      let size = (tag >> 2) + 1;
      // 60 to 63: "the length minus 1" follows in 1 to 4 bytes.
      if (size > 60) {
        const lengthBytes = size - 60;
        if (at + lengthBytes > end) throw new Error("a literal is cut");
        size = 1;
        for (let i = 0; i < lengthBytes; i++) size += bytes[at + i] * 2 ** (8 * i);
        at += lengthBytes;
      }
      if (size > end - at || size > length - to) throw new Error("a literal is longer than its block");
      out.set(bytes.subarray(at, at + size), to);
      at += size;
      to += size;
      continue;
    }
    const offsetBytes = (tag & 3) === 3 ? 4 : tag & 3;
    if (at + offsetBytes > end) throw new Error("a copy is cut");
    const size = offsetBytes === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    let offset = bytes[at];
    if (offsetBytes === 1) offset |= (tag >> 5) << 8;
    else for (let i = 1; i < offsetBytes; i++) offset += bytes[at + i] * 2 ** (8 * i);
    at += offsetBytes;
    if (offset === 0 || offset > to || size > length - to) throw new Error("a copy reaches outside its block");
    // It may overlap what it writes: a byte at a time.
    for (const stop = to + size; to < stop; to++) out[to] = out[to - offset];
  }
  if (to !== length) throw new Error(`it holds ${to} of ${length} bytes`);
  return out;
}
