/** Finds one call by its number while an input is read, and keeps the bytes of its stream and of no other. */
import type { OffsetMap } from "../bytes/offset-map.js";
import type { Call } from "../call/call.js";
import { MemoryBudget } from "../grpc/growing-buffer.js";
import type { Limits } from "../limits.js";
import { ConnectionLog } from "./connection-log.js";
import type { StreamLog } from "./stream-log.js";

export class CallWatch {
  /** null: it has not begun yet. */
  call: Call | null = null;
  /** Its frames, as far as they were seen. */
  log: StreamLog | null = null;
  private connection: ConnectionLog | null = null;
  private readonly connections = new Map<number, ConnectionLog>();
  private readonly budget: MemoryBudget;

  /** `id`: CallRecord.id. At most `maxOpenMessageBytes` of its bytes are kept. */
  constructor(
    readonly id: number,
    private readonly limits: Limits,
  ) {
    this.budget = new MemoryBudget(limits.maxOpenMessageBytes);
  }

  /** A connection appears; null: the call is on another one. */
  open(connectionId: number, provenance: readonly [OffsetMap, OffsetMap] | null): ConnectionLog | null {
    if (this.call !== null) return null;
    const log = new ConnectionLog(provenance, this.budget, this.limits.maxStreams);
    this.connections.set(connectionId, log);
    return log;
  }

  /** The connection carries no calls, or none any more. */
  close(connectionId: number): void {
    const log = this.connections.get(connectionId);
    if (log === undefined || log === this.connection) return;
    log.stop();
    this.connections.delete(connectionId);
  }

  callStart(call: Call): void {
    const log = this.connections.get(call.connection.id);
    if (log === undefined || this.call !== null) return;
    if (call.id !== this.id) {
      log.drop(call.stream);
      return;
    }
    this.call = call;
    this.connection = log;
    this.log = log.want(call.stream);
    for (const other of this.connections.values()) if (other !== log) other.stop();
    this.connections.clear();
  }

  /** What comes on its stream from here on is not in its record. */
  callEnd(call: Call): void {
    if (call === this.call) this.connection?.endCall();
  }

  /** The input is over. */
  finish(): void {
    this.connection?.finish();
  }
}
