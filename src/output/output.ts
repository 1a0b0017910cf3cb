import type { CallSink } from "../call/assembler.js";
import type { FrameRecord } from "../engine/frame-record.js";
import type { Summary } from "../engine/summary.js";

/** A format: calls or frames go in, text comes out through the `write` it was made with. */
export interface Output extends CallSink {
  frame?(frame: FrameRecord): void;
  /** It is `nowNs` in the time of the calls, whether or not anything has happened: for formats that show what runs for long. */
  tick?(nowNs: number): void;
  /** The input is over: totals, where the format has them. */
  end(summary: Summary): void;
}

/** Text, or UTF-8 bytes that are borrowed until the call returns. */
export type Write = (text: string | Uint8Array) => void;
