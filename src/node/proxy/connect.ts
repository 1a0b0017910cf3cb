/** One client that came in → its target is connected to, and both are joined; or it is reset, as if the target had done so. */
import { createConnection, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ConnectionInfo } from "../../engine/inspector.js";
import { describeSystemError } from "../system-error.js";
import { formatAddress, formatEnds, type Target } from "./address.js";
import type { End } from "./relay.js";
import { reset } from "./relay.js";
import { connectTls, describeTlsError, tlsRecordOf } from "./tls.js";

/** A peer that vanished without a word is noticed after this and the system's own probes: eleven minutes on Linux. */
const KEEP_ALIVE_MS = 60_000;
/** As long as a TCP connection may take to come about; systems try for two minutes. */
const CONNECT_MS = 20_000;

export interface ConnectOptions {
  readonly target: Target;
  /** How the client's side is named where its socket has no address of its own. */
  readonly listener: string;
  readonly targetTls: Parameters<typeof connectTls>[3];
}

/**
 * `tls`: the client's TLS, where it is ended here. `joined` gets both ends, connected; `failed` a reason, once, and the client is
 * reset then; a client that goes away meanwhile is no failure, and its reason is null. Returns what gives it all up.
 */
export function connectTarget(
  client: End,
  clientTls: TLSSocket | null,
  { target, listener, targetTls }: ConnectOptions,
  joined: (target: End, info: ConnectionInfo) => void,
  failed: (reason: string | null) => void,
): () => void {
  const { address } = target;
  const raw = createConnection({
    ...(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port }),
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  let socket: Socket = raw;
  const giveUp = (reason: string | null): void => {
    stopWaiting();
    raw.on("error", ignore).destroy();
    socket.on("error", ignore).destroy();
    client.socket.on("error", ignore);
    reset(client);
    failed(reason);
  };
  const onError = (error: NodeJS.ErrnoException): void => giveUp(describeConnectError(error, target));
  const onTlsError = (error: NodeJS.ErrnoException): void =>
    giveUp(`${formatAddress(address)} cannot be spoken to by TLS: ${describeTlsError(error)}`);
  const onTimeout = (): void => giveUp(`${formatAddress(address)} does not answer`);
  const onClientGone = (): void => giveUp(null);
  const timer = setTimeout(onTimeout, CONNECT_MS);
  const stopWaiting = (): void => {
    clearTimeout(timer);
    raw.off("error", onError);
    socket.off("error", onTlsError);
    client.socket.off("error", onClientGone).off("close", onClientGone);
  };
  const join = (): void => {
    stopWaiting();
    const tlsSocket = clientTls ?? (target.tls ? (socket as TLSSocket) : null);
    const info = {
      client: endName(client.raw, listener),
      server: endName(raw, formatAddress(address)),
      tls: tlsSocket === null ? null : tlsRecordOf(tlsSocket),
    };
    joined({ socket, raw }, info);
  };
  client.socket.on("error", onClientGone).on("close", onClientGone);
  raw.on("error", onError);
  raw.once("connect", () => {
    if (!target.tls) {
      join();
      return;
    }
    raw.off("error", onError).on("error", ignore);
    const host = address.kind === "tcp" ? address.host : "localhost";
    socket = connectTls(raw, host, (clientTls?.alpnProtocol as string | false | undefined) || null, targetTls);
    socket.on("error", onTlsError).once("secureConnect", join);
  });
  return () => giveUp(null);
}

/** "127.0.0.1:41234"; the name of the Unix socket for its clients, which have none. */
function endName({ remoteAddress, remotePort }: Socket, otherwise: string): string {
  if (remoteAddress === undefined || remotePort === undefined) return otherwise;
  return formatEnds(remoteAddress.replace(/^::ffff:(?=\d+\.)/, ""), remotePort);
}

function describeConnectError(error: NodeJS.ErrnoException, { address }: Target): string {
  const name = formatAddress(address);
  // Where a name has several addresses, each has its own error.
  const { code, message } = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
  if (code === "ECONNREFUSED") return `${name} refuses connections: does its server run?`;
  if (code === "ENOENT") return `${name} is not there: does its server run?`;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `nobody knows the host of ${name}`;
  if (code === "EMFILE" || code === "ENFILE")
    return `no more connections can be opened, there are too many: raise the limit of open files (ulimit -n)`;
  if (code === "ECONNRESET" || code === "EPIPE") return `${name} takes connections and resets them at once`;
  if (code === "ETIMEDOUT") return `${name} does not answer`;
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return `no way leads to ${name}`;
  if (code === "EADDRNOTAVAIL") return `no local port is free for another connection to ${name}`;
  return `cannot connect to ${name}: ${describeSystemError({ code, message })}`;
}

function ignore(): void {}
