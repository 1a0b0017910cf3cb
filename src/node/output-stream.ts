/**
 * Text out, to standard output or a file: gathered to about 1 MiB, written with back-pressure. A closed pipe (`| head`) is no
 * error: writing stops, and whoever asks learns it from `closed`.
 */
import { createWriteStream, openSync } from "node:fs";
import type { Writable } from "node:stream";
import { describeSystemError } from "./system-error.js";

const GATHER_CHARACTERS = 1024 * 1024;

export class OutputError extends Error {}

export class OutputStream {
  /** The reader has gone: nothing more needs to be made. */
  closed = false;
  private pieces: string[] = [];
  private characters = 0;
  private error: Error | null = null;
  private readonly finished: Promise<void>;

  private constructor(
    private readonly stream: Writable,
    private readonly name: string,
  ) {
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
    return new OutputStream(process.stdout, "standard output");
  }

  /** Creates or overwrites the file. Throws OutputError. */
  static file(path: string): OutputStream {
    try {
      return new OutputStream(createWriteStream(path, { fd: openSync(path, "w") }), path);
    } catch (error) {
      throw new OutputError(`cannot write ${path}: ${describeSystemError(error)}`);
    }
  }

  readonly write = (text: string): void => {
    this.pieces.push(text);
    this.characters += text.length;
    if (this.characters >= GATHER_CHARACTERS) this.flush();
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
    if (this.characters > 0 && !this.closed) this.stream.write(this.pieces.join(""));
    this.pieces = [];
    this.characters = 0;
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
