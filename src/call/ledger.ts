/** Who hears of calls, and what the calls of all connections share. */
import type { MemoryBudget } from "../grpc/growing-buffer.js";
import type { Call, CallHalf, CallMessage } from "./call.js";
import type { CallContext } from "./context.js";
import type { PathGuess } from "./path-guess.js";

/** What is told of calls, in the order of the bytes. A call is owned by whoever gets it. */
export interface CallSink {
  /** True: `callEnd` wants the messages listed in the call, so their bytes are held until then. */
  readonly listMessages?: boolean;
  callStart?(call: Call): void;
  callMessage?(call: Call, half: CallHalf, message: CallMessage): void;
  callEnd?(call: Call): void;
}

/** What the calls of all connections share. */
export interface CallLedger {
  readonly sink: CallSink;
  readonly context: CallContext;
  readonly budget: MemoryBudget;
  readonly paths: PathGuess;
  nextId: number;
}
