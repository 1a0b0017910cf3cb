/** Capture bytes that are being made → a session: pushed as they come, kept in a file where that is asked, until they end or are ended. */
import { closeSync, openSync, writeSync } from "node:fs";
import { readInput } from "../node/input.js";
import { OutputError } from "../node/output-stream.js";
import { describeSystemError } from "../node/system-error.js";
import { takeUntil } from "../node/take-until.js";
import type { LiveSession } from "./live-session.js";

/** Keeps what was read: the very bytes that were decoded. */
export class PacketFile {
  private readonly fd: number;

  /** Creates or overwrites the file. Throws OutputError. */
  constructor(private readonly path: string) {
    this.fd = this.attempt(() => openSync(path, "w"));
  }

  /** Throws OutputError. */
  write(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) at += this.attempt(() => writeSync(this.fd, chunk, at));
  }

  close(): void {
    closeSync(this.fd);
  }

  private attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw new OutputError(`cannot write ${this.path}: ${describeSystemError(error)}`);
    }
  }
}

/** Reads all of it, or until nobody reads what is printed. Throws what reading and writing throw. */
export async function readLive(
  chunks: AsyncIterable<Uint8Array>,
  session: LiveSession,
  file: PacketFile | null = null,
): Promise<void> {
  for await (const chunk of chunks) {
    file?.write(chunk);
    session.inspector.push(chunk);
    session.pushed(chunk.length);
    if (session.full) await session.drain();
    if (session.closed) return;
  }
}

/** Ctrl-C reaches the program before the pipe too: what it still has to say is waited for. */
const STDIN_GRACE_MS = 300;

/** Standard input until its end or, shortly after, a signal that asks this process to end. Throws InputError. */
export async function* standardInput(durationMs: number | null = null): AsyncGenerator<Uint8Array> {
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const timer = durationMs === null ? null : setTimeout(stop, durationMs);
  const forget = onInterrupt(() => setTimeout(stop, STDIN_GRACE_MS));
  try {
    yield* takeUntil(readInput("-"), stopped);
  } finally {
    forget();
    if (timer !== null) clearTimeout(timer);
    process.stdin.destroy();
  }
}

/** Calls `stop` at the first signal that asks this process to end, and at each further one. */
export function onInterrupt(stop: () => void): () => void {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
