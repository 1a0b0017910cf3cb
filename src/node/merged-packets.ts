/**
 * Several captures → their packets in the order of their times, as if they were one: a ring of files, or the two ends of a link.
 *
 * Each file is read a chunk at a time; what is held is the packets of one chunk of each. Where a file's own times go backwards
 * its packets stay in its order.
 */
import { joinPacketNumber } from "../bytes/packet-number.js";
import type { CaptureReader, CaptureSink, PacketView } from "../capture/packet-view.js";

/** Opens the reader of one of the captures; its packets go into `sink`. */
export type OpenReader = (sink: CaptureSink, captureIndex: number) => CaptureReader;

class Source {
  private readonly packets: PacketView[] = [];
  private next = 0;
  private readonly reader: CaptureReader;
  private ended = false;

  constructor(
    private readonly chunks: AsyncIterator<Uint8Array>,
    captureIndex: number,
    openReader: OpenReader,
  ) {
    const keep = (packet: PacketView) => {
      const buf = packet.buf.slice(packet.start, packet.end);
      const number = joinPacketNumber(captureIndex, packet.number);
      this.packets.push({ ...packet, number, buf, start: 0, end: buf.length });
    };
    this.reader = openReader({ packet: keep }, captureIndex);
  }

  /** The packet that comes next; null at the end. */
  async head(): Promise<PacketView | null> {
    while (this.next === this.packets.length && !this.ended) await this.fill();
    return this.packets[this.next] ?? null;
  }

  drop(): void {
    this.next++;
  }

  private async fill(): Promise<void> {
    this.packets.length = 0;
    this.next = 0;
    const { value, done } = await this.chunks.next();
    if (!done) this.reader.push(value);
    else {
      this.ended = true;
      this.reader.end();
    }
  }
}

/** Packet numbers are joined with the index of their input (bytes/packet-number.ts). Throws what reading a file throws. */
export async function* mergedPackets(
  inputs: readonly AsyncIterable<Uint8Array>[],
  openReader: OpenReader,
): AsyncGenerator<PacketView> {
  const sources = inputs.map((chunks, index) => new Source(chunks[Symbol.asyncIterator](), index, openReader));
  for (;;) {
    let first: PacketView | null = null;
    let from: Source | null = null;
    for (const source of sources) {
      const head = await source.head();
      if (head !== null && (first === null || isBefore(head, first))) [first, from] = [head, source];
    }
    if (first === null || from === null) return;
    from.drop();
    yield first;
  }
}

function isBefore(a: PacketView, b: PacketView): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds);
}
