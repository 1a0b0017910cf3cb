/** What the sweeps use of cal-inspect: that of dist in the tool, that of src in tests. */

export interface Product {
  readonly Inspector: new (
    ports: never,
    options: { readonly schema?: never; readonly raw?: boolean },
    sink: { callEnd?(call: never): void; frame?(frame: FrameRecord): void },
  ) => { push(bytes: Uint8Array): void; finish(): void };
  readonly toCallRecord: (call: never) => CallRecord;
  readonly ports: unknown;
  readonly schema: unknown;
}

/** The parts of docs/json.md and docs/frames.md that are compared. */
export interface CallRecord {
  readonly id: number;
  readonly client: string;
  readonly server: string;
  readonly stream: number;
  readonly start: string;
  readonly path: string | null;
  readonly pathSource: string;
  readonly outcome: string;
  readonly status: { readonly code: number; readonly name: string } | null;
  readonly request: HalfRecord;
  readonly response: HalfRecord;
  readonly diagnostics: readonly { readonly severity: string; readonly text: string }[];
}

export interface HalfRecord {
  readonly headers: Readonly<Record<string, unknown>> | null;
  readonly trailers: Readonly<Record<string, unknown>> | null;
  readonly inferred: readonly string[];
  readonly messages: readonly { readonly raw: string | null; readonly complete: boolean }[];
}

export interface FrameRecord {
  readonly client: string;
  readonly server: string;
  readonly stream: number;
  readonly type: string;
  readonly packets: readonly number[];
}
