/**
 * The composition root: capture bytes, or live bytes, go in; calls come out. Synchronous, with no IO of its own; the shell
 * supplies what it needs as ports (ports.ts).
 */
import type { ByteStreamSink } from "../bytes/byte-stream-sink.js";
import { TimeBase } from "../bytes/time-base.js";
import type { CallLedger, CallSink } from "../call/assembler.js";
import type { Call } from "../call/call.js";
import { CallSchema } from "../call/call-schema.js";
import { HeaderTexts } from "../call/header-texts.js";
import { Learning } from "../call/learning.js";
import { LearningSink } from "../call/learning-sink.js";
import { PathGuess, type PathGuessOptions } from "../call/path-guess.js";
import { RecordTexts } from "../call/record-texts.js";
import { ReflectedSchemas } from "../call/reflected-schemas.js";
import type { CaptureReader, CaptureSink, PacketView } from "../capture/packet-view.js";
import { createCaptureReader } from "../capture/reader.js";
import type { Diagnostic, Report } from "../diagnostics/diagnostic.js";
import type { DiagnosticCode } from "../diagnostics/table.js";
import type { CallWatch } from "../explain/call-watch.js";
import { MemoryBudget } from "../grpc/growing-buffer.js";
import { LIMITS, type Limits } from "../limits.js";
import { PacketDecoder } from "../packet/decoder.js";
import type { TalliedProblem } from "../protobuf/problem-tally.js";
import { Schema } from "../protobuf/schema.js";
import { TcpAssembler } from "../tcp/assembler.js";
import { ConnectionTable } from "./connection-table.js";
import { DiagnosticRouter } from "./diagnostic-router.js";
import type { FrameRecord } from "./frame-record.js";
import type { ConnectionInfo } from "./live-connection.js";
import { LiveConnections } from "./live-connections.js";
import type { Ports } from "./ports.js";
import { countCall, newSummary, type Summary } from "./summary.js";

export interface InspectorOptions {
  readonly schema: Schema;
  /** What the bytes come from, as the records name it. */
  readonly capture: string | null;
  /** The names of several captures that are read as one, through `openReader` and `packet`. */
  readonly merged: readonly string[] | null;
  /** Single bounds that differ from the defaults in limits.ts. */
  readonly limits: Partial<Limits>;
  /** Put the bytes of every message into the records. */
  readonly raw: boolean;
  /** Put scalars that the wire leaves out into the values. */
  readonly emitDefaults: boolean;
  /**
   * Hold calls back that no schema explains, within `maxHeldCallBytes`, until the input ends: what later calls teach explains
   * them too. For inputs that end soon.
   */
  readonly holdUnexplained: boolean;
  /** What to do about paths that were sent before the capture began. */
  readonly guessPath: PathGuessOptions;
  /** Another reader of capture files in place of our own. */
  readonly createReader: CreateReader;
  /** For tests: the decoder of each live connection throws once it was given more bytes than that. */
  readonly failAfterBytes: number | null;
}

export type CreateReader = (sink: CaptureSink, report: Report, limits: Limits) => CaptureReader;

/** What an inspector tells, while bytes are pushed into it. */
export interface InspectorSink extends CallSink {
  /** What is wrong with the capture, its packets or its connections; what concerns one call stands in the call's record. */
  diagnostic?(diagnostic: Diagnostic): void;
  /** A frame of an HTTP/2 connection, gRPC or not, when its last byte is seen. */
  frame?(frame: FrameRecord): void;
  /** Keeps the bytes of one call. */
  readonly watch?: CallWatch;
}

export type { ConnectionInfo } from "./live-connection.js";

export class Inspector {
  readonly summary: Summary = newSummary();
  /** True: something of the input could not be read, so that calls may be missing. */
  damaged = false;
  /** False: packets, or the bytes of connections, come by other ways than `push`. */
  private readsPushed = true;
  private readonly limits: Limits;
  private readonly createReader: CreateReader;
  private readonly timeBase = new TimeBase();
  private readonly router: DiagnosticRouter;
  private readonly learning: Learning;
  private readonly learningSink: LearningSink;
  private readonly ledger: CallLedger;
  private reader: CaptureReader;
  private readonly packets: PacketDecoder;
  private readonly tcp: TcpAssembler;
  private readonly connections: ConnectionTable;
  private readonly live: LiveConnections;

  /** `sink` gets calls whose `listMessages` it leaves open with their messages. */
  constructor(
    ports: Ports,
    options: Partial<InspectorOptions>,
    private readonly sink: InspectorSink,
  ) {
    const limits: Limits = { ...LIMITS, ...options.limits };
    this.limits = limits;
    const { schema = Schema.empty, capture = null, merged = null, raw = false, emitDefaults = false } = options;
    this.createReader = options.createReader ?? createCaptureReader;
    this.router = new DiagnosticRouter((diagnostic) => this.tell(diagnostic), limits.maxSameDiagnostic);
    const callSchema = new CallSchema(schema, new ReflectedSchemas(limits.maxReflectedBytes));
    this.learning = new Learning(callSchema);
    const room = options.holdUnexplained === true ? limits.maxHeldCallBytes : 0;
    this.learningSink = new LearningSink(sink, this.learning, room);
    this.ledger = {
      sink: this.callSink(),
      context: {
        schema: callSchema,
        learning: this.learning,
        capture,
        merged,
        raw,
        emitDefaults,
        limits,
        inflate: ports.inflate,
        timeBase: this.timeBase,
        headerTexts: new HeaderTexts(),
        recordTexts: new RecordTexts(),
      },
      budget: new MemoryBudget(limits.maxOpenMessageBytes),
      paths: new PathGuess(schema, options.guessPath ?? { infer: true, given: new Map() }),
      nextId: 1,
    };
    const tellFrame = sink.frame && ((frame: FrameRecord) => this.frame(frame));
    this.connections = new ConnectionTable(
      this.ledger,
      this.router,
      limits,
      this.summary,
      tellFrame ?? null,
      sink.watch,
    );
    const { failAfterBytes = null } = options;
    this.live = new LiveConnections(this.connections, this.router, limits, this.summary, failAfterBytes);
    const report = this.router.reporterOfCapture(null);
    this.reader = this.createReader({ packet: (packet) => this.packet(packet) }, report, limits);
    this.packets = new PacketDecoder(report, limits);
    const reportTcp = this.connections.report.bind(this.connections);
    this.tcp = new TcpAssembler(this.connections, reportTcp, limits);
  }

