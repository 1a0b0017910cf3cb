/** What becomes of calls when the first packets of their connection are not there. */

import { type Capture, keyOf } from "./cut.js";
import type { CallRecord, HalfRecord } from "./product.js";

/** Counts over the calls that begin behind the cut. */
export interface LateTally {
  cuts: number;
  calls: number;
  /** All messages byte for byte, and which they are by the schema where the path is known. */
  messages: number;
  statusRight: number;
  /** Errors that are told as errors, whose code was sent before the cut. */
  statusUnknown: number;
  pathObserved: number;
  pathInferred: number;
  /** Null, with the right method among those that are named. */
  pathNamed: number;
  /** Null, and the right method is not named. */
  pathUnknown: number;
  /** What must not be, one sentence each. */
  readonly wrong: string[];
}

export function newLateTally(): LateTally {
  const zero = { cuts: 0, calls: 0, messages: 0, statusRight: 0, statusUnknown: 0 };
  return { ...zero, pathObserved: 0, pathInferred: 0, pathNamed: 0, pathUnknown: 0, wrong: [] };
}

/** `full`: the calls of the whole capture. */
export function tallyCut(capture: Capture, full: readonly CallRecord[], cut: number, tally: LateTally): void {
  const cutUs = cut === 0 ? 0 : capture.timeUs(cut);
  const late = new Map(capture.calls(cut).map((call) => [keyOf(call), call]));
  tally.cuts++;
  for (const whole of full) {
    if (microseconds(whole.start) <= cutUs) continue;
    tally.calls++;
    const call = late.get(keyOf(whole));
    const place = `${cut} packets cut off, stream ${whole.stream} (${whole.path})`;
    if (call === undefined) tally.wrong.push(`${place}: the call is missing`);
    else tallyCall(whole, call, place, tally);
  }
}

function tallyCall(whole: CallRecord, call: CallRecord, place: string, tally: LateTally): void {
  if (sameBytes(whole.request, call.request) && sameBytes(whole.response, call.response)) tally.messages++;
  else tally.wrong.push(`${place}: messages differ`);
  if (call.status === null && call.outcome === "error" && whole.outcome === "error") tally.statusUnknown++;
  else if (call.status?.code === whole.status?.code) tally.statusRight++;
  else tally.wrong.push(`${place}: status ${call.status?.name ?? call.outcome}`);
  if (call.path === null) {
    const named = call.diagnostics.some(({ text }) => text.includes(whole.path!));
    tally[named ? "pathNamed" : "pathUnknown"]++;
  } else if (call.path !== whole.path) tally.wrong.push(`${place}: path ${call.path}`);
  else tally[call.pathSource === "observed" ? "pathObserved" : "pathInferred"]++;
}

function sameBytes(whole: HalfRecord, half: HalfRecord): boolean {
  const raw = ({ messages }: HalfRecord) => messages.map(({ raw, complete }) => `${raw} ${complete}`).join();
  return raw(whole) === raw(half);
}

function microseconds(time: string): number {
  const [, seconds, fraction] = /^(.*)\.(\d{6})\d*Z$/.exec(time)!;
  return Date.parse(`${seconds}Z`) * 1e3 + Number(fraction);
}
