/** One connection as the assembler tracks it: its key, its place in the flow table, its two halves. */
import type { ByteStreamSink, CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { OffsetMap } from "../bytes/offset-map.js";
import type { Place, Values } from "../diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../diagnostics/table.js";
import type { Limits } from "../limits.js";
import type { EndFlag, TcpConnection } from "./connection.js";
import type { HoleWatch } from "./hole-watch.js";
import type { RecentBytes } from "./recent-bytes.js";
import { StreamHalf } from "./stream-half.js";

/** `report(connection, code, values, place)`: connection is TcpConnection.id. */
export type TcpReport = (connection: number, code: DiagnosticCode, values: Values, place: Place) => void;

/** What all connections share. */
export interface Shared {
  readonly report: TcpReport;
  readonly limits: Limits;
  readonly recent: RecentBytes;
  /** Cost of what is held out of order, over all connections, in bytes. */
  heldBytes: number;
  /** Streams that hold segments behind a hole; those that began to first come first. */
  readonly holding: Set<StreamHalf>;
  readonly watch: HoleWatch;
  /** Both sides of the flow are closed. */
  readonly bury: (flow: Flow) => void;
}

const SILENT: ByteStreamSink = { data() {}, gap() {}, close() {} };
/** Of a connection that is over: nothing is added to it. */
const NO_MAP = new OffsetMap(0);

export class Flow {
  readonly client: StreamHalf;
  readonly server: StreamHalf;
  sink: ByteStreamSink = SILENT;
  /** Who sent the first RST; null: nobody. */
  resetBy: Side | null = null;
  /** Payload of that RST, which has numbers of its own. */
  resetLength = 0;
  /** Next in the same bucket of the flow table. */
  nextInBucket: Flow | null = null;
  /** Neighbours in the order of last use. */
  older: Flow | null = null;
  newer: Flow | null = null;

  /**
   * `words`: the client's address as 1 or 4 words of 32 bits, then the server's; `ports`: client's << 16 | server's.
   */
  constructor(
    readonly id: number,
    readonly hash: number,
    readonly words: Int32Array,
    readonly ports: number,
    readonly shared: Shared,
  ) {
    this.client = new StreamHalf(this, 0);
    this.server = new StreamHalf(this, 1);
  }

  get isOver(): boolean {
    return this.client.closed && this.server.closed;
  }

  half(side: Side): StreamHalf {
    return side === 0 ? this.client : this.server;
  }

  /** Ends both sides: what is held behind holes is passed on, then each side that was open is closed. */
  end(reason: CloseReason, timeNs: number): void {
    this.client.end(reason, timeNs);
    this.server.end(reason, timeNs);
  }

  /** A reset ends both sides at once, as soon as neither waits for missing bytes; the side that sent it first. */
  closeWhenReset(timeNs: number): void {
    const sender = this.resetBy === 1 ? this.server : this.client;
    const other = sender === this.server ? this.client : this.server;
    if (!sender.closed && !sender.isAtReset) return;
    if (!other.closed && !other.isAtReset) return;
    if (!sender.closed) sender.close("rst", timeNs);
    if (!other.closed) other.close("rst", timeNs);
  }

  /** Bytes came that contradict the RST: the connection goes on as if there had been none. */
  withdrawReset(): void {
    this.resetBy = null;
    this.client.withdrawReset();
    this.server.withdrawReset();
  }

  /** Lets go of all but what late packets are recognised by. */
  bury(): void {
    this.sink = SILENT;
    this.client.map = this.server.map = NO_MAP;
  }

  report(code: DiagnosticCode, values: Values, place: Place): void {
    this.shared.report(this.id, code, values, place);
  }

  describe(client: string, server: string, sawSyn: boolean, goesOn: EndFlag | null, timeNs: number): TcpConnection {
    return { id: this.id, client, server, sawSyn, goesOn, timeNs, provenance: [this.client.map, this.server.map] };
  }
}
