/** What becomes of calls when a single packet is not there. */

import { type Capture, keyOf } from "./cut.js";
import type { CallRecord, FrameRecord, HalfRecord } from "./product.js";

export interface LossTally {
  packets: number;
  /** Calls that the packet did not touch, over all packets. */
  untouched: number;
  /** Of those: told as they are in the whole capture, but that names of header fields are marked as inferred. */
  untouchedInferred: number;
  /** Of those: texts of their header fields were in the packet alone, as HPACK sends them once; and the record says which. */
  untouchedHeaders: number;
  /** Of those: streams that were open, so that messages may have been lost, and the record says so. */
  untouchedDoubtful: number;
  /** Calls that it touched. */
  touched: number;
  /** Of those: told as they are in the whole capture, for what was lost is known from elsewhere. */
  touchedSame: number;
  /** Of those: told with something missing, and saying so. */
  touchedSaid: number;
  /** Of those: not told at all. */
  touchedMissing: number;
  /** What must not be, one sentence each. */
  readonly wrong: string[];
}

export function newLossTally(): LossTally {
  const zero = {
    packets: 0,
    untouched: 0,
    untouchedInferred: 0,
    untouchedHeaders: 0,
    untouchedDoubtful: 0,
    touched: 0,
    touchedSame: 0,
    touchedSaid: 0,
    touchedMissing: 0,
  };
  return { ...zero, wrong: [] };
}

/** By packet: the calls that have a frame in it. */
export function callsInPackets(frames: readonly FrameRecord[]): Map<number, Set<string>> {
  const touched = new Map<number, Set<string>>();
  for (const frame of frames) {
    if (frame.stream === 0 || frame.type === "WINDOW_UPDATE") continue;
    for (const packet of frame.packets) {
      const calls = touched.get(packet) ?? new Set();
      touched.set(packet, calls.add(keyOf(frame)));
    }
  }
  return touched;
}

/** Removes packet `number`, counted from 1. */
export function tallyLoss(
  capture: Capture,
  full: readonly CallRecord[],
  touchedIn: ReadonlyMap<number, ReadonlySet<string>>,
  number: number,
  tally: LossTally,
): void {
  const calls = new Map(capture.calls(0, number - 1).map((call) => [keyOf(call), call]));
  const touched = touchedIn.get(number) ?? new Set();
  tally.packets++;
  for (const whole of full) {
    const call = calls.get(keyOf(whole));
    const place = `without packet ${number}, stream ${whole.stream} (${whole.path})`;
    const same = call !== undefined && sayOf(whole, 0) === sayOf(call, number);
    if (!touched.has(keyOf(whole))) {
      tally.untouched++;
      if (call === undefined) tally.wrong.push(`${place}: missing, though the packet has nothing of it`);
      else if (!same) tallyUntouched(whole, call, number, place, tally);
      continue;
    }
    tally.touched++;
    if (call === undefined) tally.touchedMissing++;
    else if (same || isLater(whole, call, number)) tally.touchedSame++;
    else if (call.diagnostics.some(({ severity }) => severity !== "info") || call.request.headers === null)
      tally.touchedSaid++;
    else if (call.diagnostics.length > 0) tally.touchedSaid++;
    else tally.wrong.push(`${place}: something is missing, and it does not say so: ${difference(whole, call, number)}`);
    if (call !== undefined && !isPart(whole.request, call.request))
      tally.wrong.push(`${place}: a request that was not sent`);
    if (call !== undefined && !isPart(whole.response, call.response))
      tally.wrong.push(`${place}: a response that was not sent`);
  }
}

/** The packet had nothing of the call: what may differ is what other calls' blocks put into the header table. */
function tallyUntouched(whole: CallRecord, call: CallRecord, number: number, place: string, tally: LossTally): void {
  const messages = ({ request, response }: CallRecord) => sayOf([request.messages, response.messages], 0);
  const renumbered = sayOf([call.request.messages, call.response.messages], number);
  const isSaid = call.diagnostics.some(({ text }) => text.includes("are missing: messages of this call may be lost"));
  const knows = call.path === whole.path || call.path === null;
  const status = call.status === null || call.status.code === whole.status?.code;
  const headers = hasSaidHeaders(whole.request, call.request) && hasSaidHeaders(whole.response, call.response);
  const same = call.path === null ? true : messages(whole) === renumbered;
  if (knows && status && same && headers)
    tally[isSaid ? "untouchedDoubtful" : hasSameTexts(whole, call) ? "untouchedInferred" : "untouchedHeaders"]++;
  else
    tally.wrong.push(
      `${place}: another record, though the packet has nothing of it: ${difference(whole, call, number)}`,
    );
}

/** Whether path, status and all header fields are the same, however they are known. */
function hasSameTexts(whole: CallRecord, call: CallRecord): boolean {
  const texts = ({ path, status, request, response }: CallRecord) =>
    JSON.stringify([path, status, request.headers, request.trailers, response.headers, response.trailers]);
  return texts(whole) === texts(call);
}

/** Whether each field that differs is not known, or marked as inferred. */
function hasSaidHeaders(whole: HalfRecord, half: HalfRecord): boolean {
  for (const [had, has] of [
    [whole.headers, half.headers],
    [whole.trailers, half.trailers],
  ] as const) {
    if (had === null && has === null) continue;
    if (had === null || has === null) return false;
    const isOpen = Object.keys(has).some((name) => name.startsWith("?"));
    for (const [name, value] of Object.entries(had)) {
      const now = has[name];
      if (now === undefined ? !isOpen : now !== null && now !== value && !half.inferred.includes(name)) return false;
    }
  }
  return true;
}

/** All that a record says, with packets as they are numbered in the whole capture; `id` counts calls that may be missing. */
function sayOf(said: object, without: number): string {
  return JSON.stringify(said, (key, value) =>
    key === "id" && typeof value === "number"
      ? undefined
      : key === "packets" && without > 0
        ? value.map((packet: number) => (packet >= without ? packet + 1 : packet))
        : value,
  );
}

/** Whether the bytes were sent again, later: then times and packets alone are others. */
function isLater(whole: CallRecord, call: CallRecord, without: number): boolean {
  const said = (record: CallRecord) =>
    sayOf(record, without).replace(/"packets":\[[^\]]*\]|"(durationMs|timeMs|start|used)":[^,}]*/g, "");
  return said(whole) === said(call);
}

/** Whether every whole message of `half` is one of `whole`, in order. */
function isPart(whole: HalfRecord, half: HalfRecord): boolean {
  let i = 0;
  for (const { raw, complete } of half.messages) {
    if (!complete) continue;
    while (i < whole.messages.length && whole.messages[i].raw !== raw) i++;
    if (i++ >= whole.messages.length) return false;
  }
  return true;
}

function difference(whole: CallRecord, call: CallRecord | undefined, without: number): string {
  if (call === undefined) return "missing";
  const a = sayOf(whole, 0);
  const b = sayOf(call, without);
  let i = 0;
  while (a[i] === b[i]) i++;
  return `${a.slice(Math.max(0, i - 40), i + 60)} | ${b.slice(Math.max(0, i - 40), i + 60)}`;
}
