/** A real nginx in front of calculators: its own configuration and prefix in a temporary folder, ended by `stop`. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lines, Peer } from "../support/processes.js";

export interface Nginx {
  /** Ends it and returns the upstream address of each request, as its access log names them. */
  stop(): Promise<string[]>;
}

export async function startNginx(listen: string, backends: readonly string[]): Promise<Nginx> {
  const prefix = mkdtempSync(join(tmpdir(), "cal-inspect-nginx-"));
  mkdirSync(join(prefix, "temp"));
  writeFileSync(join(prefix, "nginx.conf"), configuration(listen, backends));
  const nginx = new Peer("nginx", ["-p", prefix, "-c", "nginx.conf", "-e", "stderr"]);
  await untilItListens(listen, nginx);
  return {
    async stop() {
      await nginx.stop("SIGQUIT");
      const log = lines(readFileSync(join(prefix, "access.log"), "utf8"));
      rmSync(prefix, { recursive: true });
      return log;
    },
  };
}

const configuration = (listen: string, backends: readonly string[]): string => `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {}
http {
  log_format upstream "$upstream_addr";
  access_log access.log upstream;
  client_body_temp_path temp/body;
  proxy_temp_path temp/proxy;
  fastcgi_temp_path temp/fastcgi;
  uwsgi_temp_path temp/uwsgi;
  scgi_temp_path temp/scgi;
  upstream calculators {
${backends.map((backend) => `    server ${backend};`).join("\n")}
  }
  server {
    listen ${listen} http2;
    location / {
      grpc_pass grpc://calculators;
    }
  }
}
`;

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
