/**
 * A call and what was seen of its stream → items, in the order in which it came: every byte stands in one span and in no other.
 * Made one after the other as somebody asks: a large call has millions.
 */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { Call } from "../call/call.js";
import { fieldValue } from "../hpack/header-field.js";
import { sideItems } from "./body-items.js";
import { FrameExplainer } from "./frame-explainer.js";
import { ItemSource, Pending } from "./item-source.js";
import { withQuery } from "./query-items.js";
import { RunExplainer } from "./run-explainer.js";
import { SideBytes } from "./side-bytes.js";
import type { Item } from "./span.js";
import type { KeptEvent, StreamLog } from "./stream-log.js";

interface Explainers {
  readonly frames: FrameExplainer;
  readonly runs: RunExplainer;
}

export function explainCall(call: Call, log: StreamLog): Generator<Item> {
  const items = streamItems(call, log);
  const method = fieldValue(call.request.headers ?? [], ":method");
  return call.protocol === "connect" && method === "GET" ? withQuery(call, items) : items;
}

function* streamItems(call: Call, log: StreamLog): Generator<Item> {
  const sides = [explainersOf(CLIENT, call, log), explainersOf(SERVER, call, log)];
  for (const event of inOrder(log.events)) {
    if (event.kind === "frame") yield* sides[event.side].frames.explain(event);
    else if (event.kind === "run") yield* sides[event.side].runs.explain(event);
  }
}

/** The end of chunks is told late, as it is known by what follows: it goes where its packet came. */
function inOrder(events: readonly KeptEvent[]): readonly KeptEvent[] {
  if (!events.some(({ kind }) => kind === "run")) return events;
  let timeNs = 0;
  const timed = events.map((event) => {
    const segment = event.kind === "loss" ? undefined : event.pieces.at(-1)?.segment;
    timeNs = segment?.timeNs ?? timeNs;
    return { event, timeNs, at: event.kind === "loss" ? 0 : event.at };
  });
  const sameSide = (a: KeptEvent, b: KeptEvent) => a.side === b.side;
  timed.sort((a, b) => a.timeNs - b.timeNs || (sameSide(a.event, b.event) ? a.at - b.at : 0));
  return timed.map(({ event }) => event);
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
