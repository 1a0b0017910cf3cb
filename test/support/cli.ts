/** Runs the built command as a user would, and gives back all that it said. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { endWithTests } from "./processes.js";

export const COMMAND = resolve("dist/cli/main.js");

export interface RunOptions {
  readonly stdin?: Uint8Array | string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface RunResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((done, fail) => {
    const child = endWithTests(
      spawn(process.execPath, [COMMAND, ...args], {
        cwd: options.cwd,
        env: { PATH: process.env.PATH, ...options.env },
        stdio: "pipe",
      }),
    );
    const text = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (chunk) => (text.stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk) => (text.stderr += chunk));
    child.on("error", fail);
    child.on("close", (status) => done({ status, ...text }));
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
  });
}

/** The records of a `--json` or events output. */
export function parseLines<T>(stdout: string): T[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
