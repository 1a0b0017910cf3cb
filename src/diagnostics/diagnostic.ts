/**
 * What was noticed about the input: a stable code, a place, one sentence. Wire input never throws; it is reported here.
 */
import type { Side } from "../bytes/byte-stream-sink.js";
import { type DiagnosticCode, TABLE } from "./table.js";

export type Severity = "info" | "warning" | "error";

/** What is affected, and so where decoding goes on: behind the packet, the connection, the stream, the message, the field. */
export type Scope = "capture" | "packet" | "connection" | "stream" | "message" | "field";

/** One kind of diagnostic: a row of the table. */
export interface DiagnosticKind {
  readonly severity: Severity;
  readonly scope: Scope;
  /** `{name}` stands for a value given with the report. */
  readonly sentence: string;
  /** The section that says so: "RFC 9113 §4.2"; empty where no specification does. */
  readonly spec: string;
  /** What the user can do, one sentence; empty where there is nothing to do. */
  readonly advice: string;
}

/** Where it was. Offsets are bytes of `side`'s stream (see ByteStreamSink); `packet` counts from 1. */
export interface Place {
  readonly side?: Side;
  readonly at?: number;
  readonly length?: number;
  readonly stream?: number;
  readonly packet?: number;
  /** Byte offset in the capture file. */
  readonly fileOffset?: number;
}

export type Values = Readonly<Record<string, string | number>>;

/** How a layer tells: `report("TCP_GAP", { length: 20 }, { side, at })`. */
export type Report = (code: DiagnosticCode, values?: Values, place?: Place) => void;

/** A diagnostic as told to the user: plain, readonly, safe to keep. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly scope: Scope;
  readonly text: string;
  readonly place: Place;
  /** Number of the connection it happened on, from 1; null for the capture and its packets. */
  readonly connection: number | null;
  /** Numbers (from 1) of the packets that show it. */
  readonly packets: readonly number[];
}

/** The row's sentence with its `{name}`s filled in. */
export function formatDiagnostic(code: DiagnosticCode, values: Values = {}): string {
  return TABLE[code].sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "?"));
}
