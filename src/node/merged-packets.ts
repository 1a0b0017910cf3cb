/**
 * Several captures → their packets in the order of their times, as if they were one: a ring of files, or the two ends of a link.
 *
 * Each file is read a chunk at a time; what is held is the packets of one chunk of each. Where a file's own times go backwards
 * its packets stay in its order; of packets of the same time, those of the file that was named first come first.
 */
import type { PacketView } from "../capture/packet-view.js";
import { type OpenReader, PacketSource } from "./packet-source.js";

const MAX_BATCH = 1024;

/**
 * Packets in batches, borrowed until the next one. Their numbers are joined with the index of their input
 * (bytes/packet-number.ts). Throws what reading a file throws.
 */
export async function* mergedPackets(
  inputs: readonly AsyncIterable<Uint8Array>[],
  openReader: OpenReader,
): AsyncGenerator<readonly PacketView[]> {
  const sources = inputs.map((chunks, index) => new PacketSource(chunks[Symbol.asyncIterator](), index, openReader));
  const queue = new SourceQueue();
  try {
    for (const source of sources) if (await source.fill()) queue.add(source);
    for (let source = queue.first; source !== undefined; source = queue.first) {
      const batch: PacketView[] = [];
      while (source.head !== undefined && batch.length < MAX_BATCH) {
        batch.push(source.head);
        source.drop();
        if (source.head === undefined) break;
        queue.settleFirst();
        source = queue.first!;
      }
      yield batch;
      if (await source.fill()) queue.settleFirst();
      else queue.dropFirst();
    }
  } finally {
    for (const source of sources) await source.close();
  }
}

/** Sources that have a packet, the one with the earliest first: a binary heap. */
class SourceQueue {
  private readonly heap: PacketSource[] = [];

  get first(): PacketSource | undefined {
    return this.heap[0];
  }

  add(source: PacketSource): void {
    const { heap } = this;
    let at = heap.push(source) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(source, heap[parent]); parent = (at - 1) >> 1) {
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = source;
  }

  dropFirst(): void {
    const last = this.heap.pop()!;
    if (this.heap.length === 0) return;
    this.heap[0] = last;
    this.settleFirst();
  }

  /** The first one has another packet now: it goes where that belongs. */
  settleFirst(): void {
    const { heap } = this;
    const source = heap[0];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], source)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = source;
  }
}

function isBefore(a: PacketSource, b: PacketSource): boolean {
  const [packet, other] = [a.head!, b.head!];
  if (packet.seconds !== other.seconds) return packet.seconds < other.seconds;
  if (packet.nanoseconds !== other.nanoseconds) return packet.nanoseconds < other.nanoseconds;
  return a.captureIndex < b.captureIndex;
}
