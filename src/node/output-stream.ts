/**
 * Text out, to standard output or a file: gathered to about 1 MiB, written with back-pressure. A closed pipe (`| head`) is no
 * error: writing stops, and whoever asks learns it from `closed`.
 */
import { createWriteStream, fstatSync, openSync } from "node:fs";
import type { Writable } from "node:stream";
import { isMainThread } from "node:worker_threads";
import { describeSystemError } from "./system-error.js";

const GATHER_BYTES = 1024 * 1024;
/** File descriptor of standard output. */
const STDOUT = 1;

export class OutputError extends Error {}

export class OutputStream {
  /** The reader has gone: nothing more needs to be made. */
  closed = false;
  /** Called before anything goes out: whatever else is on the same terminal makes room. */
  beforeWrite: () => void = () => {};
  private buffer = Buffer.allocUnsafe(GATHER_BYTES);
  /** What is gathered: `buffer[start, length)`. The stream may still have what stands before. */
  private start = 0;
  private length = 0;
  private flushing = false;
  private error: Error | null = null;
  private readonly finished: Promise<void>;
  /** A thread hands its standard output on as whole buffers: to the last byte, whatever part of them is meant. */
  private readonly copies: boolean;

  private constructor(
    private readonly stream: Writable,
    private readonly name: string,
  ) {
    this.copies = !isMainThread && stream === process.stdout;
    this.finished = new Promise((resolve) => {
      stream.once("close", resolve);
      stream.once("finish", resolve);
    });
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.closed = true;
      if (error.code !== "EPIPE") this.error = error;
    });
  }

  static stdout(): OutputStream {
    const stream =
      !isMainThread && takesAll(STDOUT) ? createWriteStream("", { fd: STDOUT, autoClose: false }) : process.stdout;
    return new OutputStream(stream, "standard output");
  }

  /** Creates or overwrites the file. Throws OutputError. */
  static file(path: string): OutputStream {
    try {
      return new OutputStream(createWriteStream(path, { fd: openSync(path, "w") }), path);
    } catch (error) {
      throw new OutputError(`cannot write ${path}: ${describeSystemError(error)}`);
    }
  }

  /** Everything is copied or encoded at once: kept as strings, the pieces they were put together from would stay alive. */
  readonly write = (text: string | Uint8Array): void => {
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    const most = typeof text === "string" ? text.length * 3 : text.length;
    if (most > this.buffer.length - this.length) this.makeRoom();
    if (most > GATHER_BYTES) {
      if (!this.closed) this.send(typeof text === "string" ? text : text.slice());
    } else if (typeof text === "string") this.length += this.buffer.write(text, this.length);
    else {
      this.buffer.set(text, this.length);
      this.length += text.length;
    }
  };

  /** True: more is waiting than the reader takes; `await drain()` before making more. */
  get full(): boolean {
    return this.stream.writableNeedDrain && !this.closed;
  }

  async drain(): Promise<void> {
    if (!this.full) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.stream.off("drain", done).off("close", done).off("error", done);
        resolve();
      };
      this.stream.once("drain", done).once("close", done).once("error", done);
    });
  }

  /** Hands on what is gathered. */
  flush(): void {
    if (this.length === this.start) return;
    const gathered = this.buffer.subarray(this.start, this.length);
    if (!this.closed) this.send(this.copies ? new Uint8Array(gathered) : gathered);
    // Files and pipes take it at once; else the stream keeps it until it is out.
    const isOut = this.copies || this.stream.writableLength === 0;
    this.start = this.length = isOut ? 0 : this.length;
  }

  /** Goes on in a new buffer, where the stream still has parts of this one. */
  private makeRoom(): void {
    this.flush();
    if (this.start > 0 && this.stream.writableLength > 0) this.buffer = Buffer.allocUnsafe(GATHER_BYTES);
    this.start = this.length = 0;
  }

  /** For live input: hands on what this turn of the event loop gathers, when it is over. */
  flushSoon(): void {
    if (this.flushing) return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      this.flush();
    });
  }

  private send(piece: string | Uint8Array): void {
    this.beforeWrite();
    this.stream.write(piece);
  }

  /** Writes the rest and waits until it is out. Throws OutputError when something could not be written. */
  async end(): Promise<void> {
    this.flush();
    if (this.stream === process.stdout) await new Promise<void>((resolve) => this.stream.write("", () => resolve()));
    else if (!this.closed) {
      this.stream.end();
      await this.finished;
    }
    if (this.error !== null) throw new OutputError(`cannot write ${this.name}: ${describeSystemError(this.error)}`);
  }
}

/**
 * Whether a descriptor can be written by a thread's own file system calls: a terminal, which would hold up the main thread while
 * its user has stopped it, or a file. A pipe or socket belongs to the main thread, which has made it non-blocking.
 */
function takesAll(descriptor: number): boolean {
  const kind = fstatSync(descriptor);
  return kind.isFile() || kind.isCharacterDevice();
}
