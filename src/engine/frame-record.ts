/** One HTTP/2 frame as told to a user: plain, owned, with the specs' names in place of numbers (docs/frames.md). */
export interface FrameRecord {
  /** 1, 2, … in order of appearance, and its two ends: "127.0.0.1:41234". */
  readonly connection: number;
  readonly client: string;
  readonly server: string;
  readonly side: "client" | "server";
  /** RFC 3339 UTC: when its last byte was seen. */
  readonly time: string;
  /** Numbers (from 1) of the packets that carry it. */
  readonly packets: readonly number[];
  readonly stream: number;
  /** "HEADERS"; "0x21" for a type that has no name. */
  readonly type: string;
  readonly flags: readonly string[];
  /** Payload bytes, as the frame header says. */
  readonly length: number;
  /** False: bytes of it are missing in the capture, or its payload is not what its type needs. */
  readonly complete: boolean;
  /** The fields of the header block that this frame ends, in order; null: it ends none. */
  readonly headers: readonly FrameField[] | null;
  /** False: fields of that block are missing. */
  readonly headersComplete: boolean;
  /** What its payload says, under the names of docs/frames.md. */
  readonly says: FramePayload;
}

/** A header field. null: sent before the capture began, and not known. `inferred`: worked out, not read. */
export interface FrameField {
  readonly name: string | null;
  readonly value: string | null;
  /** 0: read. Else the number of the table entry that was never seen. */
  readonly placeholder: number;
  readonly inferred: boolean;
}

/** A length-prefixed message of gRPC that begins in a DATA frame. */
export interface FrameMessagePrefix {
  readonly compressed: boolean;
  readonly length: number;
}

export interface FramePayload {
  padLength?: number;
  priority?: { readonly exclusive: boolean; readonly dependency: number; readonly weight: number };
  settings?: (readonly [name: string, value: number])[];
  errorCode?: string;
  lastStream?: number;
  promisedStream?: number;
  prioritizedStream?: number;
  increment?: number;
  /** PING: 8 bytes as hex. */
  opaque?: string;
  /** GOAWAY: its debug data as text. */
  debugData?: string;
  origin?: string;
  origins?: readonly string[];
  fieldValue?: string;
  messages?: readonly FrameMessagePrefix[];
}
