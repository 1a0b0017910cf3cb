/**
 * What passes through a proxy, as a tape that another thread plays: events → pieces of memory that are handed over whole → events.
 *
 * ```
 *  0      1      2         4              8                    16           20        24
 * +------+------+---------+--------------+--------------------+------------+---------+- - - -
 * | kind | side |    0    |  connection  |  timeNs (double)   |   length   |    0    | bytes, padded to 8
 * +------+------+---------+--------------+--------------------+------------+---------+- - - -
 * ```
 */
import type { ByteStreamSink, CloseReason, Side } from "../../bytes/byte-stream-sink.js";
import type { ConnectionInfo } from "../../engine/inspector.js";

const OPEN = 0;
const DATA = 1;
/** `length` bytes passed that are not on the tape. */
const SKIP = 2;
/** `length` is an index into REASONS. */
const CLOSE = 3;

const REASONS: readonly CloseReason[] = ["fin", "rst", "idle", "eof", "evicted"];

const HEADER_BYTES = 24;

const utf8 = new TextEncoder();
const utf8Decoder = new TextDecoder();

/** One piece of tape, being written. */
export class TapeWriter {
  length = 0;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer) {
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** Whether an event with so many bytes still goes on it. */
  hasRoom(byteCount: number): boolean {
    return this.length + HEADER_BYTES + byteCount + 8 <= this.bytes.length;
  }

  open(connection: number, info: ConnectionInfo, timeNs: number): void {
    this.event(OPEN, 0, connection, timeNs, utf8.encode(JSON.stringify(info)));
  }

  data(connection: number, side: Side, bytes: Uint8Array, timeNs: number): void {
    this.event(DATA, side, connection, timeNs, bytes);
  }

  skip(connection: number, side: Side, length: number, timeNs: number): void {
    this.header(SKIP, side, connection, timeNs, length);
  }

  close(connection: number, side: Side, reason: CloseReason, timeNs: number): void {
    this.header(CLOSE, side, connection, timeNs, REASONS.indexOf(reason));
  }

  private event(kind: number, side: Side, connection: number, timeNs: number, bytes: Uint8Array): void {
    this.header(kind, side, connection, timeNs, bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += (bytes.length + 7) & ~7;
  }

  private header(kind: number, side: Side, connection: number, timeNs: number, length: number): void {
    const { view, length: at } = this;
    view.setUint8(at, kind);
    view.setUint8(at + 1, side);
    view.setUint32(at + 4, connection);
    view.setFloat64(at + 8, timeNs);
    view.setUint32(at + 16, length);
    this.length = at + HEADER_BYTES;
  }
}

/** Makes the sinks for the connections on a tape. */
export type OpenSink = (info: ConnectionInfo, timeNs: number) => ByteStreamSink;

interface Playing {
  readonly sink: ByteStreamSink;
  readonly at: [number, number];
  openSides: number;
}

/** Plays pieces of a tape, in order. */
export class TapePlayer {
  private readonly connections = new Map<number, Playing>();
  private bytes = new Uint8Array(0);

  constructor(private readonly openSink: OpenSink) {}

  /** `shared` is copied first: what is under it may take no memory that another thread sees (TextDecoder, zlib). */
  play(shared: SharedArrayBuffer, length: number): void {
    if (this.bytes.length < length) this.bytes = new Uint8Array(Math.max(length, shared.byteLength));
    const { bytes } = this;
    bytes.set(new Uint8Array(shared, 0, length));
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < length; ) {
      const kind = view.getUint8(at);
      const size = view.getUint32(at + 16);
      const start = at + HEADER_BYTES;
      const held = kind === OPEN || kind === DATA ? size : 0;
      this.event(
        kind,
        view.getUint8(at + 1) as Side,
        view.getUint32(at + 4),
        view.getFloat64(at + 8),
        size,
        bytes,
        start,
      );
      at = start + ((held + 7) & ~7);
    }
  }

  private event(
    kind: number,
    side: Side,
    connection: number,
    timeNs: number,
    size: number,
    bytes: Uint8Array,
    start: number,
  ): void {
    if (kind === OPEN) {
      const info = JSON.parse(utf8Decoder.decode(bytes.subarray(start, start + size))) as ConnectionInfo;
      this.connections.set(connection, { sink: this.openSink(info, timeNs), at: [0, 0], openSides: 2 });
      return;
    }
    const playing = this.connections.get(connection);
    if (playing === undefined) return;
    const { sink, at } = playing;
    if (kind === DATA) sink.data(side, bytes, start, start + size, at[side], timeNs);
    else if (kind === SKIP) sink.gap(side, at[side], size, timeNs);
    else {
      sink.close(side, REASONS[size], timeNs);
      if (--playing.openSides === 0) this.connections.delete(connection);
    }
    if (kind !== CLOSE) at[side] += size;
  }
}
