/**
 * The bytes of one live connection → its decoder, which can neither throw into the shell nor outlive the connection.
 *
 * A shell pushes what passed. Whatever fails behind this door ends the decoding of the one connection, with a diagnostic; the shell
 * goes on and needs not know.
 */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { plainBytes } from "../bytes/plain-bytes.js";
import type { TlsRecord } from "../call/record.js";

/** The two ends of a live connection: "127.0.0.1:41234", and what a TLS end before its bytes agreed on. */
export interface ConnectionInfo {
  readonly client: string;
  readonly server: string;
  readonly tls?: TlsRecord | null;
}

/** Who keeps the connection: live-connections.ts. */
export interface LiveOwner {
  /** A decoder for a connection that begins, or goes on, here. */
  decoder(connection: LiveConnection): ByteStreamSink;
  /** Live bytes were seen, or an event without any. */
  seen(bytes: number, timeNs: number): void;
  skipped(connection: LiveConnection, side: Side, length: number): void;
  failed(connection: LiveConnection, error: unknown): void;
  closed(connection: LiveConnection): void;
}

export class LiveConnection implements ByteStreamSink {
  /** Number of the connection in records; another one once it goes on after it was put to rest. */
  id = 0;
  /** When it was last heard of. */
  lastNs = 0;
  private decoder: ByteStreamSink | null;
  private hasFailed = false;
  private readonly sidesClosed: [boolean, boolean] = [false, false];
  /** Where the streams of the present decoder begin in those of the connection. */
  private readonly base: [number, number] = [0, 0];
  private readonly ends: [number, number] = [0, 0];

  constructor(
    readonly info: ConnectionInfo,
    private readonly owner: LiveOwner,
    /** Added to the times that the shell gives. */
    private readonly offsetNs: number,
  ) {
    this.decoder = owner.decoder(this);
  }

  data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    if (this.sidesClosed[side] || start === end) return;
    this.advance(side, at + end - start, end - start, timeNs);
    if (this.hasFailed) return;
    try {
      this.decoder ??= this.resume(side, at);
      this.decoder.data(side, plainBytes(buf), start, end, at - this.base[side], this.lastNs);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Bytes that passed and were not looked at. */
  gap(side: Side, at: number, length: number, timeNs: number): void {
    if (this.sidesClosed[side]) return;
    this.advance(side, at + length, length, timeNs);
    if (this.hasFailed || this.decoder === null) return;
    try {
      this.owner.skipped(this, side, length);
      this.decoder.gap(side, at - this.base[side], length, this.lastNs);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Any reason but "fin" closes both sides, whether the shell tells it of the other or not. */
  close(side: Side, reason: CloseReason, timeNs: number): void {
    if (this.sidesClosed[side]) return;
    this.advance(side, this.ends[side], 0, timeNs);
    this.closeSide(side, reason);
    const other = (1 - side) as Side;
    if (reason !== "fin" && !this.sidesClosed[other]) this.closeSide(other, reason);
    if (this.sidesClosed[other]) this.owner.closed(this);
  }

  /** Lets go of all that is known of it; should it go on, it is decoded as one that was joined late. */
  rest(): void {
    try {
      for (const side of [0, 1] as const)
        if (!this.sidesClosed[side]) this.decoder?.close(side, "evicted", this.lastNs);
      this.decoder = null;
    } catch (error) {
      this.fail(error);
    }
  }

  private resume(side: Side, at: number): ByteStreamSink {
    this.base[0] = this.ends[0];
    this.base[1] = this.ends[1];
    this.base[side] = at;
    const decoder = this.owner.decoder(this);
    for (const other of [0, 1] as const) if (this.sidesClosed[other]) decoder.close(other, "fin", this.lastNs);
    return decoder;
  }

  private closeSide(side: Side, reason: CloseReason): void {
    this.sidesClosed[side] = true;
    if (this.hasFailed) return;
    try {
      this.decoder?.close(side, reason, this.lastNs);
    } catch (error) {
      this.fail(error);
    }
  }

  private advance(side: Side, end: number, bytes: number, timeNs: number): void {
    this.ends[side] = end;
    this.lastNs = Math.max(this.lastNs, timeNs + this.offsetNs);
    this.owner.seen(bytes, this.lastNs);
  }

  /** The calls that are open end here; a decoder that cannot even do that is dropped as it is. */
  private fail(error: unknown): void {
    const { decoder, lastNs } = this;
    this.hasFailed = true;
    this.decoder = null;
    for (const side of [0, 1] as const) {
      try {
        decoder?.close(side, "eof", lastNs);
      } catch {
        // Told below; nothing else can be done for it.
      }
    }
    this.owner.failed(this, error);
  }
}
