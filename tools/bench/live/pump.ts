/** `pump.js server PORT`; `pump.js client PORT MB_PER_SECOND SECONDS`: calls with messages of 1 MB, so many a second; prints how many. */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import { loadService } from "../../support/grpc-service.js";
import { REPOSITORY } from "../../support/processes.js";

/** Calls that may be under way: a machine that cannot keep up makes fewer, instead of ever more at once. */
const MAX_OPEN = 16;

const [role, port, megabytes, seconds] = process.argv.slice(2);
const service = loadService(join(REPOSITORY, "tools/bench/shop.proto"), "bench.Shop");
if (role === "server") serve();
else await call(Number(megabytes), Number(seconds) * 1_000);

function serve(): void {
  const server = new Server();
  server.addService(service, {
    Place: (_call: unknown, reply: (error: null, value: object) => void) => reply(null, { totalCents: 7 }),
  });
  server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
    console.log("listening");
  });
  process.on("SIGTERM", () => server.tryShutdown(() => process.exit(0)));
}

async function call(callsPerSecond: number, durationMs: number): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = service.Place!;
  const order = requestSerialize({ orderId: "0123456789 ".repeat(90_909) });
  let started = 0;
  let open = 0;
  const began = performance.now();
  for (let now = 0; now < durationMs || open > 0; now = performance.now() - began) {
    for (; now < durationMs && open < MAX_OPEN && started < (now / 1_000) * callsPerSecond; started++, open++)
      client.makeUnaryRequest(
        path,
        (bytes: Buffer) => bytes,
        responseDeserialize,
        order,
        (error) => {
          if (error) throw error;
          open--;
        },
      );
    await sleep(2);
  }
  client.close();
  console.log(JSON.stringify({ calls: started, megabytes: (started * order.length) / 1e6 }));
}
