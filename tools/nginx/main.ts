/**
 * `npm run nginx`: nginx in front of two calculators, and its access log as it is written. Ctrl-C ends all three.
 */

import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Peer } from "../support/processes.js";
import { BACKENDS, LISTEN, type Nginx, startNginx } from "./nginx.js";

const INTRODUCTION = `nginx listens on ${LISTEN}, in front of the calculators on ${BACKENDS.join(" and ")}. In other terminals:
  sudo npx cal-inspect live -i lo tcp portrange 50050-50052
  npm run client -- --address ${LISTEN}
  npm run client -- --address ${LISTEN} 50000 50000
The access log, until Ctrl-C:`;

// Where it is often, and users' PATH is not.
process.env.PATH += ":/usr/sbin:/usr/local/sbin";
if (spawnSync("nginx", ["-v"], { stdio: "ignore" }).error !== undefined) {
  console.error(
    "nginx is not installed: apt-get install nginx (Debian, Ubuntu), dnf install nginx (Fedora), brew install nginx (macOS)",
  );
  process.exit(1);
}

const peers: Peer[] = [];
let nginx: Nginx | null = null;
let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => (stopping = true));

try {
  for (const backend of BACKENDS) {
    const server = new Peer("node", [
      "dist/calculator/server.js",
      "--host",
      "127.0.0.1",
      "--port",
      backend.split(":")[1]!,
    ]);
    peers.push(server);
    await server.waitFor(/grpc server start/);
  }
  nginx = await startNginx(LISTEN, BACKENDS);
  console.log(INTRODUCTION);
  for (let printed = 0; !stopping; await sleep(100)) {
    const log = nginx.log();
    for (const line of log.slice(printed)) console.log(line);
    printed = log.length;
    if (!nginx.running) throw new Error("nginx has ended");
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await nginx?.stop();
  await Promise.all(peers.filter(({ running }) => running).map((peer) => peer.stop("SIGTERM")));
}
