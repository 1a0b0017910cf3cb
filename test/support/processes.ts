/** Child processes for tests: run one to its end, or start one and wait for what it prints. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll } from "@jest/globals";

const POLL_MS = 10;

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** It leads a process group of its own, as in a terminal. */
  readonly detached?: boolean;
}

/** Runs a command to its end; its standard input is empty. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return await start(command, args, options).finished();
}

export class Running {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, "close");
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Nobody reads its standard output any more. */
  closeOutput(): void {
    this.#child.stdout!.destroy();
  }

  /** Resolves with the match once standard output or standard error has it; rejects when the process ends without it. */
  async waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    let ended = false;
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match) {
        return match;
      }
      if (ended) {
        throw new Error(`ended without printing ${pattern}:\n${this.stdout}${this.stderr}`);
      }
      ended = await Promise.race([this.#closed.then(() => true), sleep(POLL_MS, false)]);
    }
  }

  async finished(): Promise<Finished> {
    await this.#closed;
    return { status: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Finished> {
    this.#child.kill(signal);
    return await this.finished();
  }
}

export function start(command: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(command, args, {
    cwd: options.cwd ?? REPOSITORY,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: options.detached,
  });
  return new Running(endWithTests(child));
}

const alive = new Set<ChildProcess>();

/** What a test that failed left running would keep the whole run from ending. */
export function endWithTests<T extends ChildProcess>(child: T): T {
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  return child;
}

afterAll(() => {
  for (const child of alive) child.kill("SIGKILL");
});

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") {
    throw new Error("no port");
  }
  return address.port;
}
