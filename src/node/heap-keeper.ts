/**
 * Keeps the heap near what is alive in it.
 *
 * V8 lets its old space grow to several times what it holds before it collects it: good for a server, not for a tool that reads
 * gigabytes beside other programs. Connections live long enough to get there, so a large input with many of them took 450 MB for
 * 80 MB of them. So it is collected whenever SLACK_BYTES have come on top of what was left the last time, or half of what is
 * alive beyond the usual where that is more: a collection costs by what is alive, so one for every few bytes of a heap that
 * grows, grows with its square.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const SLACK_BYTES = 8 * 1024 * 1024;
/** What a run without many connections reaches anyway, the garbage of its young objects included. */
const USUAL_BYTES = 48 * 1024 * 1024;
/** Input between two looks: a look takes some ten microseconds. */
const BYTES_BETWEEN_LOOKS = 512 * 1024;

/** The heap that is kept. */
export interface Heap {
  used(): number;
  collect(): void;
}

export class HeapKeeper {
  private unlooked = 0;
  private left = USUAL_BYTES;

  /** More slack: more memory, and fewer pauses. */
  constructor(
    private readonly slackBytes = SLACK_BYTES,
    private readonly heap: Heap = new OwnHeap(),
  ) {}

  /** To be told of every chunk that was read. */
  read(bytes: number): void {
    this.unlooked += bytes;
    if (this.unlooked < BYTES_BETWEEN_LOOKS) return;
    this.unlooked = 0;
    const slack = Math.max(this.slackBytes, (this.left - USUAL_BYTES) / 2);
    if (this.heap.used() < this.left + slack) return;
    this.heap.collect();
    this.left = Math.max(USUAL_BYTES, this.heap.used());
  }
}

/** That of this process. */
class OwnHeap implements Heap {
  private gc: (() => void) | null = null;

  /** Not process.memoryUsage, which reads files of /proc for what is not asked here. */
  used(): number {
    return getHeapStatistics().used_heap_size;
  }

  collect(): void {
    this.gc ??= collector();
    this.gc();
  }
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
