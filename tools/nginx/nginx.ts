/** A real nginx in front of calculators: nginx.conf with other addresses, its prefix in a temporary folder, ended by `stop`. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lines, Peer, REPOSITORY } from "../support/processes.js";

/** What the configuration names: where nginx listens, and the servers behind it. */
export const LISTEN = "127.0.0.1:50050";
export const BACKENDS = ["127.0.0.1:50051", "127.0.0.1:50052"] as const;

/** One line of the access log. */
export interface LoggedRequest {
  /** "POST /Cal/Add HTTP/2.0" */
  readonly request: string;
  /** HTTP's. */
  readonly status: number;
  /** $upstream_addr: "127.0.0.1:50051". */
  readonly upstream: string;
  /** $upstream_response_time, in milliseconds. */
  readonly upstreamMs: number;
}

export interface Nginx {
  readonly running: boolean;
  /** Of the access log, as it stands. */
  log(): string[];
  /** Ends it and returns its access log. */
  stop(): Promise<LoggedRequest[]>;
}

/** `keepalive`: one connection to a backend carries one request after the other, as long as it lasts. */
export async function startNginx(listen: string, backends: readonly string[], keepalive = false): Promise<Nginx> {
  const prefix = mkdtempSync(join(tmpdir(), "cal-inspect-nginx-"));
  mkdirSync(join(prefix, "temp"));
  writeFileSync(join(prefix, "nginx.conf"), configuration(listen, backends, keepalive));
  const nginx = new Peer("nginx", ["-p", prefix, "-c", "nginx.conf", "-e", "stderr"]);
  const log = () => lines(readFileSync(join(prefix, "access.log"), "utf8"));
  await untilItListens(listen, nginx);
  return {
    get running() {
      return nginx.running;
    },
    log,
    async stop() {
      if (nginx.running) await nginx.stop("SIGQUIT");
      const requests = log().map(readRequest);
      rmSync(prefix, { recursive: true });
      return requests;
    },
  };
}

function configuration(listen: string, backends: readonly string[], keepalive: boolean): string {
  const text = readFileSync(join(REPOSITORY, "tools/nginx/nginx.conf"), "utf8");
  const servers = backends.map((backend) => `    server ${backend};\n`).join("");
  return text
    .replace(/(?: +server 127\.0\.0\.1:[0-9]+;\n)+/, keepalive ? `${servers}    keepalive 1;\n` : servers)
    .replace(`listen ${LISTEN} `, `listen ${listen} `);
}

const LINE = /^\S+ "([^"]*)" ([0-9]+) [0-9]+ upstream (\S+) ([0-9.]+) of [0-9.]+ s$/;

function readRequest(line: string): LoggedRequest {
  const match = LINE.exec(line);
  if (match === null) throw new Error(`not a line of the access log: ${line}`);
  const [, request, status, upstream, seconds] = match;
  return { request: request!, status: Number(status), upstream: upstream!, upstreamMs: Number(seconds) * 1e3 };
}

async function untilItListens(address: string, nginx: Peer): Promise<void> {
  const [host, port] = address.split(":");
  while (!(await connects(host!, Number(port)))) {
    if (!nginx.running) {
      throw new Error(`nginx ended early:\n${nginx.stderr}`);
    }
    await sleep(20);
  }
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
