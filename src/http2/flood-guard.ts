/**
 * Frames that cost their receiver much and their sender little (RFC 9113 §10.5): told once per connection and kind, when they
 * come without end and nothing else is done. Their memory is bounded anyhow: each leaves nothing behind.
 */
import type { FrameReader } from "./frame-reader.js";
import { CONTINUATION, DATA, RST_STREAM } from "./frame-type.js";
import type { Shared } from "./shared.js";

/** 1,000 in a row: servers call fewer than that an attack (nghttp2: 1,000 SETTINGS or PING; Go: 10,000 control frames). */
const MANY = 1000;
/** CONTINUATION frames of one block: 64 of the default largest size are a mebibyte. */
const MANY_CONTINUATIONS = 64;

export class FloodGuard {
  private counts: Map<number, number> | null = null;
  private told: Set<number> | null = null;

  constructor(private readonly shared: Shared) {}

  /** A frame that may be one of a flood; of RST_STREAM, one that ends a stream which had no answer yet. */
  count(frame: FrameReader): void {
    const key = frame.type * 2 + frame.side;
    this.counts ??= new Map();
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    if (count === MANY) this.tell(frame, key, count);
  }

  continuation(frame: FrameReader, framesInBlock: number): void {
    if (framesInBlock === MANY_CONTINUATIONS) this.tell(frame, CONTINUATION * 2 + frame.side, framesInBlock);
  }

  /** Something useful was sent: bytes of a message, or, `answered`, anything by the server. */
  calm(answered: boolean): void {
    if (this.counts === null || this.counts.size === 0) return;
    for (const key of this.counts.keys()) {
      if (answered || key >> 1 !== RST_STREAM) this.counts.delete(key);
    }
  }

  private tell(frame: FrameReader, key: number, count: number): void {
    this.told ??= new Set();
    if (this.told.has(key)) return;
    this.told.add(key);
    this.shared.fault("HTTP2_FLOOD", frame, { count, what: WHAT[frame.type] ?? "that nothing comes of" });
  }
}

const WHAT: Record<number, string> = {
  [DATA]: "that carry nothing",
  [RST_STREAM]: "for streams that had no answer yet",
  [CONTINUATION]: "in one header block",
};
