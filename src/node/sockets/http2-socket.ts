/**
 * Makes an HTTP/2 session use the JavaScript side of a socket.
 *
 * node:http2 takes a socket's handle and reads and writes it in native code, past any listener. Where the handle does not say that
 * it is a native stream (`isStreamBase`), a session does what it does for any other Duplex: it puts a stream of its own, node's
 * JSStreamSocket, before it, and uses that. What would be lost on the way, the addresses, TCP_NODELAY, keep-alive and `unref`, is
 * handed on to the socket behind it.
 */
import { performServerHandshake } from "node:http2";
import { Socket } from "node:net";
import { Duplex } from "node:stream";

/** Sockets whose sessions were brought here. */
const claimed = new WeakSet<object>();

/** To be called before a session is made on the socket. */
export function useJavaScriptSide(socket: Socket): void {
  if (claimed.has(socket)) return;
  claimed.add(socket);
  patchStreamSocket();
  const handle = handleOf(socket);
  if (handle !== null) {
    handle.isStreamBase = false;
    return;
  }
  // It has not begun to connect: handles come, several where a name has several addresses.
  const accessor = accessorOf(socket);
  if (accessor === null) return;
  Object.defineProperty(socket, "_handle", {
    configurable: true,
    get: () => accessor.get?.call(socket),
    set(next: Handle | null) {
      if (next) next.isStreamBase = false;
      accessor.set?.call(socket, next);
    },
  });
}

/** `_handle` as node:net has it: an accessor of the prototype. null: it has it otherwise in this version. */
function accessorOf(socket: Socket): PropertyDescriptor | null {
  for (let object = socket; object !== null; object = Object.getPrototypeOf(object)) {
    const found = Object.getOwnPropertyDescriptor(object, "_handle");
    if (found !== undefined) return found.set === undefined ? null : found;
  }
  return null;
}

interface Handle {
  isStreamBase: boolean;
}

function handleOf(socket: Socket): Handle | null {
  return (socket as unknown as { _handle: Handle | null })._handle ?? null;
}

/** What a session's stream must ask the socket behind it for. */
const METHODS = [
  "ref",
  "unref",
  "setNoDelay",
  "setKeepAlive",
  "_getpeername",
  "_getsockname",
  "getPeerCertificate",
  "getCipher",
];
const VALUES = ["encrypted", "alpnProtocol", "authorized", "servername"];

let patched = false;

/** Once, and for the streams of claimed sockets only. */
function patchStreamSocket(): void {
  if (patched) return;
  patched = true;
  const prototype = streamSocketPrototype();
  if (prototype === null) return;
  const inherited = Socket.prototype as unknown as Record<string, unknown>;
  for (const name of METHODS) {
    const own = prototype[name] ?? inherited[name];
    Object.defineProperty(prototype, name, {
      configurable: true,
      writable: true,
      value(this: { stream?: Record<string, unknown> }, ...args: unknown[]) {
        const behind = claimedBehind(this);
        const method = behind === null ? own : behind[name];
        return typeof method === "function" ? method.apply(behind ?? this, args) : undefined;
      },
    });
  }
  for (const name of VALUES) {
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: { stream?: Record<string, unknown> }) {
        return claimedBehind(this)?.[name];
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { configurable: true, writable: true, enumerable: true, value });
      },
    });
  }
}

function claimedBehind({ stream }: { stream?: Record<string, unknown> }): Record<string, unknown> | null {
  return stream !== undefined && claimed.has(stream) ? stream : null;
}

/** Node does not export the class: a session on a Duplex of ours has one. null: it looks otherwise in this version. */
function streamSocketPrototype(): Record<string, unknown> | null {
  const duplex = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const session = performServerHandshake(duplex);
  const prototype = Object.getPrototypeOf(session.socket);
  session.destroy();
  duplex.destroy();
  return prototype === Socket.prototype ? null : prototype;
}
