/** A stream that is being followed: its call, what reads the bodies of its two halves, and what is known of its end. */
import { CLIENT, SERVER, type Side } from "../bytes/byte-stream-sink.js";
import type { IdEntry } from "../bytes/id-table.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import type { BodyReader } from "../grpc/body-reader.js";
import type { MemoryBudget } from "../grpc/growing-buffer.js";
import { MessageSplitter, type MissingBytes } from "../grpc/message-splitter.js";
import type { HeaderBlock } from "../http2/observer.js";
import { type Call, type CallHalf, type CallMessage, heldBytesOf } from "./call.js";
import type { CallContext } from "./context.js";
import { diagnose } from "./diagnose.js";
import type { Dialect, DialectCall } from "./dialect.js";
import type { CallLedger } from "./ledger.js";
import { tellMissing } from "./tell-missing.js";

export class OpenCall implements DialectCall, IdEntry<OpenCall> {
  /** That of its stream. */
  readonly id: number;
  request: BodyReader;
  response: BodyReader;
  /** null: it is gRPC, as far as is known. */
  dialect: Dialect | null = null;
  heldBytes = 0;
  unlisted = false;
  /** It was told, or held to be told: what its stream still carries is no part of it. */
  ended = false;
  responseMissing = false;
  /** Bytes lost on each side before anything of its half was seen: they matter only if its headers never come. */
  readonly lostBefore: [number, number] = [0, 0];
  /** Bytes lost on each side while its half was under way: they may be another call's. */
  readonly lostWithin: [number, number] = [0, 0];
  /** DATA of each side came before its headers. */
  private readonly began: [boolean, boolean] = [false, false];
  nextInBucket: OpenCall | null = null;
  older: OpenCall | null = null;
  newer: OpenCall | null = null;

  constructor(
    readonly call: Call,
    readonly provenance: readonly [OffsetMap, OffsetMap] | null,
    private readonly ledger: CallLedger,
  ) {
    this.id = call.stream;
    const { maxMessageBytes } = ledger.context.limits;
    this.request = new MessageSplitter(this, CLIENT, provenance?.[0] ?? null, maxMessageBytes, ledger.budget);
    this.response = new MessageSplitter(this, SERVER, provenance?.[1] ?? null, maxMessageBytes, ledger.budget);
  }

  get context(): CallContext {
    return this.ledger.context;
  }

  get budget(): MemoryBudget {
    return this.ledger.budget;
  }

  reader(side: Side): BodyReader {
    return side === CLIENT ? this.request : this.response;
  }

  /** DATA of a half came whose headers were not seen: they begin anywhere in a message. */
  joinHalfLate(side: Side): void {
    if (this.began[side]) return;
    this.began[side] = true;
    const reader = this.reader(side);
    if (reader instanceof MessageSplitter) reader.joinLate();
  }

  /** Lets the dialect take a block of headers. */
  passTo(dialect: Dialect, side: Side, block: HeaderBlock): void {
    const reader = dialect.headers(side, block);
    if (reader !== null) this.read(side, reader);
  }

  /** What comes of a side from now on is read by `reader`. */
  read(side: Side, reader: BodyReader): void {
    const before = this.reader(side);
    if (before instanceof MessageSplitter) before.drop();
    if (side === CLIENT) this.request = reader;
    else this.response = reader;
  }

  /** What is held of messages that are not whole is let go of. */
  drop(): void {
    for (const reader of [this.request, this.response]) if (reader instanceof MessageSplitter) reader.drop();
  }

  message(
    side: Side,
    flag: number,
    wireSize: number,
    body: Uint8Array,
    packets: number[],
    timeNs: number,
    missing: MissingBytes | null,
  ): void {
    const { call } = this;
    const half = call.half(side);
    const index = half.messageCount++;
    const message = { index, timeNs, flag, body, wireSize, packets, complete: missing === null };
    half.bytes += body.length;
    if (missing !== null) tellMissing(call, side, message, missing);
    const { sink } = this.ledger;
    if (sink.listMessages || call.id === 0 || isForScoring(call, half)) this.list(half, message);
    if (call.id !== 0) sink.callMessage?.(call, half, message);
  }

  /** Keeps a message until the call ends, within the limits. */
  private list(half: CallHalf, message: CallMessage): void {
    const { context, budget } = this.ledger;
    const { maxCallMessages, maxOpenMessageBytes } = context.limits;
    const bytes = heldBytesOf(message);
    if (half.messages.length < maxCallMessages && budget.take(bytes)) {
      this.heldBytes += bytes;
      half.list(message);
    } else if (!this.unlisted) {
      this.unlisted = true;
      const limits = { limit: maxCallMessages, bytes: maxOpenMessageBytes };
      diagnose(this.call, "CALL_MESSAGES_UNLISTED", limits, message.packets);
    }
  }
}

/** Messages of a call whose path is not known that tell which method it is. */
const SCORED_MESSAGES = 32;

function isForScoring({ path }: Call, { messages }: CallHalf): boolean {
  return path === null && messages.length < SCORED_MESSAGES;
}
