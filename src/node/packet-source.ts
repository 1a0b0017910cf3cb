/** One of several captures that are read as one: its packets, a chunk of the file at a time. */
import { joinPacketNumber } from "../bytes/packet-number.js";
import type { CaptureReader, CaptureSink, PacketView } from "../capture/packet-view.js";

/** Opens the reader of one of the captures; its packets go into `sink`. */
export type OpenReader = (sink: CaptureSink, captureIndex: number) => CaptureReader;

const SMALLEST_STORE = 16 * 1024;

export class PacketSource {
  private readonly packets: PacketView[] = [];
  private next = 0;
  /** Bytes of the packets, overwritten once all of them were taken. */
  private store: Uint8Array = new Uint8Array(0);
  private stored = 0;
  private readonly reader: CaptureReader;
  private ended = false;

  constructor(
    private readonly chunks: AsyncIterator<Uint8Array>,
    readonly captureIndex: number,
    openReader: OpenReader,
  ) {
    this.reader = openReader({ packet: (packet) => this.keep(packet) }, captureIndex);
  }

  /** The packet that comes next; undefined: none was read yet, or there is none. Its bytes are borrowed until `fill`. */
  get head(): PacketView | undefined {
    return this.packets[this.next];
  }

  drop(): void {
    this.next++;
  }

  /** Reads on until there is a packet. False: it is the end. */
  async fill(): Promise<boolean> {
    while (this.head === undefined && !this.ended) await this.readChunk();
    return this.head !== undefined;
  }

  async close(): Promise<void> {
    await this.chunks.return?.();
  }

  private async readChunk(): Promise<void> {
    this.packets.length = 0;
    this.next = 0;
    this.stored = 0;
    const { value, done } = await this.chunks.next();
    if (!done) this.reader.push(value);
    else {
      this.ended = true;
      this.reader.end();
    }
  }

  private keep(packet: PacketView): void {
    const length = packet.end - packet.start;
    if (this.stored + length > this.store.length) {
      // The packets before stay where they are.
      this.store = new Uint8Array(Math.max(2 * this.store.length, length, SMALLEST_STORE));
      this.stored = 0;
    }
    const start = this.stored;
    this.stored += length;
    this.store.set(packet.buf.subarray(packet.start, packet.end), start);
    const number = joinPacketNumber(this.captureIndex, packet.number);
    this.packets.push({ ...packet, number, buf: this.store, start, end: this.stored });
  }
}
