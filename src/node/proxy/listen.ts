/** `--listen` and `--target`: a server for each pair; every connection to it is passed on, and recorded. */
import { existsSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import type tls from "node:tls";
import { InputError } from "../input-error.js";
import { describeSystemError } from "../system-error.js";
import { type Address, formatAddress, formatEnds, type Target } from "./address.js";
import { connectTarget } from "./connect.js";
import type { Recorder } from "./recorder.js";
import { type End, Relay } from "./relay.js";
import { createTlsServer, describeTlsError, type TlsFiles, targetTlsOptions } from "./tls.js";

export interface Pair {
  readonly listen: Address;
  readonly target: Target;
}

/** As many as the system keeps for one that does not accept at once: thousands of clients may come at the same moment. */
const BACKLOG = 4096;

export class PassThrough {
  private readonly servers: Server[] = [];
  private readonly relays = new Set<Relay>();
  /** Clients whose target is being connected to: what gives each of them up. */
  private readonly joining = new Set<() => void>();
  /** Sockets whose TLS is ended here, from before their handshake on. */
  private readonly belowTls = new Set<Socket>();
  private readonly targetTls: tls.ConnectionOptions;

  /** Throws InputError. `complain` gets a sentence, and what it is about: the same is said many times. */
  constructor(
    private readonly tlsFiles: TlsFiles,
    private readonly recorder: Recorder,
    private readonly complain: (sentence: string, about: string) => void,
  ) {
    this.targetTls = targetTlsOptions(tlsFiles);
  }

  /** Connections that are open, or being joined. */
  get connections(): number {
    return this.relays.size + this.joining.size;
  }

  /** The address that it listens at. Rejects with InputError. */
  async listen({ listen, target }: Pair): Promise<string> {
    const tlsServer = createTlsServer(this.tlsFiles);
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const name = { text: formatAddress(listen) };
    const take = (end: End, tlsSocket: tls.TLSSocket | null): void => this.take(end, tlsSocket, name.text, target);
    if (tlsServer === null) server.on("connection", (raw: Socket) => take({ socket: raw, raw }, null));
    else this.endTls(server, tlsServer, listen, take);
    await bind(server, listen);
    server.on("error", (error) =>
      this.complain(`${name.text} takes no more clients: ${describeSystemError(error)}`, "accept"),
    );
    this.servers.push(server);
    const bound = server.address();
    if (bound !== null && typeof bound !== "string") name.text = formatEnds(bound.address, bound.port);
    return name.text;
  }

  /** Nobody new is taken. */
  stopListening(): void {
    for (const server of this.servers) server.close();
    for (const giveUp of [...this.joining]) giveUp();
  }

  /** Ends what is open: what was read is still written, but nobody is waited for. */
  end(): void {
    for (const relay of [...this.relays]) relay.end();
  }

  destroy(): void {
    for (const relay of [...this.relays]) relay.destroy();
    for (const raw of [...this.belowTls]) raw.destroy();
  }

  private endTls(
    server: Server,
    tlsServer: tls.Server,
    { kind }: Address,
    take: (end: End, socket: tls.TLSSocket) => void,
  ): void {
    /** By their address: the sockets below the TLS ones, which alone can be reset. */
    const below = new Map<string, Socket>();
    server.on("connection", (raw: Socket) => {
      const key = addressOf(raw);
      below.set(key, raw);
      this.belowTls.add(raw);
      raw.on("close", () => {
        this.belowTls.delete(raw);
        if (below.get(key) === raw) below.delete(key);
      });
      tlsServer.emit("connection", raw);
    });
    tlsServer.on("secureConnection", (socket) => {
      const raw = kind === "unix" ? socket : below.get(addressOf(socket));
      // Without an address it was reset meanwhile.
      if (raw === undefined) socket.on("error", () => {}).destroy();
      else take({ socket, raw }, socket);
    });
    tlsServer.on("tlsClientError", (error, socket) => {
      const from = socket.remoteAddress ?? "a client";
      // One who looks whether the port is open.
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET")
        this.complain(`TLS with ${from} failed: ${describeTlsError(error)}`, "client TLS");
      socket.destroy();
    });
  }

  /** By TLS 1.3 a target may refuse a client behind the handshake. */
  private complainOfTls(error: NodeJS.ErrnoException, name: string): void {
    if (error.code?.startsWith("ERR_SSL"))
      this.complain(`${name} ended the TLS connection: ${describeTlsError(error)}`, `target ${name}`);
  }

  private take(client: End, tlsSocket: tls.TLSSocket | null, listener: string, target: Target): void {
    const name = formatAddress(target.address);
    const giveUp = connectTarget(
      client,
      tlsSocket,
      { target, listener, targetTls: this.targetTls },
      (end, info) => {
        this.joining.delete(giveUp);
        if (target.tls) end.socket.on("error", (error) => this.complainOfTls(error, name));
        const relay: Relay = new Relay([client, end], this.recorder.connection(info), () => this.relays.delete(relay));
        this.relays.add(relay);
      },
      (reason) => {
        this.joining.delete(giveUp);
        if (reason !== null) this.complain(reason, `target ${name}`);
      },
    );
    this.joining.add(giveUp);
  }
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

async function bind(server: Server, address: Address): Promise<void> {
  try {
    await tryBind(server, address);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" && address.kind === "unix" && isSocket(address.path) && !(await answers(address.path))) {
      // Left behind by one that was killed. Nothing but a socket may ever be removed.
      unlinkSync(address.path);
      await tryBind(server, address);
      return;
    }
    throw new InputError(describeBindError(error as NodeJS.ErrnoException, address));
  }
}

function tryBind(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(
      {
        ...(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port }),
        backlog: BACKLOG,
      },
      () => {
        server.off("error", reject);
        resolve();
      },
    );
  });
}

function isSocket(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

/** Whether somebody listens on a Unix socket; true where that cannot be told. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(path);
    socket
      .on("connect", () => resolve(true))
      .on("error", (error) => resolve((error as NodeJS.ErrnoException).code !== "ECONNREFUSED"));
    socket.on("connect", () => socket.destroy());
  });
}

function describeBindError(error: NodeJS.ErrnoException, address: Address): string {
  const name = formatAddress(address);
  const what = address.kind === "unix" ? "path" : "port";
  if (address.kind === "unix") {
    if (error.code === "EADDRINUSE" && !isSocket(address.path))
      return `cannot listen on ${name}: something else than a socket is there; choose another path`;
    // libuv says EACCES.
    if (!existsSync(dirname(address.path))) return `cannot listen on ${name}: there is no such folder`;
  }
  if (error.code === "EADDRINUSE")
    return `cannot listen on ${name}: another program does; stop it, or choose another ${what}`;
  if (error.code === "EACCES" && address.kind === "tcp")
    return `not allowed to listen on ${name}: choose a port above 1023, or allow it (setcap cap_net_bind_service=ep on node)`;
  if (error.code === "EADDRNOTAVAIL") return `cannot listen on ${name}: this machine has no such address`;
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN")
    return `cannot listen on ${name}: nobody knows that host`;
  return `cannot listen on ${name}: ${describeSystemError(error)}`;
}
