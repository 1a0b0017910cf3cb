/** What `explain` says: which bytes of which packets mean what (docs/explain.md). */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { Segment } from "./byte-log.js";

/**
 * Whose format the bytes are in. "data": of no format that is known here, or not to be read; "lost": never captured.
 */
export type Layer = "http1" | "http2" | "hpack" | "grpc" | "protobuf" | "json" | "data" | "lost";

/** Bytes of one meaning, wherever they are. */
export interface Part {
  readonly layer: Layer;
  /** What of it they are: "header", "padding", "tag", "length", "value", "prefix", … */
  readonly role: string;
  /** Of the field, as its format's specification or its schema names it; null: it has none. */
  readonly name: string | null;
  /** The value as JSON text. */
  readonly json: string;
  /** The same for people, and what there is to say besides. */
  readonly text: string;
  readonly note?: string;
  /** A line of its own above; `isBlock`: a frame, or a head of HTTP/1.1, begins. */
  readonly heading?: string;
  readonly isBlock?: boolean;
  /** How deep it is inside its frame: 0, 1, … */
  readonly depth: number;
  /** Its bytes say how long the next part is: people read them together. */
  readonly joins?: boolean;
  /** More members of the JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Bytes of one part that lie in one packet. */
export interface Span {
  readonly kind: "span";
  readonly part: Part;
  readonly side: Side;
  /** Offset in the side's byte stream. */
  readonly at: number;
  readonly length: number;
  /** null: they were lost. */
  readonly segment: Segment | null;
  /** Byte of the packet; null: not known. */
  readonly offset: number | null;
  /** null: lost, or kept out by a limit. */
  readonly bytes: Uint8Array | null;
  /** A part that is cut over packets or frames comes in `pieces` spans: this one is number `piece`, from 1. */
  readonly piece: number;
  readonly pieces: number;
}

/** A part of what the bytes of spans become when they are decompressed, or decoded from base64. It is not on the wire. */
export interface Inner {
  readonly kind: "inner";
  readonly decoding: "decompressed" | "decoded";
  readonly part: Part;
  readonly side: Side;
  /** Index of the message in its half; null: the whole body was decoded. */
  readonly message: number | null;
  /** Offset in what was decoded. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** What it was decoded from. */
  readonly from: readonly (Span | Inner)[];
}

export type Item = Span | Inner;
