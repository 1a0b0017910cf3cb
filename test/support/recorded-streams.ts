/** A TcpSink that keeps what it is told of each connection, and holds it to ByteStreamSink's contract on the way. */
import type { CloseReason, Side } from "../../src/bytes/byte-stream-sink.js";
import { LIMITS, type Limits } from "../../src/limits.js";
import { newSegmentView, type SegmentView } from "../../src/packet/segment-view.js";
import { TcpAssembler } from "../../src/tcp/assembler.js";
import type { TcpConnection, TcpSink } from "../../src/tcp/connection.js";
import { parseIpv4 } from "./packets.js";
import { ToldList } from "./told.js";

export class RecordedSide {
  gaps: { at: number; length: number }[] = [];
  closed: CloseReason | null = null;
  times: number[] = [];
  /** Offset behind all that was told. */
  end = 0;
  private readonly pieces: { at: number; bytes: Uint8Array }[] = [];

  add(bytes: Uint8Array): void {
    this.pieces.push({ at: this.end, bytes });
    this.end += bytes.length;
  }

  /** Lost bytes stand as 0. */
  get bytes(): Uint8Array {
    const whole = new Uint8Array(this.end);
    for (const { at, bytes } of this.pieces) whole.set(bytes, at);
    return whole;
  }
}

export interface RecordedConnection {
  readonly connection: TcpConnection;
  readonly sides: readonly [RecordedSide, RecordedSide];
  /** In the order in which they were told. */
  readonly closes: Side[];
}

export class RecordedStreams implements TcpSink {
  readonly connections: RecordedConnection[] = [];

  connection(connection: TcpConnection) {
    const recorded: RecordedConnection = { connection, sides: [new RecordedSide(), new RecordedSide()], closes: [] };
    this.connections.push(recorded);
    if (connection.id !== this.connections.length) throw new Error(`connection ${connection.id} out of order`);
    const next = (side: Side, at: number): RecordedSide => {
      const known = recorded.sides[side];
      if (known.closed !== null) throw new Error("told behind the close");
      if (known.end !== at) throw new Error(`${known.end} bytes so far, and the next at ${at}`);
      return known;
    };
    return {
      data(side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number) {
        if (end <= start) throw new Error("empty data");
        if (connection.provenance[side].packets(at, at + 1).length !== 1) throw new Error("no packet for the data");
        const known = next(side, at);
        known.add(buf.slice(start, end));
        known.times.push(timeNs);
      },
      gap(side: Side, at: number, length: number) {
        if (length <= 0) throw new Error("empty gap");
        const known = next(side, at);
        known.gaps.push({ at, length });
        known.end += length;
      },
      close(side: Side, reason: CloseReason) {
        next(side, recorded.sides[side].end).closed = reason;
        recorded.closes.push(side);
      },
    };
  }
}

export interface SegmentFields {
  /** Default: from the client. */
  readonly side?: Side;
  readonly sequence: number;
  readonly acknowledgment?: number;
  readonly flags?: number;
  readonly payload?: readonly number[] | Uint8Array;
  /** Bytes captured of the payload. */
  readonly captured?: number;
  readonly timeNs?: number;
  readonly packet?: number;
  readonly clientPort?: number;
  readonly clientAddress?: string;
}

const ADDRESS_BYTES = 8;
const ORIGIN = 54;

/** An assembler that is fed with segments as fields; each segment's buffer is overwritten once it was taken. */
export class TcpBench {
  readonly streams = new RecordedStreams();
  readonly told = new ToldList();
  readonly assembler: TcpAssembler;
  packets = 0;
  private readonly view: SegmentView = newSegmentView();

  constructor(limits: Partial<Limits> = {}) {
    const report = this.told.report;
    this.assembler = new TcpAssembler(this.streams, (_, code, values, place) => report(code, values, place), {
      ...LIMITS,
      ...limits,
    });
  }

  segment(fields: SegmentFields): this {
    const { side = 0, sequence, acknowledgment = 0, flags = 16, payload = [], captured = payload.length } = fields;
    const { clientPort = 40_000, clientAddress = "10.0.0.1" } = fields;
    const buf = new Uint8Array(ADDRESS_BYTES + captured);
    const addresses = [parseIpv4(clientAddress), parseIpv4("10.0.0.2")];
    buf.set([...addresses[side], ...addresses[1 - side]]);
    buf.set(Uint8Array.from(payload).subarray(0, captured), ADDRESS_BYTES);
    const packet = fields.packet ?? this.packets + 1;
    this.packets = packet;
    Object.assign(this.view, {
      packet,
      timeNs: fields.timeNs ?? packet * 1000,
      buf,
      packetOrigin: ORIGIN - ADDRESS_BYTES,
      sourceAddress: 0,
      destinationAddress: 4,
      sourcePort: side === 0 ? clientPort : 443,
      destinationPort: side === 0 ? 443 : clientPort,
      sequence: sequence >>> 0,
      acknowledgment: acknowledgment >>> 0,
      flags,
      payloadStart: ADDRESS_BYTES,
      payloadEnd: buf.length,
      payloadLength: payload.length,
    });
    this.assembler.segment(this.view);
    buf.fill(0xee);
    return this;
  }

  finish(): this {
    this.assembler.finish((this.packets + 1) * 1000);
    return this;
  }

  /** The one side of a connection, the first by default. */
  side(side: Side, connection = 1): RecordedSide {
    return this.streams.connections[connection - 1].sides[side];
  }

  text(side: Side, connection = 1): string {
    return String.fromCharCode(...this.side(side, connection).bytes.map((byte) => byte || 0x2e));
  }
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
