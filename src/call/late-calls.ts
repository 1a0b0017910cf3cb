/**
 * The calls of one connection whose header fields were sent before the capture began: recognised as gRPC, their fields named,
 * their paths found.
 *
 * What a field was may be told by later calls. So the record of a call that ended with its path or its status unknown is held
 * until it is known, in the order in which calls end, at most until
 * - MANY calls share the path and one method is left, or none;
 * - HOLD_NS of packet time have passed;
 * - maxHeldCalls are held;
 * - the connection is over.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { fieldValue, type HeaderField } from "../hpack/header-field.js";
import { inferValue } from "../hpack/placeholders.js";
import { GrpcFieldNames } from "../http2/grpc-field-names.js";
import type { Call } from "./call.js";
import { diagnose } from "./diagnose.js";
import { LateStatus, type LateVerdict } from "./late-status.js";
import { type PathGuess, pathFields } from "./path-guess.js";
import type { PathInference, Verdict } from "./path-inference.js";

/** A call that has ended and waits. */
export interface EndedCall {
  readonly call: Call;
  readonly endedNs: number;
  /** Reads its status and outcome from what is known by now, and tells it. */
  release(verdict: LateVerdict): void;
}

/** Calls of one path that are enough to decide on it before the connection is over. */
const MANY = 32;
const HOLD_NS = 10e9;

export class LateCalls {
  private readonly names = new GrpcFieldNames();
  /** Placeholders of the content-types of calls that are gRPC. */
  private readonly grpcTypes = new Set<number>();
  private readonly decided = new Map<string, Verdict>();
  private held: EndedCall[] = [];
  private nextSettling = MANY;
  private readonly status = new LateStatus();

  /** `requestsLost`: whether header blocks of requests may be missing; they may have put a path into the table that was in it before. */
  constructor(
    private readonly paths: PathGuess,
    private readonly connection: number,
    private readonly maxHeldCalls: number,
    private readonly requestsLost: () => boolean,
  ) {}

  /** Whether a request's content-type is one that was seen to be gRPC's. */
  isGrpc(fields: readonly HeaderField[]): boolean {
    return fields.some(({ placeholder }) => placeholder !== 0 && this.grpcTypes.has(placeholder));
  }

  /** A call of this connection is known to be gRPC: the blocks of it that came so far. */
  confirmed(call: Call): void {
    const { request, response } = call;
    if (request.headers !== null) this.request(request.headers);
    if (response.headers !== null) this.names.response(response.headers, "headers");
    if (response.trailers !== null) this.trailers(call, response.trailers);
  }

  /** The next block of a call that is known to be gRPC came. */
  block(call: Call, side: Side, fields: readonly HeaderField[]): void {
    const { request, response } = call;
    if (side === 0) {
      if (fields === request.headers) this.request(fields);
    } else if (fields === response.headers) this.names.response(fields, "headers");
    else if (fields === response.trailers) this.trailers(call, fields);
  }

  private request(fields: readonly HeaderField[]): void {
    this.names.request(fields);
    for (const { name, valueSource, placeholder } of fields)
      if (name === "content-type" && valueSource !== "observed") this.grpcTypes.add(placeholder);
  }

  private trailers(call: Call, fields: readonly HeaderField[]): void {
    const isOnly = call.response.headers === null && fields[0]?.name === ":status";
    this.names.response(fields, isOnly ? "only" : "trailers");
    this.status.note(call, fields);
  }

  /** A call is over. It is told at once when nothing is left to be found out, or nothing can be. */
  end(ended: EndedCall): void {
    const { call } = ended;
    this.dropContradicted(call);
    this.applyGiven(call);
    this.applyVerdict(call);
    if (!this.isOpen(call)) {
      this.release(ended);
      return;
    }
    this.held.push(ended);
    const first = this.held[0];
    if (this.held.length >= this.maxHeldCalls || ended.endedNs - first.endedNs >= HOLD_NS) this.settle(true);
    else if (this.held.length >= this.nextSettling) {
      this.settle(false);
      this.nextSettling = this.held.length + MANY;
    }
  }

  /** Nothing more will come. */
  finish(): void {
    this.settle(true);
  }

  private isOpen(call: Call): boolean {
    if (statusIsOpen(call) && this.status.of(call) === null) return true;
    if (call.path !== null || !this.paths.inference?.hasMethods) return false;
    const key = keyOf(call);
    return key !== "" && !this.decided.has(key);
  }

