/**
 * A call and what was seen of its stream → items, in the order in which it came: every byte stands in one span and in no other.
 * Made one after the other as somebody asks: a large call has millions.
 */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { Call } from "../call/call.js";
import { sideItems } from "./body-items.js";
import { FrameExplainer } from "./frame-explainer.js";
import { ItemSource, Pending } from "./item-source.js";
import { RunExplainer } from "./run-explainer.js";
import { SideBytes } from "./side-bytes.js";
import type { Item } from "./span.js";
import type { KeptEvent, StreamLog } from "./stream-log.js";

interface Explainers {
  readonly frames: FrameExplainer;
  readonly runs: RunExplainer;
}

export function* explainCall(call: Call, log: StreamLog): Generator<Item> {
  const sides = [explainersOf(CLIENT, call, log), explainersOf(SERVER, call, log)];
  for (const event of log.events) {
    if (event.kind === "frame") yield* sides[event.side].frames.explain(event);
    else if (event.kind === "run") yield* sides[event.side].runs.explain(event);
  }
}

function explainersOf(side: Side, call: Call, log: StreamLog): Explainers {
  const events: KeptEvent[] = log.events.filter((event) => event.side === side);
  const frames = events.filter((event) => event.kind === "frame");
  const bytes = new SideBytes(
    side,
    events.filter((event) => event.kind !== "loss"),
  );
  const source = new ItemSource(bytes);
  const body = new Pending(sideItems(call, call.half(side), events, bytes));
  return {
    frames: new FrameExplainer(frames, bytes, source, body, call.context.merged),
    runs: new RunExplainer(bytes, source, body),
  };
}
