import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { COMMAND } from "../support/cli.js";
import { readPcapFile } from "../support/pcap-file.js";

/** 2048 shows it on 2 GB. */
const SIZE_MB = Number(process.env.LARGE_INPUT_MB ?? 150);
const MAX_PEAK_MB = 200;
const SERVER_PORT = 50051;
const IP_AT = 16 + 14;
const FIN_RST = 0x05;

const { header, records } = readPcapFile("captures/calculator.pcap");
const ipv4 = records.filter((record) => record.readUInt16BE(IP_AT - 2) === 0x0800);

interface Patch {
  readonly secondsAt: number;
  /** Where the client's address and port stand. */
  readonly addressAt: number;
  readonly portAt: number;
}

/** Real packets, all of them or those that close no connection, and where to make them of another client and time. */
class Template {
  readonly bytes: Buffer;
  readonly patches: Patch[] = [];

  constructor(packets: readonly Buffer[]) {
    this.bytes = Buffer.concat(packets);
    let at = 0;
    for (const packet of packets) {
      const tcpAt = IP_AT + 4 * (packet[IP_AT] & 15);
      const isFromClient = packet.readUInt16BE(tcpAt + 2) === SERVER_PORT;
      const addressAt = at + IP_AT + (isFromClient ? 12 : 16);
      this.patches.push({ secondsAt: at, addressAt, portAt: at + tcpAt + (isFromClient ? 0 : 2) });
      at += packet.length;
    }
  }

  /** The same packets as of client number `n`, `n` seconds later. */
  repetition(n: number): Buffer {
    const copy = Buffer.from(this.bytes);
    for (const { secondsAt, addressAt, portAt } of this.patches) {
      copy.writeUInt32LE(copy.readUInt32LE(secondsAt) + n, secondsAt);
      copy.writeUIntBE(0x0a0000 + (n >> 8), addressAt, 3);
      copy[addressAt + 3] = n & 255;
      copy.writeUInt16BE(copy.readUInt16BE(portAt) ^ (n & 0xff), portAt);
    }
    return copy;
  }
}

function closes(packet: Buffer): boolean {
  return (packet[IP_AT + 4 * (packet[IP_AT] & 15) + 13] & FIN_RST) !== 0;
}

/** The most memory that a running process had, in MB. */
function peakMb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

test(`${SIZE_MB} MB through a pipe, half of the connections never closed, in flat memory`, async () => {
  const whole = new Template(ipv4);
  const unclosed = new Template(ipv4.filter((packet) => !closes(packet)));
  const child = spawn(process.execPath, [COMMAND, "-", "--json"], { stdio: ["pipe", "pipe", "pipe"] });
  let lines = 0;
  let talk = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    talk += text;
  });
  child.stdout.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) lines++;
  });
  const ended = once(child, "close");
  child.stdin.write(header);
  let peak = 0;
  let repetitions = 0;
  for (let written = 0; written < SIZE_MB * 1e6; repetitions++) {
    const bytes = (repetitions % 2 === 0 ? whole : unclosed).repetition(repetitions);
    written += bytes.length;
    if (!child.stdin.write(bytes)) await once(child.stdin, "drain");
    if (repetitions % 256 === 0) peak = Math.max(peak, peakMb(child.pid!));
  }
  peak = Math.max(peak, peakMb(child.pid!));
  child.stdin.end();
  const [status] = await ended;
  expect(status).toBe(0);
  const callsEach = 13;
  expect(lines).toBe(repetitions * callsEach);
  if (process.env.LARGE_INPUT_MB)
    process.stderr.write(`${SIZE_MB} MB: ${repetitions} repetitions, peak ${peak.toFixed(0)} MB\n`);
  // Thousands of connections were given up: said, but not thousands of times.
  expect(talk.trimEnd().split("\n").length).toBeLessThan(30);
  expect(talk).toMatch(/\d+ more of TCP_CONNECTION_EVICTED/);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(MAX_PEAK_MB);
}, 600_000);
