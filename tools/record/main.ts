/**
 * `npm run record [-- NAME…]`: records captures/*.pcap from real peers with tcpdump on the loopback interface, and
 * writes what the peers printed meanwhile to captures/peers.json. Linux; needs tcpdump and the right to capture.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Peer, REPOSITORY } from "../support/processes.js";
import { countWholeConnections, recordLoopback } from "../support/tcpdump.js";
import type { PeersLog } from "./peers-log.js";
import { RECORDINGS } from "./recordings.js";

const CAPTURES = join(REPOSITORY, "captures");
const PEERS_FILE = join(CAPTURES, "peers.json");

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in RECORDINGS));
if (unknown.length > 0) {
  console.error(`no such recording: ${unknown.join(", ")}; there are ${Object.keys(RECORDINGS).join(", ")}`);
  process.exit(2);
}

const log: Record<string, PeersLog> = existsSync(PEERS_FILE) ? JSON.parse(readFileSync(PEERS_FILE, "utf8")) : {};
for (const name of asked.length > 0 ? asked : Object.keys(RECORDINGS)) {
  const file = join(CAPTURES, `${name}.pcap`);
  const peers = await RECORDINGS[name]!((ports, traffic) => recordLoopback(file, ports, traffic));
  peers.connections = await countWholeConnections(file);
  log[`${name}.pcap`] = peers;
  console.log(`captures/${name}.pcap: ${peers.calls.length} calls on ${peers.connections} connections`);
}
writeFileSync(PEERS_FILE, JSON.stringify(log));
await new Peer("node_modules/.bin/biome", ["format", "--write", PEERS_FILE]).end();
process.exit(0);
