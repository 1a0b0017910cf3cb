/**
 * The calls that peers of every language make of each other, told to them as JSON. The service is /peers.Probe with Unary,
 * ClientStream, ServerStream and Bidi; messages are bytes without a schema. What the server shall do stands in the request's metadata.
 */

export interface ProbeCase {
  readonly id: string;
  readonly kind: "Unary" | "ClientStream" | "ServerStream" | "Bidi";
  /** Bytes of each request message. */
  readonly sizes: readonly number[];
  readonly encoding?: string;
  readonly timeoutMs?: number;
  /** The client cancels once it has so many replies; 0: once the server has logged that it has the call. */
  readonly cancelAfter?: number;
  /** Cases of one group, which stand behind each other, are run at the same time. */
  readonly group?: string;
  /** "-bin" values as base64. */
  readonly metadata: readonly (readonly [name: string, value: string])[];
}

const MiB = 1024 * 1024;

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** google.rpc.Status { code, message: "why", details: [ErrorInfo { reason: "R", domain: "peers" }] } */
function details(code: number): string {
  const field = (number: number, body: Uint8Array) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, body.length]), body]);
  const info = Buffer.concat([field(1, Buffer.from("R")), field(2, Buffer.from("peers"))]);
  const any = Buffer.concat([field(1, Buffer.from("type.googleapis.com/google.rpc.ErrorInfo")), field(2, info)]);
  return Buffer.concat([Buffer.from([0x08, code]), field(2, Buffer.from("why")), field(3, any)]).toString("base64");
}

const KINDS: readonly ProbeCase[] = [
  { id: "unary", kind: "Unary", sizes: [100], metadata: [] },
  { id: "unary-empty", kind: "Unary", sizes: [0], metadata: [] },
  { id: "client-stream", kind: "ClientStream", sizes: [1, 2000, 0, 70_000], metadata: [] },
  { id: "client-stream-none", kind: "ClientStream", sizes: [], metadata: [] },
  {
    id: "server-stream",
    kind: "ServerStream",
    sizes: [3],
    metadata: [
      ["x-replies", "5"],
      ["x-reply-size", "3000"],
    ],
  },
  { id: "server-stream-none", kind: "ServerStream", sizes: [3], metadata: [["x-replies", "0"]] },
  { id: "bidi", kind: "Bidi", sizes: [1, 20, 300, 0, 4000], metadata: [] },
  { id: "bidi-none", kind: "Bidi", sizes: [], metadata: [] },
  {
    id: "bidi-answered-early",
    kind: "Bidi",
    sizes: [10, 10],
    metadata: [
      ["x-early", "1"],
      ["x-status", "9"],
    ],
  },
  { id: "large", kind: "Unary", sizes: [4 * MiB], metadata: [] },
  {
    id: "large-reply",
    kind: "ServerStream",
    sizes: [1],
    metadata: [
      ["x-replies", "2"],
      ["x-reply-size", String(4 * MiB)],
    ],
  },
];

const STATUSES: readonly ProbeCase[] = Array.from({ length: 16 }, (_, i) => i + 1).flatMap((code) => [
  {
    id: `status-${code}`,
    kind: "Unary" as const,
    sizes: [5],
    metadata: [
      ["x-status", String(code)],
      ["x-message-bin", base64(`100 % of code ${code}: ☺ 😈\t\r\n`)],
    ] as const,
  },
  {
    id: `status-${code}-details`,
    kind: "Bidi" as const,
    sizes: [5],
    metadata: [
      ["x-status", String(code)],
      ["x-message-bin", base64("why")],
      ["x-details-bin", details(code)],
    ] as const,
  },
]);

const ENDINGS: readonly ProbeCase[] = [
  { id: "deadline-passed", kind: "Unary", sizes: [5], timeoutMs: 1000, metadata: [["x-sleep-ms", "3000"]] },
  { id: "deadline-kept", kind: "Unary", sizes: [5], timeoutMs: 5000, metadata: [] },
  {
    id: "cancelled-by-client",
    kind: "ServerStream",
    sizes: [5],
    cancelAfter: 2,
    metadata: [
      ["x-replies", "50"],
      ["x-reply-size", "9"],
      ["x-sleep-ms", "200"],
    ],
  },
  { id: "cancelled-by-server", kind: "Bidi", sizes: [5], metadata: [["x-cancel", "1"]] },
];

const METADATA: readonly ProbeCase[] = [
  {
    id: "metadata",
    kind: "Unary",
    sizes: [5],
    metadata: [
      ["x-text", "one"],
      ["x-text", "two, three"],
      ["x-echo-bin", base64("\u0000\u0001\u00ff")],
      ["x-echo-bin", base64("second")],
      ["x-echo-bin", ""],
    ],
  },
];

/** None is answered before all are there. */
const CONCURRENT: readonly ProbeCase[] = Array.from({ length: 100 }, (_, i) => ({
  id: `concurrent-${i}`,
  kind: "Unary" as const,
  sizes: [50 + i],
  group: "concurrent",
  metadata: [["x-gather", "100"]] as const,
}));

/** The last case: the server is stopped gracefully, with GOAWAY, while it answers. */
const GOAWAY: ProbeCase = {
  id: "goaway",
  kind: "ServerStream",
  sizes: [5],
  metadata: [
    ["x-replies", "6"],
    ["x-reply-size", "9"],
    ["x-sleep-ms", "200"],
    ["x-stop", "1"],
  ],
};

/** `encodings`: what this peer can send; the server answers in the same. */
export function probeCases(encodings: readonly string[]): ProbeCase[] {
  const encoded = encodings.flatMap((encoding): ProbeCase[] => [
    { id: `${encoding}-unary`, kind: "Unary", sizes: [5000], encoding, metadata: [["x-encoding", encoding]] },
    {
      id: `${encoding}-bidi`,
      kind: "Bidi",
      sizes: [5000, 0, 1, 90_000],
      encoding,
      metadata: [["x-encoding", encoding]],
    },
  ]);
  return [...KINDS, ...STATUSES, ...METADATA, ...encoded, ...ENDINGS, ...CONCURRENT, GOAWAY];
}
