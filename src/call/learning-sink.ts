/**
 * Calls on their way to a sink: what they teach is taken in, and calls that nothing explains yet are held back, with all that
 * come behind them, until the input ends or there are too many: what later calls teach explains earlier ones too.
 */
import type { CallSink } from "./assembler.js";
import { type Call, type CallHalf, type CallMessage, heldBytesOf } from "./call.js";
import type { Learning } from "./learning.js";

/** What a held event costs besides its message. */
const EVENT_BYTES = 512;

type Held = readonly [
  kind: "start" | "message" | "end",
  call: Call,
  half: CallHalf | null,
  message: CallMessage | null,
];

export class LearningSink implements CallSink {
  private held: Held[] = [];
  private holding = false;

  /** `room`: bytes of messages that may be held; 0: none is. */
  constructor(
    private readonly next: CallSink,
    private readonly learning: Learning,
    private room: number,
  ) {}

  callStart(call: Call): void {
    if (this.holding) this.hold(["start", call, null, null], EVENT_BYTES);
    else this.next.callStart?.(call);
  }

  callMessage(call: Call, half: CallHalf, message: CallMessage): void {
    this.learn(this.learning.message(call, half, message));
    if (this.holding) this.hold(["message", call, half, message], EVENT_BYTES + heldBytesOf(message));
    else this.next.callMessage?.(call, half, message);
  }

  callEnd(call: Call): void {
    // Whoever gets each message as it comes has taught it already.
    const listed = this.next.callMessage === undefined;
    if (listed) this.learn(this.learning.call(call));
    if (this.holding) this.hold(["end", call, null, null], EVENT_BYTES + (listed ? bytesOfMessages(call) : 0));
    else this.next.callEnd?.(call);
  }

  private learn(unexplained: boolean): void {
    if (unexplained && this.room > 0) this.holding = true;
  }

  private hold(event: Held, bytes: number): void {
    this.held.push(event);
    this.room -= bytes;
    if (this.room <= 0) this.release();
  }

  /** Hands on what is held; once there was too much, nothing is held any more. */
  release(): void {
    const { held, next } = this;
    this.held = [];
    this.holding = false;
    for (const [kind, call, half, message] of held) {
      if (kind === "start") next.callStart?.(call);
      else if (kind === "end") next.callEnd?.(call);
      else next.callMessage?.(call, half!, message!);
    }
  }
}

function bytesOfMessages({ request, response }: Call): number {
  let bytes = 0;
  for (const half of [request, response]) for (const message of half.messages) bytes += heldBytesOf(message);
  return bytes;
}
