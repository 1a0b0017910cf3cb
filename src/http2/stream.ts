/** The streams of one connection: those that are open, and how the last ones closed. */
import type { Side } from "../bytes/byte-stream-sink.js";
import { type IdEntry, IdTable } from "../bytes/id-table.js";
import type { Http2Stream } from "./observer.js";
import { CLOSED, IDLE } from "./stream-state.js";

/** Why a stream is closed. */
export type CloseCause = "END_STREAM" | "RST_STREAM by the client" | "RST_STREAM by the server" | "GOAWAY" | "limit";

export class Stream implements Http2Stream, IdEntry<Stream> {
  user: unknown = undefined;
  /** One of stream-state.ts. */
  state = IDLE;
  /** Header blocks that each side sent, informational responses (1xx) left out. */
  clientBlocks = 0;
  serverBlocks = 0;
  /** The server sent DATA. */
  answered = false;
  nextInBucket: Stream | null = null;
  older: Stream | null = null;
  newer: Stream | null = null;

  constructor(
    readonly id: number,
    /** Bytes of DATA that each side may still send on it; NaN: not known. */
    public clientWindow: number,
    public serverWindow: number,
    /** What came of it before is not known for sure: it began before we joined, or bytes were lost since. */
    public doubtful: boolean,
  ) {}
}

/** Closed streams whose cause is remembered: frames on their way are at most a round trip late. */
const REMEMBERED = 64;

export class Streams {
  readonly open = new IdTable<Stream>();
  /** The highest stream id that each side began, as either side's frames tell. */
  readonly highest: [client: number, server: number] = [0, 0];
  /** The same as its own frames tell: those of one side come in order, so all that it began below were read before. */
  readonly read: [client: number, server: number] = [0, 0];
  /** Open streams that each side began. */
  readonly count: [client: number, server: number] = [0, 0];
  private last: Stream | null = null;
  private closedIds: Int32Array | null = null;
  private closedCauses: CloseCause[] = [];
  private closedCount = 0;

  find(id: number): Stream | null {
    if (this.last !== null && this.last.id === id) return this.last;
    const stream = this.open.get(id);
    if (stream !== null) this.last = stream;
    return stream;
  }

  add(stream: Stream): void {
    const side = initiator(stream.id);
    this.open.add(stream);
    this.last = stream;
    this.count[side]++;
    if (stream.id > this.highest[side]) this.highest[side] = stream.id;
  }

  /** Whether a stream of this id was, or must have been, begun before: ids only grow (RFC 9113 §5.1.1). */
  wasBegun(id: number): boolean {
    return id <= this.highest[initiator(id)];
  }

  close(stream: Stream, cause: CloseCause): void {
    stream.state = CLOSED;
    this.open.remove(stream);
    this.count[initiator(stream.id)]--;
    if (this.last === stream) this.last = null;
    this.closedIds ??= new Int32Array(REMEMBERED);
    const slot = this.closedCount++ % REMEMBERED;
    this.closedIds[slot] = stream.id;
    this.closedCauses[slot] = cause;
  }

  /** How stream `id` was closed; null when that was long ago, or never. */
  closeCause(id: number): CloseCause | null {
    const slot = this.closedIds?.lastIndexOf(id) ?? -1;
    return slot < 0 ? null : this.closedCauses[slot];
  }
}

/** §5.1.1: "Streams initiated by a client MUST use odd-numbered stream identifiers". */
export function initiator(id: number): Side {
  return id % 2 === 1 ? 0 : 1;
}
