/** h2load (nghttp2) as the client: calls to the calculator's Add. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Peer } from "../../support/processes.js";
import { median } from "../measure.js";
import { FOLDER } from "./ways.js";

/** AddRequest { number1: 100, number2: 300 }, with its prefix. */
const BODY = Buffer.of(0, 0, 0, 0, 5, 0x08, 100, 0x10, 0xac, 0x02);
const BODY_FILE = join(FOLDER, "add.bin");
const LOG_FILE = join(FOLDER, "requests.log");
const HEADERS = ["-H", "content-type: application/grpc", "-H", "te: trailers"];

async function load(port: number, args: readonly string[]): Promise<string> {
  writeFileSync(BODY_FILE, BODY);
  const url = `http://127.0.0.1:${port}/Cal/Add`;
  const { stdout } = await new Peer("h2load", [...args, "-t", "1", ...HEADERS, "-d", BODY_FILE, url]).end();
  return stdout;
}

/** Calls per second over 8 connections with 10 streams each. Throws when one fails. */
export async function measureRate(port: number, seconds: number): Promise<number> {
  const stdout = await load(port, ["-c", "8", "-m", "10", "-D", String(seconds), "--warm-up-time", "1"]);
  const [, rate] = /finished in [^,]+, ([\d.]+) req\/s/.exec(stdout) ?? [];
  if (rate === undefined || !/ 0 failed, 0 errored, 0 timeout/.test(stdout)) throw new Error(stdout);
  return Number(rate);
}

/** The median time of a call, one after the other on one connection, in milliseconds. */
export async function measureLatency(port: number, calls: number): Promise<number> {
  rmSync(LOG_FILE, { force: true });
  await load(port, ["-c", "1", "-m", "1", "-n", String(calls), `--log-file=${LOG_FILE}`]);
  const lines = readFileSync(LOG_FILE, "utf8").trimEnd().split("\n");
  // start time, HTTP status, microseconds
  return median(lines.map((line) => Number(line.split("\t")[2]))) / 1e3;
}
