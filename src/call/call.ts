/** One gRPC call as it was seen: the facts, owned, not yet decoded. The record and every output are made from it. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { HeaderField } from "../hpack/header-field.js";
import type { CallContext } from "./context.js";
import type { DiagnosticRecord, Outcome, PathSource, Protocol, TlsRecord } from "./record.js";
import type { CallReset } from "./reset.js";

/** The connection a call runs on. */
export interface CallConnection {
  readonly id: number;
  readonly client: string;
  readonly server: string;
  readonly tls: TlsRecord | null;
}

export interface CallStatus {
  readonly code: number;
  readonly message: string;
  /** grpc-status-details-bin; null where there is none. */
  readonly details: HeaderField | null;
}

/** One message of one half. `body` is as sent: compressed where `flag` says so. */
export interface CallMessage {
  readonly index: number;
  readonly timeNs: number;
  readonly flag: number;
  readonly body: Uint8Array;
  readonly wireSize: number;
  readonly packets: number[];
  readonly complete: boolean;
}

/** What a message takes besides its body and the numbers of its packets. */
const MESSAGE_BYTES = 256;
const PACKET_BYTES = 8;

/** What holding a message takes, about. */
export function heldBytesOf({ body, packets }: CallMessage): number {
  return MESSAGE_BYTES + body.length + packets.length * PACKET_BYTES;
}

const NO_MESSAGES: readonly CallMessage[] = [];

/** One direction of a call. */
export class CallHalf {
  /** Who sends it. */
  readonly side: Side;
  headers: readonly HeaderField[] | null = null;
  trailers: readonly HeaderField[] | null = null;
  /** Those that are listed so far; another list once there is one. */
  messages: readonly CallMessage[] = NO_MESSAGES;
  messageCount = 0;
  bytes = 0;
  /** `grpc-encoding`, "identity" where there is none; null: the headers that would name it were not seen whole. */
  encoding: string | null = null;
  /** What its messages are written in: the subtype of `content-type`, "proto", "json" … */
  codec = "proto";
  ended = false;
  /** Fields of its headers or trailers may be inferred. */
  mayBeInferred = false;
  /** Its grpc-status was worked out without knowing which of the trailers it is. */
  statusInferred = false;

  constructor(side: Side) {
    this.side = side;
  }

  /** Lists a message. Most halves have one alone; an array that grows would take room for many. */
  list(message: CallMessage): void {
    if (this.messages.length === 0) this.messages = [message];
    else (this.messages as CallMessage[]).push(message);
  }
}

export class Call {
  /** 0 until it is known to be gRPC. */
  id = 0;
  path: string | null = null;
  pathSource: PathSource = "unknown";
  protocol: Protocol = "grpc";
  readonly request = new CallHalf(0);
  readonly response = new CallHalf(1);
  /** Time of the end of the response, or of the reset; null while open or when it was not seen. */
  endNs: number | null = null;
  outcome: Outcome = "incomplete";
  status: CallStatus | null = null;
  reset: CallReset | null = null;
  readonly diagnostics: DiagnosticRecord[] = [];
  /** By code, those told included; null: none. */
  diagnosticCounts: Map<string, number> | null = null;

  constructor(
    readonly context: CallContext,
    readonly connection: CallConnection,
    readonly stream: number,
    /** First byte of the request headers; of whatever was seen first where they were not. */
    public startNs: number,
  ) {}

  half(side: Side): CallHalf {
    return side === 0 ? this.request : this.response;
  }

  get durationNs(): number | null {
    return this.endNs === null || this.request.headers === null ? null : this.endNs - this.startNs;
  }
}

/** What the half that `side` sends is called. */
export function halfName(side: Side): "request" | "response" {
  return side === 0 ? "request" : "response";
}