  /** Decides on the paths of the calls that are held, `last`: on all of them; tells those that it was decided on. */
  private settle(last: boolean): void {
    if (this.paths.inference !== null) this.decide(this.paths.inference, last);
    const kept: EndedCall[] = [];
    for (const ended of this.held) {
      this.applyVerdict(ended.call);
      if (!last && this.isOpen(ended.call)) kept.push(ended);
      else this.release(ended);
    }
    this.held = kept;
    if (!last) return;
    this.nextSettling = MANY;
    // later calls may tell more
    for (const [key, { kind }] of this.decided) if (kind === "close") this.decided.delete(key);
  }

  private decide(inference: PathInference, last: boolean): void {
    const groups = new Map<string, Call[]>();
    for (const { call } of this.held) {
      const key = call.path === null ? keyOf(call) : "";
      if (key === "" || this.decided.has(key)) continue;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [call]);
      else group.push(call);
    }
    // A table does not hold the same field twice: a path that one of its entries is, no other one is.
    const found = new Set<string>();
    const note = (verdict: Verdict): void => {
      if (verdict.kind === "found" && !this.requestsLost()) found.add(verdict.path);
    };
    for (const verdict of this.decided.values()) note(verdict);
    for (let before = -1; before < found.size; ) {
      before = found.size;
      for (const [key, calls] of groups) {
        if (this.decided.get(key)?.kind === "found" || (!last && calls.length < MANY)) continue;
        const verdict = inference.infer(calls, found);
        if (last || verdict.kind !== "close") this.decided.set(key, verdict);
        note(verdict);
      }
    }
  }

  /** A path that was inferred before this call, or read from a table that lost bytes may have moved. */
  private dropContradicted(call: Call): void {
    if (call.pathSource !== "inferred" || !this.paths.inference?.contradicts(call.path!, call)) return;
    call.path = null;
    call.pathSource = "unknown";
  }

  private applyGiven(call: Call): void {
    if (call.path !== null || call.request.headers === null) return;
    const path = this.paths.given(call.request.headers, this.connection);
    if (path === null) return;
    call.path = path;
    call.pathSource = "given";
  }

  private applyVerdict(call: Call): void {
    if (call.path !== null || call.request.headers === null) return;
    const key = keyOf(call);
    const verdict = this.decided.get(key);
    const path = fieldValue(call.request.headers, ":path") ?? (verdict?.kind === "found" ? verdict.path : null);
    if (path === null) return;
    if (this.paths.inference?.contradicts(path, call)) {
      // so it was another method all along
      this.decided.set(key, { kind: "none" });
      return;
    }
    call.path = path;
    call.pathSource = "inferred";
    const fields = pathFieldsOf(call);
    if (fields.length === 1 && fields[0].name === ":path") inferValue(fields[0], path);
  }

  private release(ended: EndedCall): void {
    const { call } = ended;
    const fields = pathFieldsOf(call);
    if (call.path === null && fields.length > 0) this.explain(call, fields);
    ended.release(this.status.of(call));
  }

  private explain(call: Call, fields: readonly HeaderField[]): void {
    const placeholder = fields.map((field) => `?${field.placeholder}`).join(" or ");
    const verdict = this.decided.get(keyOf(call));
    const { inference } = this.paths;
    if (verdict?.kind === "close") {
      diagnose(call, "CALL_PATH_AMBIGUOUS", { placeholder, methods: listOf(verdict.paths) }, []);
      return;
    }
    const why =
      inference === null
        ? "it is not to be guessed"
        : inference.hasMethods
          ? "no method of the schema fits the messages of the calls that share it"
          : "there is no schema that could tell it";
    diagnose(call, "CALL_PATH_UNKNOWN", { placeholder, why }, []);
  }
}

function pathFieldsOf({ request }: Call): readonly HeaderField[] {
  return request.headers === null ? [] : pathFields(request.headers);
}

/** What calls of one path share: the entry, or the entries of which one is it; "": nothing is known of it. */
function keyOf(call: Call): string {
  return pathFieldsOf(call)
    .map(({ placeholder }) => placeholder)
    .join();
}

function statusIsOpen({ status, response }: Call): boolean {
  if (status !== null || response.trailers === null) return false;
  return response.trailers.some(
    ({ name, nameSource, valueSource }) =>
      valueSource === "unknown" && (nameSource === "unknown" || name === "grpc-status"),
  );
}

/** Names of methods for a sentence. */
function listOf(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(", ");
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown;
}
