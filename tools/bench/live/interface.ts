/**
 * `npm run bench -- --interface [--megabytes N] [--seconds N]`: `cal-inspect live -i lo` while messages of 1 MB pass there, N MB a second
 * (60 for 60 seconds): how many packets were dropped, and whether the file of -w tells the same calls. It captures, so it takes root.
 */
import { createReadStream, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Peer } from "../../support/processes.js";
import { cpuOf, numberOf, peakOf } from "./figures.js";

const PORT = 20_255;
const PROTO = ["--proto", "tools/bench/shop.proto"];
const CLI = "dist/cli/main.js";
const PUMP = "dist-tools/bench/live/pump.js";

export async function benchInterface(args: readonly string[]): Promise<number> {
  const megabytes = numberOf(args, "--megabytes", 60);
  const seconds = numberOf(args, "--seconds", 60);
  const folder = mkdtempSync(join(tmpdir(), "bench-interface-"));
  const [capture, records, again] = ["calls.pcap", "live.jsonl", "file.jsonl"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const server = new Peer("node", [PUMP, "server", String(PORT)]);
  try {
    await server.waitFor(/listening/);
    const filter = ["tcp", "port", String(PORT)];
    const live = new Peer(
      "node",
      [CLI, "live", "-i", "lo", "--json", "-w", capture, ...PROTO, ...filter],
      openSync(records, "w"),
    );
    await live.waitFor(/captures on lo/);
    const before = cpuOf(live.pid, false);
    const began = performance.now();
    const client = await new Peer("node", [PUMP, "client", String(PORT), String(megabytes), String(seconds)]).end();
    const took = (performance.now() - began) / 1_000;
    await sleep(2_000);
    const cpu = cpuOf(live.pid, false) - before;
    const peak = peakOf(live.pid);
    await live.stop("SIGINT");
    const made = JSON.parse(client.stdout) as { calls: number; megabytes: number };
    console.log(
      `${cpus().length} × ${cpus()[0]!.model.trim()}, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`,
    );
    console.log(
      `${(made.megabytes / took).toFixed(0)} MB/s of ${megabytes}, ${made.calls} calls of 1 MB in ${took.toFixed(0)} s`,
    );
    console.log(
      live.stderr
        .split("\n")
        .filter((line) => /dropped [0-9]|more of/.test(line))
        .join("\n"),
    );
    const seen = statSync(capture).size / 1e6;
    console.log(
      `${cpu.toFixed(1)} s of CPU, ${((1_000 * cpu) / seen).toFixed(1)} ms for each of ${seen.toFixed(0)} MB that were seen; ${(peak / 1e6).toFixed(0)} MB at most`,
    );
    await new Peer("node", [CLI, "--json", ...PROTO, "-o", again, capture]).end([0, 1]);
    const { count, same } = await compare(records, again);
    console.log(`${count} records; ${same ? "the same" : "not the same"} from the file of -w`);
    return same ? 0 : 1;
  } finally {
    await server.stop("SIGTERM").catch(() => {});
    rmSync(folder, { recursive: true });
  }
}

/** Line by line: together they are larger than a string may be. */
async function compare(live: string, file: string): Promise<{ count: number; same: boolean }> {
  const others = linesOf(file)[Symbol.asyncIterator]();
  let count = 0;
  let same = true;
  for await (const line of linesOf(live)) {
    count++;
    const { value } = await others.next();
    same &&= withoutCapture(line) === withoutCapture(value ?? "");
  }
  return { count, same: same && (await others.next()).done === true };
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file) });
}

/** Records name the file that they were read from. */
function withoutCapture(line: string): string {
  return line.replace(/"capture":("[^"]*"|null)/, "");
}
