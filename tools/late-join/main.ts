/**
 * `node dist-tools/late-join/main.js [--calls N] [--keep FOLDER] [--sample N]`: records the peers' long-lived connections, cuts them at every
 * packet up to the 100th and at random ones behind it, removes every single packet in turn, and prints the table of
 * docs/late-join.md. Ends with status 1 when a call came out wrong. Needs root, and the Debian packages that .ci/run installs.
 */
import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { REPOSITORY } from "../support/processes.js";
import { Capture } from "./cut.js";
import { newLateTally, tallyCut } from "./late.js";
import { callsInPackets, newLossTally, tallyLoss } from "./loss.js";
import type { Product } from "./product.js";
import { buildGoPeer, PAIRS, type PairName, recordPair, STORE_PROTO } from "./record.js";
import { formatLateTable, formatLossTable } from "./tables.js";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "240" },
    keep: { type: "string" },
    sample: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const load = (path: string) => import(pathToFileURL(join(REPOSITORY, "dist", path)).href);
const { Inspector, toCallRecord } = await load("index.js");
const { loadSchema, nodePorts } = await load("node/index.js");
const { schema } = loadSchema({ proto: [join(REPOSITORY, STORE_PROTO)] });
const product: Product = { Inspector, toCallRecord, ports: nodePorts, schema };

/** Every cut up to this packet; behind it as many at random. */
const EVERY_CUT = 100;

const folder = values.keep ?? mkdtempSync(join(tmpdir(), "cal-inspect-late-"));
mkdirSync(folder, { recursive: true });
const names = (values.only === undefined ? Object.keys(PAIRS) : [values.only]) as PairName[];
const late = new Map<string, ReturnType<typeof newLateTally>>();
const loss = new Map<string, ReturnType<typeof newLossTally>>();
for (const name of names) {
  const file = join(folder, `${name}.pcap`);
  if (!existsSync(file)) {
    if (name === "go") buildGoPeer(folder);
    await recordPair(name, folder, Number(values.calls));
  }
  const capture = new Capture(file, product);
  const full = capture.calls();
  const step = Number(values.sample);
  const tally = newLateTally();
  for (let cut = 0; cut <= EVERY_CUT; cut += step) tallyCut(capture, full, cut, tally);
  for (let i = 0; i < EVERY_CUT; i += step)
    tallyCut(capture, full, EVERY_CUT + Math.floor(Math.random() * (capture.packets - EVERY_CUT)), tally);
  late.set(PAIRS[name].title, tally);
  const lossTally = newLossTally();
  const touched = callsInPackets(capture.frames());
  for (let packet = 1; packet <= capture.packets; packet += step) tallyLoss(capture, full, touched, packet, lossTally);
  loss.set(PAIRS[name].title, lossTally);
  for (const sentence of [...tally.wrong, ...lossTally.wrong].slice(0, 20))
    process.stderr.write(`${name}: ${sentence}\n`);
  if (tally.wrong.length + lossTally.wrong.length > 0) {
    process.stderr.write(
      `${name}: ${tally.wrong.length} wrong when late, ${lossTally.wrong.length} with a packet lost\n`,
    );
    process.exitCode = 1;
  }
}
process.stdout.write(`${formatLateTable(late)}\n${formatLossTable(loss)}`);
