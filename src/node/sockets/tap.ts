/**
 * A net.Socket or tls.TLSSocket → what is read from it and written to it, in the order in which the program sees it.
 *
 * It looks on at the two methods through which bytes enter and leave a socket's JavaScript side: `push`, which Node calls with what
 * was read, and `_write`/`_writev`. No listener for "data" or "error" is added, nothing is read, paused or resumed, so that the
 * program notices nothing. An HTTP/2 session reads past that side; http2-socket.ts brings it back.
 */
import type { Socket } from "node:net";

/** Both directions as this end sees them. Borrowed bytes. */
export interface TapSink {
  received(bytes: Uint8Array): void;
  sent(bytes: Uint8Array): void;
  receivedEnd(): void;
  sentEnd(): void;
  /** Both directions are over. `failed`: by an error, such as a reset. */
  closed(failed: boolean): void;
}

type Callback = (error?: Error | null) => void;

/** The methods that are looked on at: Node's own, as its streams call them. */
interface SocketInside {
  push(chunk: Uint8Array | string | null, encoding?: BufferEncoding): boolean;
  _write(chunk: Uint8Array | string, encoding: BufferEncoding, callback: Callback): void;
  _writev(chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[], callback: Callback): void;
}

/** Returns how to stop looking. `sink` must not throw. */
export function tapSocket(socket: Socket, sink: TapSink): () => void {
  let looking = true;
  const inside = socket as unknown as SocketInside;
  const { push, _write, _writev } = inside;
  inside.push = function (chunk, encoding) {
    if (looking) {
      if (chunk === null) sink.receivedEnd();
      else sink.received(bytesOf(chunk, encoding));
    }
    return push.call(this, chunk, encoding);
  };
  inside._write = function (chunk, encoding, callback) {
    if (looking) sink.sent(bytesOf(chunk, encoding));
    _write.call(this, chunk, encoding, callback);
  };
  inside._writev = function (chunks, callback) {
    if (looking) for (const { chunk, encoding } of chunks) sink.sent(bytesOf(chunk, encoding));
    _writev.call(this, chunks, callback);
  };
  socket.once("finish", () => looking && sink.sentEnd());
  socket.once("close", (failed) => looking && sink.closed(failed));
  return () => {
    looking = false;
  };
}

function bytesOf(chunk: Uint8Array | string, encoding: BufferEncoding | undefined): Uint8Array {
  return typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
}
