/**
 * Calls whose ":path" is one table entry that was never seen → the method that they called: the only one of the schema whose
 * types all their requests and responses decode as, cleanly and completely.
 */
import type { Schema } from "../protobuf/schema.js";
import { TypeFit } from "../protobuf/type-fit.js";
import type { MessageType, MethodType } from "../protobuf/types.js";
import type { Call, CallHalf } from "./call.js";
import { bodyOf } from "./decode.js";

/** What was found. `paths`: the methods that it may be, the likeliest first. */
export type Verdict =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "close"; readonly paths: readonly string[] }
  | { readonly kind: "none" };

/** Bits by which the method must lead: three fields or so that came with it and never with the other. */
const MARGIN = 2.5;
/** Bits that it must have, so that it is no chance that some method of the schema fits; more where there are more of them. */
const ENOUGH = 3;

/** What it counts against a streaming method that no call has more than one message, in bits: too little to decide alone. */
const MAX_UNLIKELY = 1.5;

/** Messages of one half of one call that are looked at, and bytes of each. */
const MAX_MESSAGES = 32;
const MAX_MESSAGE_BYTES = 65_536;

interface Candidate {
  readonly path: string;
  readonly method: MethodType;
  readonly request: MessageType;
  readonly response: MessageType;
}

/** The methods of a schema, read once. */
export class PathInference {
  private candidates: readonly Candidate[] | null = null;

  constructor(private readonly schema: Schema) {}

  get hasMethods(): boolean {
    return this.all().length > 0;
  }

  /** `calls` share their path, which is none of `others`. */
  infer(calls: readonly Call[], others: ReadonlySet<string>): Verdict {
    const fitting: { path: string; bits: number }[] = [];
    for (const candidate of this.all()) {
      if (others.has(candidate.path)) continue;
      const bits = bitsOf(candidate, calls);
      if (bits !== null) fitting.push({ path: candidate.path, bits });
    }
    if (fitting.length === 0) return { kind: "none" };
    fitting.sort((a, b) => b.bits - a.bits);
    const [best, second] = fitting;
    const enough = ENOUGH + Math.log2(this.all().length) / 2;
    const leads = second === undefined || best.bits - second.bits >= MARGIN;
    if (leads && best.bits >= enough) return { kind: "found", path: best.path };
    const near = fitting.filter(({ bits }) => best.bits - bits < MARGIN);
    return { kind: "close", paths: near.map(({ path }) => path) };
  }

  /** Whether a call cannot be one of the method at `path`; a method that the schema does not have may be anything. */
  contradicts(path: string, call: Call): boolean {
    const candidate = this.all().find((one) => one.path === path);
    return candidate !== undefined && bitsOf(candidate, [call]) === null;
  }

  private all(): readonly Candidate[] {
    this.candidates ??= this.schema.services().flatMap(({ fullName, methods }) =>
      methods.flatMap((name) => {
        const path = `/${fullName}/${name}`;
        const method = this.schema.method(path);
        const { request = null, response = null } = method ?? {};
        return method === null || request === null || response === null ? [] : [{ path, method, request, response }];
      }),
    );
    return this.candidates;
  }
}

/** Null: a message of a call does not fit, or there are more than the method's kind allows. */
function bitsOf({ method, request, response }: Candidate, calls: readonly Call[]): number | null {
  const requests = new TypeFit(request);
  const responses = new TypeFit(response);
  const { kind } = method;
  const manyRequests = kind === "client_streaming" || kind === "bidi_streaming";
  const manyResponses = kind === "server_streaming" || kind === "bidi_streaming";
  let streamed = 0;
  for (const call of calls) {
    if (call.request.messageCount > 1 || call.response.messageCount > 1) streamed++;
    if (!manyRequests && call.request.messageCount > 1) return null;
    if (!manyResponses && call.response.messageCount > 1) return null;
    if (!fitsHalf(call, call.request, requests) || !fitsHalf(call, call.response, responses)) return null;
  }
  // streams that never carry more than a message are few, but there are some
  const unlikely = streamed === 0 && kind !== "unary" ? Math.min(MAX_UNLIKELY, calls.length / 8) : 0;
  return requests.bits + responses.bits - unlikely;
}

function fitsHalf(call: Call, half: CallHalf, fit: TypeFit): boolean {
  const { messages } = half;
  for (let i = 0; i < messages.length && i < MAX_MESSAGES; i++) {
    const message = messages[i];
    if (!message.complete || message.wireSize > MAX_MESSAGE_BYTES) continue;
    const body = bodyOf(call, half, message, []);
    if (body !== null && !fit.add(body, 0, body.length)) return false;
  }
  return true;
}
