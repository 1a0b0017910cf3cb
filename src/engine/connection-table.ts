/** Connections, of TCP or live ones → what they speak → their calls; the joint between ordered bytes and the upper layers. */
import type { ByteStreamSink } from "../bytes/byte-stream-sink.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import { CallAssembler, type CallLedger } from "../call/assembler.js";
import type { CallConnection } from "../call/call.js";
import type { TlsRecord } from "../call/record.js";
import type { Diagnostic, Place, Report, Values } from "../diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../diagnostics/table.js";
import type { CallWatch } from "../explain/call-watch.js";
import type { ConnectionLog } from "../explain/connection-log.js";
import { Http1Connection } from "../http1/connection.js";
import { Http2Connection } from "../http2/connection.js";
import type { Verdict } from "../http2/detect.js";
import { DetectingSink } from "../http2/detecting-sink.js";
import type { Http2Observer } from "../http2/observer.js";
import type { Limits } from "../limits.js";
import type { EndFlag, TcpConnection, TcpSink } from "../tcp/connection.js";
import type { DiagnosticRouter } from "./diagnostic-router.js";
import type { FrameRecord } from "./frame-record.js";
import { FrameRecorder } from "./frame-recorder.js";
import { HeldReports } from "./held-reports.js";
import { increment, type Summary } from "./summary.js";

type Maps = readonly [OffsetMap, OffsetMap] | null;

/** A connection as it is opened here, before anybody knows what it speaks. */
interface NewConnection {
  readonly client: string;
  readonly server: string;
  readonly sawSyn: boolean;
  readonly provenance: readonly [OffsetMap, OffsetMap] | null;
  /** What the connection that it is the rest of was ended by. */
  readonly goesOn?: EndFlag | null;
  /** Of a TLS end that stands before these bytes. */
  readonly tls?: TlsRecord | null;
}

export class ConnectionTable implements TcpSink {
  /** How to report what is wrong with connection `id`, for the layer that orders its bytes. */
  private readonly reporters = new Map<number, Report>();
  private count = 0;

  constructor(
    private readonly ledger: CallLedger,
    private readonly router: DiagnosticRouter,
    private readonly limits: Limits,
    private readonly summary: Summary,
    /** Gets every frame; null: nobody looks. */
    private readonly tellFrame: ((frame: FrameRecord) => void) | null = null,
    /** Keeps the bytes of one call; null: nobody asks. */
    private readonly watch: CallWatch | null = null,
  ) {}

  connection(connection: TcpConnection): ByteStreamSink {
    return this.open(connection, this.nextId());
  }

  /** The number of a connection that is to be opened. */
  nextId(): number {
    return ++this.count;
  }

  /** A new connection; its bytes go into the sink returned. */
  open(connection: NewConnection, id: number): ByteStreamSink {
    this.summary.connections++;
    const log = this.watch?.open(id, connection.provenance) ?? null;
    const detected = (verdict: Verdict) => this.detected(id, connection, verdict, log);
    const sink = new DetectingSink(this.limits, detected, connection.sawSyn);
    return log === null ? sink : log.tap(sink);
  }

  /** A report of the layer that orders bytes. Of a connection that is no HTTP/2 it matters to nobody. */
  report(id: number, code: DiagnosticCode, values?: Values, place?: Place): void {
    this.reporters.get(id)?.(code, values, place);
  }

  /** Lets go of a connection that cannot be closed. */
  forget(id: number): void {
    this.reporters.delete(id);
    this.watch?.close(id);
  }

  private detected(
    id: number,
    connection: NewConnection,
    verdict: Verdict,
    log: ConnectionLog | null,
  ): ByteStreamSink | null {
    increment(this.summary.protocols, verdict.protocol);
    if (verdict.protocol !== "http2" && verdict.protocol !== "http1") {
      this.watch?.close(id);
      return null;
    }
    const swapped = verdict.clientSide === 1;
    const { client, server, provenance, goesOn = null, tls = null } = connection;
    const ends = swapped ? { client: server, server: client } : { client, server };
    const maps = swapped && provenance !== null ? ([provenance[1], provenance[0]] as const) : provenance;
    const ofCalls = { id, ...ends, tls };
    if (verdict.protocol !== "http2")
      return this.openHttp1(ofCalls, connection, maps, (calls) => log?.openExchanges(calls, swapped) ?? calls);
    const calls = new CallAssembler(this.ledger, ofCalls, maps, () => this.forget(id));
    const onStream = (stream: number, diagnostic: Diagnostic) => calls.note(stream, diagnostic);
    const report = this.router.reporterOf({ id, provenance: maps, onStream });
    this.reporters.set(id, this.router.reporterOf({ id, provenance, onStream }));
    if (goesOn !== null) this.report(id, "TCP_GOES_ON", { flag: goesOn });
    const { tellFrame } = this;
    const { timeBase } = this.ledger.context;
    const frames = tellFrame
      ? new FrameRecorder(ofCalls, maps, timeBase, calls, tellFrame)
      : (log?.openFrames(calls, swapped) ?? null);
    return new Http2Connection(frames ?? calls, report, this.limits, {
      joinedLate: !verdict.preface,
      upgrade: verdict.upgrade,
      frames,
    });
  }

  /**
   * Calls over HTTP/1.1 are those of gRPC-Web and Connect; most connections carry none. `maps`: of client and server, whichever
   * side is which. `watched`: who sees what goes to the calls.
   */
  private openHttp1(
    ofCalls: CallConnection,
    { provenance: told, sawSyn, goesOn = null }: NewConnection,
    maps: Maps,
    watched: (calls: CallAssembler) => Http2Observer,
  ): ByteStreamSink {
    const { id } = ofCalls;
    const calls = new CallAssembler(this.ledger, ofCalls, maps, () => {
      below.release();
      own.release();
      this.forget(id);
    });
    // of an exchange that is no call it matters to nobody
    const onStream = (stream: number, diagnostic: Diagnostic) => calls.note(stream, diagnostic) || true;
    const { maxSameDiagnostic } = this.limits;
    const held = (provenance: Maps) =>
      new HeldReports(this.router.reporterOf({ id, provenance, onStream }), () => calls.hasCalls, maxSameDiagnostic);
    const below = held(told);
    const own = maps === told ? below : held(maps);
    this.reporters.set(id, below.report);
    if (goesOn !== null) this.report(id, "TCP_GOES_ON", { flag: goesOn });
    return new Http1Connection(watched(calls), own.report, this.limits, !sawSyn);
  }
}
