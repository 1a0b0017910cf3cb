/**
 * `npm run bench [-- --quick] [--runs N] [NAME…]`: cal-inspect against tshark on recorded traffic of real peers. `--live`: see live/main.ts;
 * `--interface`: live/interface.ts.
 *
 * The commands run in turn, so that whatever else the machine does strikes all of them alike. The first run of each writes a file, whose
 * calls, message bytes and field names must be the peers' own; the others write to /dev/null and must write as many bytes.
 */

import { rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { Peer } from "../support/processes.js";
import { CONTENDERS, type Contender, checkCounts, MORE_CONTENDERS } from "./contenders.js";
import { benchInterface } from "./live/interface.js";
import { benchLive } from "./live/main.js";
import { measure, type Usage } from "./measure.js";
import { type Recording, recordOnce } from "./recording.js";
import { formatTable, missedTargets } from "./table.js";
import { WORKLOADS, type Workload } from "./workloads.js";

/** Threads of a command write a few bytes to wake each other, so written bytes are compared up to this. */
const WRITTEN_TOLERANCE_BYTES = 64 * 1024;

const QUICK_RUNS = 5;
const USUAL_RUNS = 11;

const args = process.argv.slice(2);
if (args.includes("--interface")) process.exit(await benchInterface(args));
if (args.includes("--live")) process.exit(await benchLive(args));
const runsAt = args.indexOf("--runs");
const contenders = args.includes("--quick") ? CONTENDERS : [...CONTENDERS, ...MORE_CONTENDERS];
const runs = runsAt >= 0 ? Number(args[runsAt + 1]) : args.includes("--quick") ? QUICK_RUNS : USUAL_RUNS;
const names = args.filter((arg, index) => !arg.startsWith("--") && (runsAt < 0 || index !== runsAt + 1));
if (!(runs >= 1) || names.some((name) => !WORKLOADS.some((workload) => workload.name === name))) {
  console.error(`usage: npm run bench -- [--quick] [--runs N] [${WORKLOADS.map(({ name }) => name).join("] [")}]`);
  process.exit(2);
}

console.log(await describeMachine());
const missed: string[] = [];
for (const workload of WORKLOADS.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const recording = await recordOnce(workload);
  const usages = await measureAll(workload, recording);
  console.log(`\n${formatTable(workload, recording, usages)}`);
  missed.push(...missedTargets(CONTENDERS[0]!.name, usages).map((line) => `${workload.name}: ${line}`));
}
console.log(`\n${missed.length === 0 ? "Targets met: 1/10 of tshark's CPU time, under 200 MB." : missed.join("\n")}`);
process.exit(missed.length === 0 ? 0 : 1);

async function measureAll(workload: Workload, recording: Recording): Promise<Map<string, Usage[]>> {
  const usages = new Map<string, Usage[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < runs; round++) {
    for (const contender of contenders) {
      console.error(`${workload.name}, run ${round + 1} of ${runs}: ${contender.name} …`);
      const done = usages.get(contender.name)!;
      done.push(await measureOne(contender, workload, recording, done[0] ?? null));
    }
  }
  return usages;
}

async function measureOne(
  contender: Contender,
  workload: Workload,
  recording: Recording,
  checked: Usage | null,
): Promise<Usage> {
  const command = contender.command(workload, recording);
  if (checked === null) {
    const outputFile = join(tmpdir(), `cal-inspect-bench-${process.pid}`);
    try {
      const usage = await measure(command, outputFile);
      await checkCounts(contender, workload, recording, outputFile);
      return usage;
    } finally {
      rmSync(outputFile, { force: true });
    }
  }
  const usage = await measure(command, "/dev/null");
  if (Math.abs((usage.writtenBytes ?? 0) - (checked.writtenBytes ?? 0)) > WRITTEN_TOLERANCE_BYTES) {
    throw new Error(
      `${contender.name} wrote ${usage.writtenBytes} bytes, but ${checked.writtenBytes} in its checked run`,
    );
  }
  return usage;
}

async function describeMachine(): Promise<string> {
  const tshark = (await new Peer("tshark", ["--version"]).end()).stdout.split("\n")[0]!.replace(/\.?$/, "");
  const processors = cpus();
  return `${processors.length} × ${processors[0]!.model.trim()}, Node ${process.version}, ${tshark}`;
}
