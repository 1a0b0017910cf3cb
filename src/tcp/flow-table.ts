/**
 * Finds the connection of a segment, whichever side sent it: a hash of integers that is the same for both directions, and
 * chains compared by address words. Nothing is allocated to look up.
 */
import type { SegmentView } from "../packet/segment-view.js";
import type { Flow } from "./flow.js";

const FIRST_BUCKETS = 1024;

export class FlowTable {
  /** Flows in the list of last use, oldest first; flows that are over may stay findable outside of it. */
  tracked = 0;
  oldest: Flow | null = null;
  private newest: Flow | null = null;
  private buckets: (Flow | null)[] = new Array(FIRST_BUCKETS).fill(null);
  private count = 0;

  /** The flow between the segment's two ends, or null. */
  find(segment: SegmentView, hash: number): Flow | null {
    let flow = this.buckets[hash & (this.buckets.length - 1)];
    while (flow !== null && !(flow.hash === hash && (isFromClient(flow, segment) || isFromServer(flow, segment))))
      flow = flow.nextInBucket;
    return flow;
  }

  /** Adds a flow that is not in the table, as the newest. */
  add(flow: Flow): void {
    if (this.count >= this.buckets.length) this.grow();
    this.count++;
    this.chain(flow);
    this.track(flow);
  }

  remove(flow: Flow): void {
    const index = flow.hash & (this.buckets.length - 1);
    let previous: Flow | null = null;
    for (let other = this.buckets[index]; other !== null; previous = other, other = other.nextInBucket) {
      if (other !== flow) continue;
      if (previous === null) this.buckets[index] = flow.nextInBucket;
      else previous.nextInBucket = flow.nextInBucket;
      this.count--;
      return;
    }
  }

  /** Makes `flow` the newest. */
  touch(flow: Flow): void {
    if (flow === this.newest) return;
    this.untrack(flow);
    this.track(flow);
  }

  /** Takes the flow out of the list of last use; it can still be found. */
  untrack(flow: Flow): void {
    if (flow.older === null) this.oldest = flow.newer;
    else flow.older.newer = flow.newer;
    if (flow.newer === null) this.newest = flow.older;
    else flow.newer.older = flow.older;
    flow.older = flow.newer = null;
    this.tracked--;
  }

  private track(flow: Flow): void {
    flow.older = this.newest;
    if (this.newest === null) this.oldest = flow;
    else this.newest.newer = flow;
    this.newest = flow;
    this.tracked++;
  }

  private chain(flow: Flow): void {
    const index = flow.hash & (this.buckets.length - 1);
    flow.nextInBucket = this.buckets[index];
    this.buckets[index] = flow;
  }

  private grow(): void {
    const old = this.buckets;
    this.buckets = new Array(old.length * 4).fill(null);
    for (let flow of old) {
      while (flow !== null) {
        const next: Flow | null = flow.nextInBucket;
        this.chain(flow);
        flow = next;
      }
    }
  }
}

/** Others in each process: connections that all fall into one bucket cannot be chosen beforehand. Odd. */
const ADDRESS_MULTIPLIER = Math.floor(Math.random() * 2 ** 32) | 1;
const END_MULTIPLIER = Math.floor(Math.random() * 2 ** 32) | 1;

/** Equal for a segment and its answers. */
export function hashOf(segment: SegmentView): number {
  const { buf, family, sourceAddress, destinationAddress } = segment;
  const source = Math.imul(foldAddress(buf, sourceAddress, family) ^ segment.sourcePort, END_MULTIPLIER);
  const destination = Math.imul(foldAddress(buf, destinationAddress, family) ^ segment.destinationPort, END_MULTIPLIER);
  const sum = (source ^ (source >>> 15)) + (destination ^ (destination >>> 15));
  return Math.imul(sum ^ (sum >>> 16), 0x85ebca6b) >>> 1;
}

function foldAddress(buf: Uint8Array, at: number, family: 4 | 6): number {
  if (family === 4) return Math.imul(wordAt(buf, at), ADDRESS_MULTIPLIER);
  let hash = 0;
  for (let i = 0; i < 16; i += 4) hash = Math.imul(hash ^ wordAt(buf, at + i), ADDRESS_MULTIPLIER);
  return hash;
}

function wordAt(buf: Uint8Array, at: number): number {
  return (buf[at] << 24) | (buf[at + 1] << 16) | (buf[at + 2] << 8) | buf[at + 3];
}

/** The client's address words, then the server's; `fromClient`: the segment's sender is the client. */
export function addressWords(segment: SegmentView, fromClient: boolean): Int32Array {
  const words = segment.family === 4 ? 1 : 4;
  const key = new Int32Array(2 * words);
  const client = fromClient ? segment.sourceAddress : segment.destinationAddress;
  const server = fromClient ? segment.destinationAddress : segment.sourceAddress;
  for (let i = 0; i < words; i++) {
    key[i] = wordAt(segment.buf, client + 4 * i);
    key[words + i] = wordAt(segment.buf, server + 4 * i);
  }
  return key;
}

export function portsOf(segment: SegmentView, fromClient: boolean): number {
  const { sourcePort, destinationPort } = segment;
  return fromClient ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
}

export function isFromClient(flow: Flow, segment: SegmentView): boolean {
  if (flow.ports !== ((segment.sourcePort << 16) | segment.destinationPort)) return false;
  return hasAddresses(flow.words, segment, segment.sourceAddress, segment.destinationAddress);
}

export function isFromServer(flow: Flow, segment: SegmentView): boolean {
  if (flow.ports !== ((segment.destinationPort << 16) | segment.sourcePort)) return false;
  return hasAddresses(flow.words, segment, segment.destinationAddress, segment.sourceAddress);
}

function hasAddresses(words: Int32Array, segment: SegmentView, client: number, server: number): boolean {
  const { buf } = segment;
  if (segment.family === 4)
    return words.length === 2 && words[0] === wordAt(buf, client) && words[1] === wordAt(buf, server);
  if (words.length !== 8) return false;
  for (let i = 0; i < 4; i++) {
    if (words[i] !== wordAt(buf, client + 4 * i) || words[4 + i] !== wordAt(buf, server + 4 * i)) return false;
  }
  return true;
}
