/** Months of live input in seconds: what is held must not grow with what was seen. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { newPacketView } from "../../src/capture/packet-view.js";
import { Inspector } from "../../src/engine/inspector.js";
import { nodePorts } from "../../src/node/ports.js";
import { createLiveTextOutput } from "../../src/output/live-text.js";
import { noPaint } from "../../src/output/paint.js";
import * as frames from "../support/frames.js";
import { ACK, ipv4, PSH, SYN, tcp } from "../support/packets.js";

const RAW_IP = 101;
const SECONDS_BETWEEN = 1_800;
const BODY = Uint8Array.of(0x08, 7);
const END = { endStream: true };

const REQUEST = (stream: number) =>
  frames.concat(
    frames.headers(stream, frames.grpcRequest("/t.T/Echo")),
    frames.data(stream, frames.message(BODY), END),
  );
const RESPONSE = (stream: number) =>
  frames.concat(
    frames.headers(stream, frames.grpcResponse),
    frames.data(stream, frames.message(BODY)),
    frames.headers(stream, frames.grpcTrailers(0), END),
  );

/** Two ends that speak whenever somebody lets them, packet by packet. */
class Talk {
  private readonly next = [1000, 2000];

  constructor(
    private readonly feed: (bytes: Uint8Array) => void,
    private readonly source: string,
    private readonly port: number,
  ) {}

  open(): void {
    this.send(0, new Uint8Array(0), SYN);
    this.send(1, new Uint8Array(0), SYN | ACK);
    this.send(0, frames.concat(frames.preface, frames.settings()));
    this.send(1, frames.settings());
  }

  send(side: 0 | 1, payload: Uint8Array, flags = ACK | PSH): void {
    const ends = { source: this.source, destination: "10.9.9.9" };
    const ports = { sourcePort: this.port, destinationPort: 50_051 };
    const [from, to] = side === 0 ? [ends, ports] : [swapped(ends), swappedPorts(ports)];
    const [sequence, acknowledgment] = [this.next[side], this.next[1 - side]];
    this.next[side] += payload.length + ((flags & SYN) === 0 ? 0 : 1);
    this.feed(ipv4({ ...from, payload: tcp({ ...to, sequence, acknowledgment, flags, payload }) }));
  }
}

const swapped = ({ source, destination }: { source: string; destination: string }) => ({
  source: destination,
  destination: source,
});
const swappedPorts = ({ sourcePort, destinationPort }: { sourcePort: number; destinationPort: number }) => ({
  sourcePort: destinationPort,
  destinationPort: sourcePort,
});

function collected(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test("four months: connections that nobody closes, calls that never end, one connection that is never idle", () => {
  let printed = 0;
  const output = createLiveTextOutput(() => printed++, { width: 100, paint: noPaint, verbose: false });
  const inspector = new Inspector(nodePorts, { limits: { maxConnections: 64 } }, output);
  const view = newPacketView();
  let packets = 0;
  let seconds = 1_800_000_000;
  const feed = (buf: Uint8Array) => {
    const originalLength = buf.length;
    Object.assign(view, {
      buf,
      start: 0,
      end: buf.length,
      originalLength,
      linkType: RAW_IP,
      seconds,
      number: ++packets,
    });
    inspector.packet(view);
  };
  const busy = new Talk(feed, "10.1.1.1", 40_000);
  busy.open();
  let stream = 1;
  const live = (connections: number) => {
    for (let i = 0; i < connections; i++) {
      seconds += SECONDS_BETWEEN;
      const other = new Talk(feed, `10.2.${(packets >> 8) & 255}.${packets & 255}`, 1024 + (packets % 60_000));
      other.open();
      other.send(0, REQUEST(1));
      if (i % 2 === 0) other.send(1, RESPONSE(1));
      busy.send(0, REQUEST(stream));
      busy.send(1, RESPONSE(stream));
      stream += 2;
      inspector.tick((seconds - 1_800_000_000) * 1e9);
      output.tick?.((seconds - 1_800_000_000) * 1e9);
    }
  };
  live(1_000);
  const before = collected();
  live(5_000);
  const grown = collected() - before;
  expect(inspector.summary.connections).toBe(6_001);
  expect(inspector.summary.calls).toBeGreaterThan(11_000);
  expect(printed).toBeGreaterThan(11_000);
  expect(seconds - 1_800_000_000).toBeGreaterThan(120 * 86_400);
  // What 5,000 connections would hold at 10 KB each is 50 MB.
  expect(grown).toBeLessThan(4 * 1024 * 1024);
});
