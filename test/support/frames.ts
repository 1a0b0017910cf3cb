/** Builds HTTP/2 frames and HPACK blocks byte by byte, for tests: plain, uncompressed unless asked, also wrong on purpose. */
import { PREFACE } from "../../src/http2/frame-type.js";

export const preface: Uint8Array = PREFACE;

export function concat(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

/** Any frame. `length` states another length than the payload has. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array | readonly number[] = [],
  length = payload.length,
): Uint8Array {
  return concat([length >>> 16, (length >>> 8) & 255, length & 255, type, flags, ...u32(stream)], payload);
}

export interface FrameOptions {
  endStream?: boolean;
  /** Default true. */
  endHeaders?: boolean;
  /** Pad Length; sets PADDED. */
  pad?: number;
  priority?: { exclusive?: boolean; dependency: number; weight: number };
}

function padded(payload: Uint8Array, pad: number | undefined): Uint8Array {
  return pad === undefined ? payload : concat([pad], payload, new Uint8Array(pad));
}

export function data(stream: number, payload: Uint8Array | readonly number[], options: FrameOptions = {}): Uint8Array {
  const flags = (options.endStream ? 0x1 : 0) | (options.pad === undefined ? 0 : 0x8);
  return frame(0x0, flags, stream, padded(concat(payload), options.pad));
}

export function headers(stream: number, block: Uint8Array | readonly number[], options: FrameOptions = {}): Uint8Array {
  const { priority, pad } = options;
  const flags =
    (options.endStream ? 0x1 : 0) |
    (options.endHeaders === false ? 0 : 0x4) |
    (pad === undefined ? 0 : 0x8) |
    (priority === undefined ? 0 : 0x20);
  const fields =
    priority === undefined
      ? []
      : [...u32(priority.dependency + (priority.exclusive ? 0x80000000 : 0)), priority.weight - 1];
  return frame(0x1, flags, stream, padded(concat(fields, block), pad));
}

export function continuation(stream: number, block: Uint8Array | readonly number[], endHeaders = true): Uint8Array {
  return frame(0x9, endHeaders ? 0x4 : 0, stream, block);
}

export function pushPromise(
  stream: number,
  promised: number,
  block: Uint8Array,
  options: FrameOptions = {},
): Uint8Array {
  const flags = (options.endHeaders === false ? 0 : 0x4) | (options.pad === undefined ? 0 : 0x8);
  return frame(0x5, flags, stream, padded(concat(u32(promised), block), options.pad));
}

export function priority(stream: number, dependency: number, weight: number, exclusive = false): Uint8Array {
  return frame(0x2, 0, stream, [...u32(dependency + (exclusive ? 0x80000000 : 0)), weight - 1]);
}

export function rstStream(stream: number, errorCode: number): Uint8Array {
  return frame(0x3, 0, stream, u32(errorCode));
}

export function settings(...values: (readonly [identifier: number, value: number])[]): Uint8Array {
  return frame(
    0x4,
    0,
    0,
    values.flatMap(([identifier, value]) => [identifier >> 8, identifier & 255, ...u32(value)]),
  );
}

export const settingsAck: Uint8Array = frame(0x4, 0x1, 0);

export function ping(opaque: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0], ack = false): Uint8Array {
  return frame(0x6, ack ? 0x1 : 0, 0, opaque);
}

export function goaway(lastStream: number, errorCode: number, debug: Uint8Array | readonly number[] = []): Uint8Array {
  return frame(0x7, 0, 0, concat(u32(lastStream), u32(errorCode), debug));
}

export function windowUpdate(stream: number, increment: number): Uint8Array {
  return frame(0x8, 0, stream, u32(increment));
}

/** A gRPC length-prefixed message. */
export function message(body: Uint8Array | readonly number[], compressed = false): Uint8Array {
  return concat([compressed ? 1 : 0, ...u32(body.length)], body);
}

// --- HPACK ------------------------------------------------------------------------------------------------------------------

/** RFC 7541 §5.1, with the pattern bits of the first byte. */
export function integer(pattern: number, prefixBits: number, value: number): number[] {
  const max = (1 << prefixBits) - 1;
  if (value < max) return [pattern | value];
  const bytes = [pattern | max];
  let rest = value - max;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}

/** §5.2, not Huffman-coded. */
export function string(text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return concat(integer(0, 7, bytes.length), bytes);
}

export function indexed(index: number): Uint8Array {
  return Uint8Array.from(integer(0x80, 7, index));
}

export type Indexing = "incremental" | "without" | "never";
const LITERAL = { incremental: [0x40, 6], without: [0x00, 4], never: [0x10, 4] } as const;

/** A literal with a new name, or with the name of the entry at an index. */
export function literal(name: string | number, value: string | Uint8Array, indexing: Indexing = "without"): Uint8Array {
  const [pattern, bits] = LITERAL[indexing];
  if (typeof name === "number") return concat(integer(pattern, bits, name), string(value));
  return concat([pattern], string(name), string(value));
}

export function sizeUpdate(bytes: number): Uint8Array {
  return Uint8Array.from(integer(0x20, 5, bytes));
}

/** A block of literals that leave no trace in the dynamic table. */
export function block(...fields: (readonly [name: string, value: string])[]): Uint8Array {
  return concat(...fields.map(([name, value]) => literal(name, value)));
}

/** The request headers of a gRPC call. */
export function grpcRequest(path: string, ...more: (readonly [name: string, value: string])[]): Uint8Array {
  return block(
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost:50051"],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
    ...more,
  );
}

export const grpcResponse: Uint8Array = block([":status", "200"], ["content-type", "application/grpc"]);

export function grpcTrailers(status = 0, ...more: (readonly [name: string, value: string])[]): Uint8Array {
  return block(["grpc-status", String(status)], ...more);
}
