/** The ways to a calculator that are measured: straight, through a plain relay, through the proxy, through nginx. */
import { mkdtempSync, openSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Peer } from "../../support/processes.js";

export interface Way {
  readonly name: string;
  readonly port: number;
  /** null: straight to the calculator. */
  readonly peer: Peer | null;
}

export const PROXY = "cal-inspect proxy --json";
export const RELAY = "plain relay";
export const NGINX = "nginx grpc_pass";

/** Below those that systems give to clients. */
const PORTS = { direct: 20_251, relay: 20_252, proxy: 20_253, nginx: 20_254 };

export const FOLDER = mkdtempSync(join(tmpdir(), "bench-live-"));
export const RECORDS = join(FOLDER, "records.jsonl");

/** The calculator, and the ways to it. */
export async function startWays(): Promise<{ readonly ways: Way[]; readonly calculator: Peer }> {
  const { direct, relay, proxy, nginx } = PORTS;
  const calculator = new Peer(
    "node",
    ["dist/calculator/server.js", "--port", String(direct)],
    openSync("/dev/null", "w"),
  );
  await waitForPort(direct);
  const plain = new Peer("node", ["dist-tools/bench/live/plain-relay.js", String(relay), String(direct)]);
  await plain.waitFor(/listening/);
  const target = `127.0.0.1:${direct}`;
  const shown = new Peer("node", [
    "dist/cli/main.js",
    "proxy",
    "--json",
    "-o",
    RECORDS,
    "--listen",
    String(proxy),
    "--target",
    target,
  ]);
  await shown.waitFor(/→/);
  const config = join(FOLDER, "nginx.conf");
  writeFileSync(config, nginxConfig(nginx, target));
  const passing = new Peer("nginx", ["-c", config]);
  await waitForPort(nginx);
  return {
    calculator,
    ways: [
      { name: "direct", port: direct, peer: null },
      { name: RELAY, port: relay, peer: plain },
      { name: PROXY, port: proxy, peer: shown },
      { name: NGINX, port: nginx, peer: passing },
    ],
  };
}

/** One worker, connections to the calculator kept, no log: nginx at its best. */
function nginxConfig(port: number, target: string): string {
  return `worker_processes 1;
daemon off;
pid ${join(FOLDER, "nginx.pid")};
error_log ${join(FOLDER, "error.log")};
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 100000000;
  upstream calculator { server ${target}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} http2;
    location / { grpc_pass grpc://calculator; }
  }
}
`;
}

async function waitForPort(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.on("error", () => resolve(false)).on("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody listens on port ${port}`);
}
