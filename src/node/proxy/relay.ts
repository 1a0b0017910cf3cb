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

export class Relay {
  private readonly sidesClosed: [boolean, boolean] = [false, false];
  private readonly socketsClosed: [boolean, boolean] = [false, false];

  /** Both ends are connected. `closed` is called once both are gone. */
  constructor(
    private readonly ends: readonly [client: End, target: End],
    private readonly onlooker: Onlooker,
    private readonly closed: () => void,
  ) {
    this.pass(0);
    this.pass(1);
  }

  /** Ends both sides: what was read is still written. */
  end(): void {
    for (const side of [0, 1] as const) {
      this.tellClose(side, "eof");
      this.ends[side].socket.destroySoon();
    }
  }

  /** Ends both sides as they are. */
  destroy(): void {
    for (const side of [0, 1] as const) {
      this.tellClose(side, "eof");
      this.ends[side].socket.destroy();
    }
  }

  private pass(side: Side): void {
    const { onlooker } = this;
    const from = this.ends[side].socket;
    const to = this.ends[1 - side].socket;
    from.on("data", (bytes: Buffer) => {
      const takesMore = to.write(bytes);
      onlooker.data(side, bytes);
      if (!takesMore) from.pause();
    });
    to.on("drain", () => from.resume());
    from.on("end", () => {
      to.end();
      this.tellClose(side, "fin");
    });
    from.on("error", () => this.broken(side));
    from.on("close", () => this.gone(side));
  }

  /** That end was reset, or cannot be reached any more: so is the other, behind what was sent to it. */
  private broken(side: Side): void {
    this.tellClose(side, "rst");
    this.tellClose(other(side), "rst");
    reset(this.ends[1 - side]);
  }

  private gone(side: Side): void {
    this.socketsClosed[side] = true;
    const { socket } = this.ends[side];
    // Closed by neither an end nor an error: by ourselves, or by TLS.
    if (!socket.readableEnded && !this.socketsClosed[1 - side]) {
      this.tellClose(side, "rst");
      reset(this.ends[1 - side]);
    }
    if (!this.socketsClosed[1 - side]) return;
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

/** Closes an end with RST, once what was written to it is out; a Unix socket, which knows none, just closes. */
export function reset(end: End): void {
  const { socket } = end;
  if (socket.destroyed) return;
  if (socket.writableLength === 0 || socket.writableEnded) resetNow(end);
  else socket.write(NOTHING, () => resetNow(end));
}

function resetNow({ socket, raw }: End): void {
  try {
    raw.resetAndDestroy();
  } catch {
    // ERR_INVALID_HANDLE_TYPE: no TCP socket.
  }
  socket.destroy();
}
