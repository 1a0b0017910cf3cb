/**
 * The status of calls whose grpc-status was put into the header table before the capture began: worked out from calls that were
 * answered. Also where nothing tells which of the entries in the trailers is the grpc-status: one of them is, and a call that has
 * the same ones as calls that went well went well too.
 */
import { fieldValue, type HeaderField } from "../hpack/header-field.js";
import { inferValue } from "../hpack/placeholders.js";
import type { Call } from "./call.js";
import { methodOf } from "./decode.js";

/** Calls that end with the same entries behind messages: an error that says nothing more is not that frequent. */
const ENOUGH_ANSWERED = 3;

/** Trailers of more entries that were never seen are not looked at, as in http2/grpc-field-names.ts. */
const MAX_ENTRIES = 32;

/** Sets of entries whose calls are counted; a connection has a few. Past it the oldest is forgotten. */
const MAX_SETS = 256;

export type LateVerdict = "ok" | "error" | null;

export class LateStatus {
  /** Entries that all calls which went well have in common: one of them is grpc-status 0. null: there was no such call. */
  private okEntries: ReadonlySet<number> | null = null;
  /** By entries: how many calls with messages ended with them. */
  private readonly answered = new Map<string, number>();

  /** The trailers of a call came. */
  note(call: Call, fields: readonly HeaderField[]): void {
    const entries = statusEntries(fields);
    if (entries.length === 0 || entries.length > MAX_ENTRIES || call.response.messageCount === 0) return;
    if (saysWhatWentWrong(fields)) return;
    const key = entries.join();
    const times = (this.answered.get(key) ?? 0) + 1;
    this.answered.set(key, times);
    if (this.answered.size > MAX_SETS) this.answered.delete(this.answered.keys().next().value!);
    if (mayHaveFailed(call, fields) && times < ENOUGH_ANSWERED) return;
    const common = entries.filter((entry) => this.okEntries?.has(entry) ?? true);
    if (common.length > 0) this.okEntries = new Set(common);
    const status = fields.find(({ name }) => name === "grpc-status");
    if (status !== undefined) inferValue(status, "0");
  }

  /** How a call ended, as far as its trailers do not say so themselves; null: they do, or it is not known. */
  of({ status, response: { trailers, messageCount } }: Call): LateVerdict {
    const { okEntries } = this;
    if (status !== null || trailers === null) return null;
    const entries = statusEntries(trailers);
    if (entries.length === 0) return null;
    if (saysWhatWentWrong(trailers)) return "error";
    if (okEntries === null) return null;
    const shared = entries.filter((entry) => okEntries.has(entry)).length;
    const isNamed = trailers.some(({ name }) => name === "grpc-status");
    if (shared === okEntries.size || (isNamed && shared > 0)) return "ok";
    return shared === 0 && messageCount === 0 ? "error" : null;
  }
}

/** A grpc-message that was read does; grpc-js says "OK" where nothing went wrong. */
function saysWhatWentWrong(fields: readonly HeaderField[]): boolean {
  return !/^(OK)?$/.test(fieldValue(fields, "grpc-message") ?? "");
}

/** The entries of which one is a grpc-status that was never seen: itself, or all that have no name. */
function statusEntries(fields: readonly HeaderField[]): number[] {
  const status = fields.find(({ name }) => name === "grpc-status");
  const candidates = status === undefined ? fields.filter(({ nameSource }) => nameSource === "unknown") : [status];
  // a value that was read may be the status
  if (candidates.some(({ valueSource }) => valueSource !== "unknown")) return [];
  return candidates.map(({ placeholder }) => placeholder);
}

/** A unary call that failed has no message; a stream may have had some before, and says more of it than a code. */
function mayHaveFailed(call: Call, fields: readonly HeaderField[]): boolean {
  if (fields.length === 1) return false;
  const kind = methodOf(call)?.kind;
  return call.response.messageCount > 1 || kind === "server_streaming" || kind === "bidi_streaming";
}
