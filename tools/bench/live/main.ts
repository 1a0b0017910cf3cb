/**
 * `npm run bench -- --live [--runs N] [--seconds N]`: the proxy under load, against a plain relay, nginx, and no way at all.
 *
 * The ways take turns, so that whatever else the machine does strikes all of them alike. Every call that was made through the proxy must
 * have its record.
 */
import { createReadStream, rmSync } from "node:fs";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { median } from "../measure.js";
import { cpuOf, numberOf, peakOf } from "./figures.js";
import { measureLatency, measureRate } from "./h2load.js";
import { FOLDER, NGINX, PROXY, RECORDS, RELAY, startWays, type Way } from "./ways.js";

const USUAL_RUNS = 5;
const USUAL_SECONDS = 4;
const LATENCY_CALLS = 2_000;
/** The targets. */
const SHARE_OF_RELAY = 0.8;
const TIMES_NGINX = 2;
const ADDED_MS = 1;
const PEAK_MB = 300;

interface Measured {
  readonly rates: number[];
  readonly latencies: number[];
  /** CPU seconds that the process between took, over all runs. */
  cpuSeconds: number;
}

export async function benchLive(args: readonly string[]): Promise<number> {
  const runs = numberOf(args, "--runs", USUAL_RUNS);
  const seconds = numberOf(args, "--seconds", USUAL_SECONDS);
  const { ways, calculator } = await startWays();
  const measured = new Map(
    ways.map(({ name }): [string, Measured] => [name, { rates: [], latencies: [], cpuSeconds: 0 }]),
  );
  try {
    for (let run = 1; run <= runs; run++) {
      for (const way of ways) {
        console.error(`run ${run} of ${runs}: ${way.name} …`);
        await measureOne(way, seconds, measured.get(way.name)!);
      }
    }
    const proxy = ways.find(({ name }) => name === PROXY)!.peer!;
    const peakMb = peakOf(proxy.pid) / 1e6;
    await proxy.stop("SIGINT");
    const { records, incomplete } = await countRecords();
    console.log(
      `${cpus().length} × ${cpus()[0]!.model.trim()}, Node ${process.version}; medians of ${runs} runs of ${seconds} s, in turn`,
    );
    console.log(formatTable(ways, measured));
    console.log(
      `\nThe proxy: ${records} records, ${incomplete} of them of calls that h2load broke off; ${peakMb.toFixed(0)} MB at most.`,
    );
    if (/LIVE_|skipped|failed/.test(proxy.stderr)) console.log(proxy.stderr);
    const missed = missedTargets(measured, peakMb);
    console.log(missed.length === 0 ? "Targets met." : missed.join("\n"));
    return missed.length === 0 ? 0 : 1;
  } finally {
    for (const { peer } of ways) if (peer?.running) await peer.stop("SIGTERM").catch(() => {});
    await calculator.stop("SIGKILL").catch(() => {});
    rmSync(FOLDER, { recursive: true });
  }
}

async function measureOne({ port, peer }: Way, seconds: number, measured: Measured): Promise<void> {
  const before = peer === null ? 0 : cpuOf(peer.pid, true);
  measured.rates.push(await measureRate(port, seconds));
  if (peer !== null) measured.cpuSeconds += cpuOf(peer.pid, true) - before;
  measured.latencies.push(await measureLatency(port, LATENCY_CALLS));
}

function formatTable(ways: readonly Way[], measured: ReadonlyMap<string, Measured>): string {
  const relay = median(measured.get(RELAY)!.rates);
  const direct = median(measured.get("direct")!.latencies);
  const rows = ways.map(({ name }) => {
    const { rates, latencies, cpuSeconds } = measured.get(name)!;
    const rate = median(rates);
    return [
      name,
      Math.round(rate).toLocaleString("en"),
      `${Math.round(Math.min(...rates)).toLocaleString("en")}–${Math.round(Math.max(...rates)).toLocaleString("en")}`,
      `${Math.round((100 * rate) / relay)} %`,
      `${median(latencies).toFixed(3)} ms`,
      name === "direct" ? "" : `${(median(latencies) - direct).toFixed(3)} ms`,
      cpuSeconds === 0 ? "" : cpuSeconds.toFixed(1),
    ];
  });
  const head = ["way", "calls/s", "from–to", "of the relay's", "median latency", "added", "CPU s"];
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return ["", line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function missedTargets(measured: ReadonlyMap<string, Measured>, peakMb: number): string[] {
  const rateOf = (name: string) => median(measured.get(name)!.rates);
  const latencyOf = (name: string) => median(measured.get(name)!.latencies);
  const share = rateOf(PROXY) / rateOf(RELAY);
  const times = rateOf(PROXY) / rateOf(NGINX);
  const added = latencyOf(PROXY) - latencyOf("direct");
  return [
    ...(share < SHARE_OF_RELAY
      ? [`${(100 * share).toFixed(0)} % of the relay's calls; the target is ${100 * SHARE_OF_RELAY} %`]
      : []),
    ...(times < TIMES_NGINX ? [`${times.toFixed(1)} times nginx's calls; the target is ${TIMES_NGINX}`] : []),
    ...(added > ADDED_MS ? [`${added.toFixed(2)} ms added; the target is ${ADDED_MS} ms`] : []),
    ...(peakMb > PEAK_MB ? [`${peakMb.toFixed(0)} MB; the target is ${PEAK_MB} MB`] : []),
  ];
}

async function countRecords(): Promise<{ records: number; incomplete: number }> {
  const counts = { records: 0, incomplete: 0 };
  for await (const line of createInterface({ input: createReadStream(RECORDS) })) {
    counts.records++;
    if (!line.includes('"outcome":"ok"')) counts.incomplete++;
  }
  return counts;
}
