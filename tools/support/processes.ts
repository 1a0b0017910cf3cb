/** Child processes of the tools: every one is awaited, and one that fails fails the tool. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

export class Peer {
  stdout = "";
  stderr = "";
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  /** With `stdout` given, standard output goes to that file descriptor. */
  constructor(command: string, args: readonly string[], stdout?: number) {
    this.#name = [command, ...args].join(" ");
    this.#child = spawn(command, args, { cwd: REPOSITORY, stdio: ["ignore", stdout ?? "pipe", "pipe"] });
    this.#closed = once(this.#child, "close");
    this.#closed.catch(() => {});
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once standard output or standard error has the text. */
  async waitFor(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout) && !pattern.test(this.stderr)) {
      if (!this.running) {
        await this.#closed;
        throw new Error(`${this.#name} ended early:\n${this.stdout}${this.stderr}`);
      }
      await sleep(10);
    }
  }

  async end(expected: readonly number[] = [0]): Promise<this> {
    await this.#closed;
    if (!expected.includes(this.#child.exitCode ?? -1)) {
      const ending = this.#child.signalCode ?? `status ${this.#child.exitCode}`;
      throw new Error(`${this.#name} ended with ${ending}:\n${this.stdout}${this.stderr}`);
    }
    return this;
  }

  async stop(signal: NodeJS.Signals): Promise<this> {
    this.#child.kill(signal);
    return await this.end();
  }
}

export function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Waits until every connection on these ports is closed by both ends (Linux: only LISTEN and TIME_WAIT are left). */
export async function waitUntilClosed(ports: readonly number[]): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (!hasOpenConnection(ports)) {
      return;
    }
    await sleep(20);
  }
  throw new Error(`connections on port ${ports.join(", ")} are still open`);
}

function hasOpenConnection(ports: readonly number[]): boolean {
  const TIME_WAIT = "06";
  const LISTEN = "0A";
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of lines(readFileSync(file, "latin1")).slice(1)) {
      const [, local, remote, state] = line.trim().split(/\s+/);
      const used = [local!, remote!].map((address) => Number.parseInt(address.split(":")[1]!, 16));
      if (state !== TIME_WAIT && state !== LISTEN && used.some((port) => ports.includes(port))) {
        return true;
      }
    }
  }
  return false;
}
