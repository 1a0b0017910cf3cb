/** Live connections: numbered, counted, bounded in number, and ended with the input. */
import type { ByteStreamSink, Side } from "../bytes/byte-stream-sink.js";
import type { Report } from "../diagnostics/diagnostic.js";
import type { Limits } from "../limits.js";
import type { ConnectionTable } from "./connection-table.js";
import type { DiagnosticRouter } from "./diagnostic-router.js";
import { type ConnectionInfo, LiveConnection, type LiveOwner } from "./live-connection.js";
import type { Summary } from "./summary.js";

export class LiveConnections implements LiveOwner {
  private readonly open = new Set<LiveConnection>();
  /** Those of the open ones that have a decoder, and how to report what befalls them. */
  private readonly decoding = new Map<LiveConnection, Report>();
  private seenAny = false;

  constructor(
    private readonly table: ConnectionTable,
    private readonly router: DiagnosticRouter,
    private readonly limits: Limits,
    private readonly summary: Summary,
    /** For tests: each decoder throws once it was given more bytes than that. null: none does. */
    private readonly failAfterBytes: number | null,
  ) {}

  /** `offsetNs` is added to the times of its bytes. */
  connect(info: ConnectionInfo, offsetNs: number): ByteStreamSink {
    const connection = new LiveConnection(info, this, offsetNs);
    this.open.add(connection);
    return connection;
  }

  /** The input is over: what is open ends, in order of appearance. */
  finish(): void {
    for (const connection of [...this.open]) connection.close(0, "eof", this.summary.lastNs);
  }

  decoder(connection: LiveConnection): ByteStreamSink {
    if (this.decoding.size >= this.limits.maxConnections) this.restIdlest();
    const id = this.table.nextId();
    connection.id = id;
    this.decoding.set(connection, this.router.reporterOf({ id, provenance: null, onStream: () => false }));
    const sink = this.table.open({ ...connection.info, sawSyn: true, provenance: null }, id);
    return this.failAfterBytes === null ? sink : failing(sink, this.failAfterBytes);
  }

  seen(bytes: number, timeNs: number): void {
    const { summary } = this;
    if (!this.seenAny && summary.packets === 0) summary.firstNs = timeNs;
    this.seenAny = true;
    if (timeNs > summary.lastNs) summary.lastNs = timeNs;
    summary.liveBytes += bytes;
  }

  skipped(connection: LiveConnection, side: Side, length: number): void {
    const sender = side === 0 ? "client" : "server";
    this.decoding.get(connection)?.("LIVE_BYTES_SKIPPED", { length, sender }, { side });
  }

  failed(connection: LiveConnection, error: unknown): void {
    const report = this.decoding.get(connection);
    this.decoding.delete(connection);
    this.table.forget(connection.id);
    report?.("LIVE_DECODER_FAILED", { reason: error instanceof Error ? error.message : String(error) });
  }

  closed(connection: LiveConnection): void {
    this.open.delete(connection);
    this.decoding.delete(connection);
  }

  private restIdlest(): void {
    let idlest: LiveConnection | null = null;
    for (const connection of this.decoding.keys()) {
      if (idlest === null || connection.lastNs < idlest.lastNs) idlest = connection;
    }
    if (idlest === null) return;
    this.decoding.get(idlest)?.("LIVE_CONNECTION_EVICTED", { limit: this.limits.maxConnections });
    idlest.rest();
    this.decoding.delete(idlest);
  }
}

function failing(sink: ByteStreamSink, afterBytes: number): ByteStreamSink {
  let left = afterBytes;
  return {
    data(side, buf, start, end, at, timeNs) {
      left -= end - start;
      if (left < 0) throw new Error("made to fail");
      sink.data(side, buf, start, end, at, timeNs);
    },
    gap: (side, at, length, timeNs) => sink.gap(side, at, length, timeNs),
    close: (side, reason, timeNs) => sink.close(side, reason, timeNs),
  };
}
