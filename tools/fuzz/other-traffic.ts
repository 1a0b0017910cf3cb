/** Traffic that is not HTTP/2, for showing that it is not taken for it: protocols as they are framed, and bytes of files. */
import type { Random } from "./random.js";

export interface Traffic {
  readonly kind: string;
  /** At most `length` bytes of one side, from anywhere in a connection. */
  make(random: Random, length: number): Uint8Array;
}

/** Frames of random sizes, one behind the other; the first one may be cut. */
function framed(
  kind: string,
  frame: (random: Random, length: number) => number[],
  body: (random: Random) => Uint8Array,
): Traffic {
  return {
    kind,
    make(random, length) {
      const bytes = new Uint8Array(length);
      let at = 0;
      while (at < length) {
        const payload = body(random);
        const header = frame(random, payload.length);
        for (const part of [header, payload]) {
          const room = Math.min(part.length, length - at);
          bytes.set(part.slice(0, room), at);
          at += room;
        }
      }
      return bytes.subarray(random.below(Math.min(length, 200)));
    },
  };
}

const be32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const le32 = (value: number) => be32(value).reverse();
const small = (random: Random) => random.bytes(random.below(200));

/** Mostly zeros and small numbers, as binary records are. */
function sparse(random: Random): Uint8Array {
  const bytes = new Uint8Array(random.below(300));
  for (let i = 0; i < bytes.length; i++) {
    if (random.oneIn(4)) bytes[i] = random.oneIn(3) ? random.next() : random.below(10);
  }
  return bytes;
}

function words(random: Random): Uint8Array {
  const list = ["select", "from", "GET", "value", "id", "=", "1", "\r\n", "content-length:", "true", "null", '"a"'];
  let text = "";
  for (let count = random.below(60); count > 0; count--) text += `${random.pick(list)} `;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export const TRAFFIC: readonly Traffic[] = [
  framed(
    "tls",
    (r, n) => [r.pick([20, 22, 23]), 3, 3, ...be32(n).slice(2)],
    (r) => r.bytes(r.below(4000)),
  ),
  framed("http1", () => ascii("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"), words),
  framed("postgresql", (r, n) => [r.pick([0x44, 0x43, 0x5a, 0x54]), ...be32(n + 4)], sparse),
  framed("mysql", (r, n) => [...le32(n).slice(0, 3), r.below(256)], sparse),
  framed("mongodb", (r, n) => [...le32(n + 16), ...le32(r.below(99)), ...le32(0), ...le32(2013)], sparse),
  framed("kafka", (r, n) => [...be32(n + 8), 0, r.below(20), 0, r.below(9), ...be32(r.below(999))], sparse),
  framed("thrift", (_r, n) => [...be32(n + 4), 0x80, 1, 0, 1], sparse),
  framed("redis", (_r, n) => ascii(`$${n}\r\n`), words),
  framed("length-prefixed by 32 bits", (_r, n) => be32(n), small),
  framed("length-prefixed by 24 bits", (_r, n) => be32(n).slice(1), sparse),
  framed("length-prefixed by 24 bits, type, flags, id", lookalike, sparse),
  framed("gRPC messages alone", (_r, n) => [0, ...be32(n)], sparse),
  framed(
    "random",
    () => [],
    (r) => r.bytes(1000),
  ),
  framed(
    "zeros",
    () => [],
    () => new Uint8Array(1000),
  ),
  framed(
    "counters of 32 bits",
    (r) => be32(r.below(100)),
    () => new Uint8Array(0),
  ),
  framed(
    "counters of 9 bytes",
    (r) => [0, 0, r.below(20), r.below(10), r.below(2), 0, 0, 0, r.below(9)],
    () => new Uint8Array(0),
  ),
];

/** As near to HTTP/2 as a protocol of its own may come: lengths that count the header, types and ids of its own. */
function lookalike(random: Random, length: number): number[] {
  return [...be32(length + 9).slice(1), random.below(40), random.below(4), ...be32(random.below(100_000))];
}

function ascii(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}

/** Pieces of a file's bytes: programs have tables of numbers, texts, zeros and compressed parts. */
export function fileTraffic(kind: string, file: Uint8Array): Traffic {
  return {
    kind,
    make(random, length) {
      const at = random.below(Math.max(1, file.length - length));
      return file.subarray(at, at + length);
    },
  };
}