  /** The next bytes of a capture file, cut anywhere. They are borrowed until the call returns. */
  push(chunk: Uint8Array): void {
    this.reader.push(chunk);
  }

  /** What is pushed from now on is another capture file, which goes on where the last one was left: its connections are the same. */
  nextFile(): void {
    const report = this.router.reporterOfCapture(null);
    this.reader = this.createReader({ packet: (packet) => this.packet(packet) }, report, this.limits);
  }

  /** It is `nowNs`, on the packets' clock, and nothing else has come until now: holes whose grace is over are given up. */
  tick(nowNs: number): void {
    this.tcp.tick(nowNs);
  }

  /**
   * A reader of one of several captures that are read as one: its packets go into `sink`, and from there, in the order of their
   * times, into `packet`.
   */
  openReader(sink: CaptureSink, captureIndex: number): CaptureReader {
    this.readsPushed = false;
    return this.createReader(
      sink,
      this.router.reporterOfCapture(this.ledger.context.merged?.[captureIndex] ?? null),
      this.limits,
    );
  }

  /** The next packet, for whoever reads captures otherwise than by `push`. Borrowed until the call returns. */
  packet(packet: PacketView): void {
    const { summary } = this;
    const timeNs = this.timeBase.toNs(packet.seconds, packet.nanoseconds);
    if (summary.packets++ === 0) summary.firstNs = timeNs;
    if (timeNs > summary.lastNs) summary.lastNs = timeNs;
    this.packets.decode(packet, timeNs, this.tcp);
  }

  /**
   * A live connection: whoever has its bytes in order pushes them into the sink returned. The sink never throws; what fails in the
   * decoder ends the decoding of this connection with the diagnostic LIVE_DECODER_FAILED. It lets go of everything once both sides
   * are closed, and `finish` closes what is open. A `gap` stands for bytes that passed and were not looked at.
   *
   * `timeNs` of the calls: nanoseconds since 1970 + `baseSeconds`. Choose whole seconds near the present: a double holds 104 days
   * of nanoseconds exactly.
   */
  connection(info: ConnectionInfo, baseSeconds = 0): ByteStreamSink {
    this.readsPushed = false;
    return this.live.connect(info, this.timeBase.toNs(baseSeconds, 0));
  }

  /** The input is over: what is open ends as incomplete. */
  finish(): void {
    if (this.readsPushed) this.reader.end();
    this.tcp.finish(this.summary.lastNs);
    this.live.finish();
    this.learningSink.release();
    this.sink.watch?.finish();
  }

  /** What did not fit the schema in the messages that were decoded, each once for its method. */
  get schemaProblems(): readonly TalliedProblem[] {
    return this.learning.problems.problems;
  }

  /** The FileDescriptorProtos that servers told by reflection, by server. */
  get reflected(): ReturnType<ReflectedSchemas["descriptors"]> {
    return this.ledger.context.schema.reflected.descriptors();
  }

  /** Calls that have begun and not ended. */
  get openCalls(): number {
    return this.ledger.nextId - 1 - this.summary.calls;
  }

  /** What the packets were, by kind. */
  get packetCounts() {
    return this.packets.counts;
  }

  /** Diagnostics that were counted, not told, because there were too many of their kind. */
  get untold(): ReadonlyMap<DiagnosticCode, number> {
    return this.router.untold;
  }

  private tell(diagnostic: Diagnostic): void {
    const { code, severity, scope } = diagnostic;
    if (severity === "error" && (scope === "capture" || scope === "packet")) this.damaged = true;
    // Told of HTTP/2 connections alone: what else was lost matters to nobody.
    if (code === "TCP_GAP" || code === "TCP_SEGMENT_CUT" || code === "TCP_GOES_ON") this.damaged = true;
    this.sink.diagnostic?.(diagnostic);
  }

  private frame(frame: FrameRecord): void {
    this.summary.frames++;
    this.sink.frame?.(frame);
  }

  private callStart(call: Call): void {
    this.sink.watch?.callStart(call);
    this.learningSink.callStart(call);
  }

  private callSink(): CallSink {
    const { sink, summary, learningSink } = this;
    return {
      listMessages: sink.listMessages ?? sink.callEnd !== undefined,
      callStart: (sink.callStart || sink.watch) && ((call) => this.callStart(call)),
      callMessage: sink.callMessage && ((call, half, message) => learningSink.callMessage(call, half, message)),
      callEnd: (call) => {
        countCall(summary, call);
        sink.watch?.callEnd(call);
        learningSink.callEnd(call);
      },
    };
  }
}
