/** nginx in front of two calculators: what its access log counts and times is what cal-inspect sees live on both legs. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { CallRecord } from "../../src/call/record.js";
import { startNginx } from "../../tools/nginx/nginx.js";
import { COMMAND, parseLines } from "../support/cli.js";
import { describeWithPeers } from "../support/peers.js";
import { freePort, run, start } from "../support/processes.js";

/** The log has milliseconds, and nginx takes the time once for each turn of its loop. */
const SLACK_MS = 25;

describeWithPeers(["tcpdump", "nginx"], "nginx in front of two calculators", () => {
  test("12 calls of a client are 12 on its leg and 12 on the two upstream legs, as the access log has them", async () => {
    const [port, ...backendPorts] = [await freePort(), await freePort(), await freePort()];
    const listen = `127.0.0.1:${port}`;
    const backends = backendPorts.map((backendPort) => `127.0.0.1:${backendPort}`);
    const servers = backendPorts.map((backendPort) =>
      start(process.execPath, ["dist/calculator/server.js", "--host", "127.0.0.1", "--port", String(backendPort)]),
    );
    for (const server of servers) await server.waitFor(/grpc server start/);
    const nginx = await startNginx(listen, backends);
    const filter = [port, ...backendPorts].map((each) => `tcp port ${each}`).join(" or ");
    const live = start(process.execPath, [COMMAND, "live", "-i", "lo", "--json", filter]);
    await live.waitFor(/captures on lo/);
    for (const numbers of [[], ["7", "-3"], ["50000", "50000"], ["0", "1"], ["-5", "5"], ["65536", "65536"]])
      await run(process.execPath, ["dist/calculator/client.js", "--address", listen, ...numbers]);
    while (live.stdout.split("\n").length < 25) await sleep(20);
    const { status, stdout } = await live.stop("SIGINT");
    const log = await nginx.stop();
    await Promise.all(servers.map((server) => server.stop()));

    expect(status).toBe(0);
    const records = parseLines<CallRecord>(stdout);
    const outer = records.filter(({ server }) => server === listen);
    const inner = records.filter(({ server }) => backends.includes(server));
    expect([outer.length, inner.length, log.length]).toEqual([12, 12, 12]);
    // Every call was answered, so HTTP says 200; two of them are beyond int32.
    expect(new Set(log.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = outer.filter(({ outcome }) => outcome === "error");
    expect(refused.map(({ path, status }) => [path, status?.name])).toEqual([
      ["/Cal/Multiply", "OUT_OF_RANGE"],
      ["/Cal/Multiply", "OUT_OF_RANGE"],
    ]);
    const differences: number[] = [];
    for (const [i, { request, upstream, upstreamMs }] of log.entries()) {
      expect(request).toBe(`POST ${outer[i].path} HTTP/2.0`);
      expect(inner[i]).toMatchObject({ path: outer[i].path, server: upstream, outcome: outer[i].outcome });
      expect(inner[i].request.messages[0].value).toEqual(outer[i].request.messages[0].value);
      differences.push(Math.abs(inner[i].durationMs! - upstreamMs));
      expect(inner[i].durationMs!).toBeLessThan(outer[i].durationMs!);
    }
    // Of most: nginx may have been kept waiting for a processor before it took its time.
    expect(differences.sort((a, b) => a - b)[log.length / 2]).toBeLessThan(SLACK_MS);
    for (const backend of backends)
      expect(inner.filter(({ server }) => server === backend)).toHaveLength(
        log.filter(({ upstream }) => upstream === backend).length,
      );
  });
});
