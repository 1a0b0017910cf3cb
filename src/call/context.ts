import type { TimeBase } from "../bytes/time-base.js";
import type { InflatePort } from "../grpc/inflate-port.js";
import type { Limits } from "../limits.js";
import type { CallSchema } from "./call-schema.js";
import type { HeaderTexts } from "./header-texts.js";
import type { Learning } from "./learning.js";
import type { RecordTexts } from "./record-texts.js";

/** What making a record out of a call takes. One for an inspector; calls point to it. */
export interface CallContext {
  readonly schema: CallSchema;
  /** What the calls taught about each other. */
  readonly learning: Learning;
  readonly inflate: InflatePort;
  readonly limits: Limits;
  readonly timeBase: TimeBase;
  /** What the calls were read from: the record says it. */
  readonly capture: string | null;
  /** The names of the captures that are read as one; null for a single one. */
  readonly merged: readonly string[] | null;
  readonly headerTexts: HeaderTexts;
  readonly recordTexts: RecordTexts;
  /** Put the message bytes into the record. */
  readonly raw: boolean;
  /** Put scalars that the wire leaves out into `value`. */
  readonly emitDefaults: boolean;
}
