/** Sockets of this process → the calls on them, while the program that owns the sockets uses them as ever. */
import diagnostics from "node:diagnostics_channel";
import type { Server, Socket } from "node:net";
import { TLSSocket, Server as TlsServer } from "node:tls";
import type { ByteStreamSink, Side } from "../../bytes/byte-stream-sink.js";
import type { Call } from "../../call/call.js";
import { toCallRecord } from "../../call/format-record.js";
import type { CallRecord, TlsRecord } from "../../call/record.js";
import { Inspector, type InspectorOptions, type InspectorSink } from "../../engine/inspector.js";
import { LiveClock } from "../live-clock.js";
import { nodePorts } from "../ports.js";
import { useJavaScriptSide } from "./http2-socket.js";
import { tapSocket } from "./tap.js";

/**
 * What to call back, and how to decode. The callbacks run while the socket is being read or written: be quick. What `onCall` throws is
 * thrown again outside of the socket's code, as an uncaught exception; what the other callbacks throw ends the decoding of that connection.
 */
export interface SocketOptions extends Partial<InspectorOptions>, InspectorSink {
  /** Each call when it ends. */
  readonly onCall?: (record: CallRecord) => void;
}

export interface SocketInspection {
  readonly inspector: Inspector;
  /** Looks no more at anything. Calls that are open are told as incomplete. */
  stop(): void;
}

/**
 * Shows the calls on one socket: a net.Socket or tls.TLSSocket, before an HTTP/2 session is made on it. `side` says which end it is: 0 where
 * it has connected, 1 where it was accepted.
 */
export function inspectSocket(socket: Socket, side: Side, options: SocketOptions): SocketInspection {
  const taps = new Taps(options);
  taps.attach(socket, side);
  return taps;
}

/** Shows the calls on all sockets that the server accepts from now on: of node:net, node:tls, node:http2 (secure or not) and node:http. */
export function inspectServer(server: Server, options: SocketOptions): SocketInspection {
  const taps = new Taps(options);
  taps.listen(server);
  return taps;
}

export interface ProcessOptions extends SocketOptions {
  /** Sockets that connect. Default: true. */
  readonly clients?: boolean;
  /** Sockets that are accepted. Default: true. */
  readonly servers?: boolean;
}

/**
 * Shows the calls on all sockets that this process connects, and that servers accept which begin to listen, from now on: also those that
 * a library keeps to itself, such as @grpc/grpc-js. Connections that TLS clients make are seen encrypted.
 */
export function inspectProcess(options: ProcessOptions): SocketInspection {
  const taps = new Taps(options);
  const { clients = true, servers = true } = options;
  if (clients) taps.subscribe("net.client.socket", (message) => taps.attach((message as { socket: Socket }).socket, 0));
  if (servers)
    taps.subscribe("tracing:net.server.listen:asyncStart", (message) => {
      taps.listen((message as { server: Server }).server);
    });
  return taps;
}

class Taps implements SocketInspection {
  readonly inspector: Inspector;
  private readonly clock = new LiveClock();
  private readonly stops = new Set<() => void>();
  private readonly known = new WeakSet<object>();

  constructor({ onCall, callEnd, ...options }: SocketOptions) {
    const { callStart, callMessage, diagnostic, frame, listMessages } = options;
    const sink: InspectorSink = {
      callStart: callStart && ((call) => callStart.call(options, call)),
      callMessage: callMessage && ((call, half, message) => callMessage.call(options, call, half, message)),
      diagnostic: diagnostic && ((what) => diagnostic.call(options, what)),
      frame: frame && ((what) => frame.call(options, what)),
      listMessages: listMessages ?? (onCall !== undefined || callEnd !== undefined),
      callEnd: (call) => {
        callEnd?.call(options, call);
        if (onCall !== undefined) callBack(onCall, call);
      },
    };
    this.inspector = new Inspector(nodePorts, options, sink);
  }

  attach(socket: Socket, side: Side): void {
    if (this.known.has(socket)) return;
    this.known.add(socket);
    useJavaScriptSide(socket);
    const other: Side = side === 0 ? 1 : 0;
    const stream = new Stream(
      () => this.inspector.connection(describe(socket, side), this.clock.baseSeconds),
      this.clock,
    );
    const stop = tapSocket(socket, {
      received: (bytes) => stream.data(other, bytes),
      sent: (bytes) => {
        if (socket.connecting) {
          // Its ends are not known yet.
          const kept = bytes.slice();
          socket.once("connect", () => stream.data(side, kept));
        } else stream.data(side, bytes);
      },
      receivedEnd: () => stream.close(other, "fin"),
      sentEnd: () => stream.close(side, "fin"),
      closed: (failed) => {
        this.stops.delete(stop);
        stream.close(other, failed ? "rst" : "fin");
        stream.close(side, failed ? "rst" : "fin");
      },
    });
    this.stops.add(stop);
  }

  listen(server: Server): void {
    if (this.known.has(server)) return;
    this.known.add(server);
    const event = server instanceof TlsServer ? "secureConnection" : "connection";
    const attach = (socket: Socket) => this.attach(socket, 1);
    // Before whoever makes a session of it.
    server.prependListener(event, attach);
    this.stops.add(() => server.off(event, attach));
  }

  subscribe(channel: string, listener: (message: unknown) => void): void {
    diagnostics.subscribe(channel, listener);
    this.stops.add(() => diagnostics.unsubscribe(channel, listener));
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.stops.clear();
    this.inspector.finish();
  }
}

/** Both directions of a socket, with their offsets and times. It is no connection before its first byte: its ends are known then. */
class Stream {
  private sink: ByteStreamSink | null = null;
  private readonly at: [number, number] = [0, 0];

  constructor(
    private readonly open: () => ByteStreamSink,
    private readonly clock: LiveClock,
  ) {}

  data(side: Side, bytes: Uint8Array): void {
    this.sink ??= this.open();
    this.sink.data(side, bytes, 0, bytes.length, this.at[side], this.clock.nowNs());
    this.at[side] += bytes.length;
  }

  close(side: Side, reason: "fin" | "rst"): void {
    this.sink?.close(side, reason, this.clock.nowNs());
  }
}

function callBack(onCall: (record: CallRecord) => void, call: Call): void {
  try {
    onCall(toCallRecord(call));
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function describe(socket: Socket, side: Side): { client: string; server: string; tls: TlsRecord | null } {
  const local = formatEnd(socket.localAddress, socket.localPort);
  const remote = formatEnd(socket.remoteAddress, socket.remotePort);
  const [client, server] = side === 0 ? [local, remote] : [remote, local];
  return { client, server, tls: socket instanceof TLSSocket ? tlsOf(socket) : null };
}

/** A Unix socket has no address that Node tells. */
function formatEnd(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return "unix";
  const plain = address.replace(/^::ffff:(?=[0-9.]+$)/, "");
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

function tlsOf(socket: TLSSocket): TlsRecord {
  const { alpnProtocol } = socket;
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().standardName,
    sni: (socket as { servername?: string | false }).servername || null,
    alpn: typeof alpnProtocol === "string" ? alpnProtocol : null,
  };
}
