/** A capture taken apart: with its first packets cut off, or one of them removed; and the calls and frames that are in it. */
import { readFileSync } from "node:fs";
import type { CallRecord, FrameRecord, Product } from "./product.js";

/** A little-endian capture with microseconds, as tcpdump writes it here. */
export class Capture {
  private readonly bytes: Buffer;
  /** Where each packet's record begins, and the end. */
  private readonly at: number[] = [];

  constructor(
    file: string,
    private readonly product: Product,
  ) {
    this.bytes = readFileSync(file);
    for (let at = 24; at < this.bytes.length; at += 16 + this.bytes.readUInt32LE(at + 8)) this.at.push(at);
    this.at.push(this.bytes.length);
  }

  get packets(): number {
    return this.at.length - 1;
  }

  /** Microseconds since 1970 of packet `number`, from 1. */
  timeUs(number: number): number {
    const at = this.at[number - 1];
    return this.bytes.readUInt32LE(at) * 1e6 + this.bytes.readUInt32LE(at + 4);
  }

  /** The calls of the packets from the one with the index `first` on, but the one with the index `without`. */
  calls(first = 0, without = -1): CallRecord[] {
    const { Inspector, toCallRecord, ports, schema } = this.product;
    const calls: CallRecord[] = [];
    const sink = { callEnd: (call: never) => void calls.push(toCallRecord(call)) };
    this.play(new Inspector(ports as never, { schema: schema as never, raw: true }, sink), first, without);
    return calls;
  }

  frames(): FrameRecord[] {
    const { Inspector, ports } = this.product;
    const frames: FrameRecord[] = [];
    this.play(new Inspector(ports as never, {}, { frame: (frame) => void frames.push(frame) }), 0, -1);
    return frames;
  }

  private play(inspector: InstanceType<Product["Inspector"]>, first: number, without: number): void {
    inspector.push(this.bytes.subarray(0, 24));
    const { at } = this;
    if (without < 0) inspector.push(this.bytes.subarray(at[first]));
    else {
      inspector.push(this.bytes.subarray(at[first], at[without]));
      inspector.push(this.bytes.subarray(at[without + 1]));
    }
    inspector.finish();
  }
}

/** The same call in two captures: its connection's client and its stream. */
export function keyOf({ client, server, stream }: { client: string; server: string; stream: number }): string {
  return `${client} ${server} ${stream}`;
}
