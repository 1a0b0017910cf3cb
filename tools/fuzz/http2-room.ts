/** Whole connections: frames of every type, mutated, cut anywhere, with holes, joined late or not. */
import { headerBlock } from "./hpack-room.js";
import type { Random } from "./random.js";
import { check, type Loaded, type Product, type Room } from "./room.js";

const SMALL = {
  maxHeaderBlockBytes: 512,
  maxHeaderFields: 10,
  maxHpackTableBytes: 500,
  maxDetectBytes: 600,
  maxStreams: 4,
};
const PREFACE = Uint8Array.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (character) => character.charCodeAt(0));
const UPGRADE =
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 3\r\n\r\nabc";

export function http2Room(product: Product): Room {
  const { Http2Connection, DetectingSink, LIMITS } = product;
  return {
    inputs: "frames",
    play(random) {
      const limits = random.oneIn(2) ? { ...LIMITS, ...SMALL } : { ...SMALL, ...LIMITS };
      const promises = new Promises(limits.maxStreams);
      const frames = random.oneIn(2)
        ? { frame: (view: { at: number; side: number }) => promises.frame(view), representation: () => {} }
        : null;
      const connect = (joinedLate: boolean, upgrade: unknown = null) =>
        new Http2Connection(promises, () => {}, limits, { joinedLate, upgrade, frames });
      const sink = random.oneIn(3)
        ? new DetectingSink(
            limits,
            (verdict: { protocol: string; preface: boolean; upgrade: unknown }) =>
              verdict.protocol === "http2" ? connect(!verdict.preface, verdict.upgrade) : null,
            random.oneIn(2),
          )
        : connect(random.oneIn(3));
      return playConnection(random, sink);
    },
  };
}

/** Returns how many frames it has. */
function playConnection(random: Random, sink: Loaded): number {
  const at = [0, 0];
  const beginning = random.below(8);
  if (beginning > 1) send(random, sink, 0, beginning === 2 ? text(UPGRADE) : PREFACE.slice(), at);
  if (beginning === 2) send(random, sink, 1, text("HTTP/1.1 101 Switching Protocols\r\n\r\n"), at);
  const streams = 1 + 2 * random.below(1000);
  let frames = 0;
  for (let left = 1 + random.below(16); left > 0; left--) {
    const side = random.below(2);
    if (random.oneIn(24)) {
      const length = 1 + random.below(random.oneIn(3) ? 5000 : 40);
      sink.gap(side, at[side], length, at[side]);
      at[side] += length;
      continue;
    }
    const bytes = frame(random, streams);
    if (random.oneIn(5)) random.mutate(bytes);
    send(random, sink, side, bytes, at);
    frames++;
  }
  if (random.oneIn(4)) return frames;
  const reason = random.pick(["fin", "rst", "idle", "eof", "evicted"]);
  sink.close(0, reason, 9);
  sink.close(1, reason, 9);
  return frames;
}

function text(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}

function send(random: Random, sink: Loaded, side: number, bytes: Uint8Array, at: number[]): void {
  const cut = random.oneIn(3) ? 1 + random.below(12) : bytes.length;
  for (let start = 0; start < bytes.length; start += cut) {
    const piece = bytes.slice(start, start + cut);
    sink.data(side, piece, 0, piece.length, at[side], at[side]);
    at[side] += piece.length;
    piece.fill(0xaa);
  }
}

const TYPES = [0, 0, 0, 1, 1, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 9, 0xa, 0xc, 0x10, 0x20];

function frame(random: Random, streams: number): Uint8Array {
  const type = random.pick(TYPES);
  const onConnection = type === 4 || type === 6 || type === 7 || type === 0xc || type === 0x10;
  const stream = random.oneIn(16) ? random.next() : onConnection ? 0 : streams + 2 * random.below(4);
  const flags = random.oneIn(10) ? random.next() & 0xff : random.pick([0, 0, 1, 4, 5, 4, 0x0c, 0x25]);
  const payload = payloadOf(random, type, flags);
  const length = random.oneIn(30) ? random.below(0x1000000) : payload.length;
  const bytes = new Uint8Array(9 + payload.length);
  bytes.set([length >> 16, length >> 8, length, type, flags, stream >>> 24, stream >> 16, stream >> 8, stream]);
  bytes.set(payload, 9);
  return bytes;
}

function payloadOf(random: Random, type: number, flags: number): Uint8Array {
  if (type === 4) return (flags & 1) !== 0 ? new Uint8Array(0) : settings(random);
  if (type === 1 || type === 9 || type === 5) {
    const block = headerBlock(random);
    const before = (flags & 0x08 ? 1 : 0) + (type === 5 ? 4 : type === 1 && flags & 0x20 ? 5 : 0);
    const payload = new Uint8Array(before + block.length);
    for (let i = 0; i < before; i++) payload[i] = random.below(6);
    payload.set(block, before);
    return payload;
  }
  const fixed = { 2: 5, 3: 4, 6: 8, 7: 8, 8: 4 }[type];
  const payload = random.bytes((fixed ?? random.below(60)) + (random.oneIn(20) ? random.below(20) : 0));
  if ((type === 8 || type === 7 || type === 3) && !random.oneIn(4)) payload[0] = 0;
  return payload;
}

function settings(random: Random): Uint8Array {
  const payload = new Uint8Array(6 * random.below(5));
  for (let i = 0; i < payload.length; i += 6) {
    payload[i + 1] = random.below(12);
    payload[i + 3] = random.oneIn(4) ? random.next() : 0;
    payload[i + 4] = random.next();
    payload[i + 5] = random.next();
  }
  return payload;
}

/** What an observer may rely on. */
class Promises {
  private readonly at = [0, 0];
  private readonly frameAt = [-1, -1];
  private readonly open = new Set<object>();

  constructor(private readonly maxStreams: number) {}

  headers(stream: object, _side: number, block: { fields: unknown[]; at: number; end: number }): void {
    this.live(stream);
    check(block.end >= block.at, "a block ends behind its beginning");
    check(Array.isArray(block.fields), "a block has fields");
  }

  data(stream: object, side: number, buf: Uint8Array, start: number, end: number, at: number): void {
    this.live(stream);
    check(start < end && end <= buf.length, "data are in the buffer");
    check(at >= this.at[side], "data come in the order of their bytes");
    this.at[side] = at + end - start;
  }

  endStream(stream: object): void {
    this.live(stream);
  }

  reset(stream: { over?: boolean }): void {
    this.live(stream);
    this.open.delete(stream);
    stream.over = true;
  }

  lost(stream: object | null, _side: number, length: number): void {
    if (stream !== null) this.live(stream);
    check(length >= 0, "a loss has a length");
  }

  abandoned(stream: { over?: boolean }): void {
    this.open.delete(stream);
    stream.over = true;
  }

  close(): void {}

  frame(view: { at: number; side: number }): void {
    check(view.at > this.frameAt[view.side], "frames come in the order of their bytes");
    this.frameAt[view.side] = view.at;
  }

  private live(stream: { over?: boolean; state?: number }): void {
    check(stream.over !== true, "a stream that is over stays so");
    this.open.add(stream);
    for (const one of this.open) if ((one as { state: number }).state === CLOSED) this.open.delete(one);
    check(this.open.size <= this.maxStreams + 1, "at most maxStreams are open");
  }
}

const CLOSED = 5;
