/**
 * `node dist-tools/fuzz/main.js --room hpack|http2|detect [--inputs N] [--seed N]`: seeded fuzzing of the built product.
 *
 * Reports throughput, the slowest input and the peak of memory. Ends with status 1 at the first input that breaks something,
 * naming the seed that makes it again. For `http2` an input is a frame: a connection has up to 16. For `detect` it is 64 KiB of
 * other traffic, and being taken for HTTP/2 breaks it.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { detectRoom } from "./detect-room.js";
import { hpackRoom } from "./hpack-room.js";
import { http2Room } from "./http2-room.js";
import { fileTraffic, TRAFFIC } from "./other-traffic.js";
import { Random } from "./random.js";
import type { Product, Room } from "./room.js";

const load = (path: string) => import(pathToFileURL(`dist/${path}`).href);
const product: Product = {
  ...(await load("limits.js")),
  ...(await load("hpack/decoder.js")),
  ...(await load("http2/connection.js")),
  ...(await load("http2/detecting-sink.js")),
};

const ROOMS: Record<string, () => Room> = {
  hpack: () => hpackRoom(product),
  http2: () => http2Room(product),
  detect: () => detectRoom(product, [...TRAFFIC, fileTraffic("a program", readFileSync(process.execPath))]),
};

const { values } = parseArgs({
  options: {
    room: { type: "string", default: "hpack" },
    inputs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
  },
});
const inputs = Number(values.inputs);
const firstSeed = Number(values.seed);
const makeRoom = ROOMS[values.room];
if (makeRoom === undefined || !(inputs > 0) || !Number.isInteger(firstSeed)) {
  process.stderr.write(`fuzz: --room ${Object.keys(ROOMS).join("|")}, --inputs and --seed are numbers\n`);
  process.exit(2);
}

/** Inputs of one seed: a failure is made again by playing at most so many. */
const INPUTS_A_SEED = 10_000;
const started = process.hrtime.bigint();
let slowestMs = 0;
let peakBytes = 0;
let played = 0;
let what = "";
for (let seed = firstSeed; played < inputs; seed++) {
  const random = new Random(seed * 7919);
  const room = makeRoom();
  what = room.inputs;
  const upTo = Math.min(inputs, played + INPUTS_A_SEED);
  while (played < upTo) {
    const before = performance.now();
    try {
      played += room.play(random);
    } catch (error) {
      process.stderr.write(
        `fuzz: in --seed ${seed}, ${upTo - played} inputs before its last: ${(error as Error).stack}\n`,
      );
      process.exit(1);
    }
    slowestMs = Math.max(slowestMs, performance.now() - before);
  }
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
process.stdout.write(
  `${values.room}: ${played} ${what} in ${seconds.toFixed(1)} s, ${Math.round(played / seconds)}/s; ` +
    `slowest ${slowestMs.toFixed(1)} ms; peak ${(peakBytes / 1048576).toFixed(0)} MiB\n`,
);
