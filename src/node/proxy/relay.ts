/**
 * Two sockets → one connection: what one sends the other gets, unchanged and in order, no faster than it takes it; the end of a side
 * as its end, a reset as a reset.
 *
 * Whoever looks on gets the bytes after they were written to the other side.
 */
import type { Socket } from "node:net";
import type { CloseReason, Side } from "../../bytes/byte-stream-sink.js";

/** A socket, and the TCP or Unix one below it where it speaks TLS. */
export interface End {
  readonly socket: Socket;
  readonly raw: Socket;
}

/** Who looks on. */
export interface Onlooker {
  data(side: Side, bytes: Uint8Array): void;
  close(side: Side, reason: CloseReason): void;
}

/** How long a side that reads no more is waited for, where the other was reset: it would never learn of that. */
const WAIT_MS = 10_000;

export class Relay {
  private readonly sidesClosed: [boolean, boolean] = [false, false];
  private readonly socketsClosed: [boolean, boolean] = [false, false];
  /** What comes now goes nowhere; it is still read, so that no end is missed. */
  private over = false;

  /** Both ends are connected. `closed` is called once both are gone. */
  constructor(
    private readonly ends: readonly [client: End, target: End],
    private readonly onlooker: Onlooker,
    private readonly closed: () => void,
    private readonly waitMs = WAIT_MS,
  ) {
    this.pass(0);
    this.pass(1);
  }

  /** Ends both sides: what was read is still written. */
  end(): void {
    this.over = true;
    for (const side of [0, 1] as const) {
      this.tellClose(side, "eof");
      this.ends[side].socket.resume().destroySoon();
    }
  }

  /** Ends both sides as they are. */
  destroy(): void {
    this.over = true;
    for (const side of [0, 1] as const) {
      this.tellClose(side, "eof");
      this.ends[side].socket.destroy();
    }
  }

  private pass(side: Side): void {
    const { onlooker } = this;
    const from = this.ends[side].socket;
    const to = this.ends[other(side)].socket;
    from.on("data", (bytes: Buffer) => {
      if (this.over) return;
      const takesMore = to.write(bytes);
      onlooker.data(side, bytes);
      if (!takesMore) from.pause();
    });
    to.on("drain", () => from.resume());
    const ended = (): void => {
      this.tellClose(side, "fin");
      // Not before the rest is out: a socket that still has to shut down cannot be reset.
      if (!this.over) flushed(to, () => to.end());
      this.watchTls(side);
    };
    // A client that sent nothing but its end was read to it while the target was connected to.
    if (from.readableEnded) ended();
    else from.on("end", ended);
    from.on("error", () => this.broken(side));
    from.on("close", () => this.gone(side));
  }

  /** That end was reset, or cannot be reached any more: so is the other, behind what was sent to it. */
  private broken(side: Side): void {
    this.tellClose(side, "rst");
    this.tellClose(other(side), "rst");
    this.over = true;
    const end = this.ends[other(side)];
    end.socket.resume();
    reset(end, this.waitMs);
  }

  /**
   * Node takes a reset right behind a TLS handshake for an end where it fails to write session tickets, and what is written then
   * neither gets out nor fails.
   */
  private watchTls(side: Side): void {
    const { socket, raw } = this.ends[side];
    if (socket === raw) return;
    let written = raw.bytesWritten;
    const timer = setInterval(() => {
      if (socket.writableLength > 0 && raw.bytesWritten === written) socket.destroy(new Error("takes nothing more"));
      written = raw.bytesWritten;
    }, this.waitMs);
    socket.once("close", () => clearInterval(timer));
  }

  private gone(side: Side): void {
    this.socketsClosed[side] = true;
    if (!this.socketsClosed[other(side)]) {
      // Closed by neither an end nor an error: by ourselves, or by TLS.
      const isWhole = this.ends.every(({ socket }) => socket.readableEnded);
      if (!isWhole && !this.over) this.broken(side);
      return;
    }
    this.tellClose(0, "eof");
    this.tellClose(1, "eof");
    this.closed();
  }

  private tellClose(side: Side, reason: CloseReason): void {
    if (this.sidesClosed[side]) return;
    this.sidesClosed[side] = true;
    this.onlooker.close(side, reason);
  }
}

function other(side: Side): Side {
  return side === 0 ? 1 : 0;
}

const NOTHING = new Uint8Array(0);

/** Calls back once what was written to a socket is out; never, where it breaks before. */
function flushed(socket: Socket, then: () => void): void {
  if (socket.destroyed) return;
  if (socket.writableLength === 0) then();
  else socket.write(NOTHING, (error) => error || then());
}

/**
 * Closes an end with RST, once what was written to it is out, or at the latest after `waitMs`; a Unix socket, which knows none, just
 * closes.
 *
 * Node leaks a socket that is reset while it shuts down: libuv refuses that (EINVAL, uv_tcp_close_reset), and it is never closed.
 */
export function reset(end: End, waitMs = WAIT_MS): void {
  const { socket, raw } = end;
  if (socket.destroyed) return;
  const timer = setTimeout(() => {
    if (isShuttingDown(socket)) raw.destroy();
    resetNow(end);
  }, waitMs);
  socket.once("close", () => clearTimeout(timer));
  const attempt = (): void => {
    if (socket.destroyed) return;
    if (isShuttingDown(socket)) socket.once("finish", attempt);
    else if (socket.writableFinished || socket.writableLength === 0) resetNow(end);
    else flushed(socket, attempt);
  };
  attempt();
}

function isShuttingDown({ writableEnded, writableFinished }: Socket): boolean {
  return writableEnded && !writableFinished;
}

function resetNow({ socket, raw }: End): void {
  try {
    raw.resetAndDestroy();
  } catch {
    // ERR_INVALID_HANDLE_TYPE: no TCP socket.
  }
  socket.destroy();
}
