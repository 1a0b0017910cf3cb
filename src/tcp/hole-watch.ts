/** Streams with holes that are given up at a certain time, by the packets' clock. One comparison a packet while none is due. */
import type { StreamHalf } from "./stream-half.js";

export class HoleWatch {
  /** Before this nothing has to be done. */
  dueNs = Number.POSITIVE_INFINITY;
  /** In the order in which they were added, which is that of their times where the packets' times do not go back. */
  private readonly due = new Map<StreamHalf, number>();

  add(half: StreamHalf, atNs: number): void {
    if (this.due.size === 0) this.dueNs = atNs;
    this.due.set(half, atNs);
  }

  delete(half: StreamHalf): void {
    this.due.delete(half);
  }

  /**
   * Settles all streams whose time has come by `nowNs`. It is told as at that time, or at that of the last segment, `lastNs`: the same
   * whether a clock, the next segment or the end of the input has it noticed.
   */
  settle(nowNs: number, lastNs: number): void {
    this.dueNs = Number.POSITIVE_INFINITY;
    for (const [half, atNs] of this.due) {
      if (atNs > nowNs) {
        this.dueNs = atNs;
        return;
      }
      half.settleByClock(Math.max(atNs, lastNs));
    }
  }
}

/** Of all streams that hold segments behind a hole, that which began to first gives up. */
export function giveUpOldestHole(holding: ReadonlySet<StreamHalf>, timeNs: number): void {
  for (const half of holding) {
    half.giveUpHoleForOthers(timeNs);
    return;
  }
}
