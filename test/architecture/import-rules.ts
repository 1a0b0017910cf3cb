/**
 * The import rules of the house: a room may import only from the rooms named here (and from itself). The way of a byte goes
 * left to right; nothing looks back.
 */
export interface ImportRule {
  readonly room: string;
  readonly mayImport: readonly string[];
  readonly why: string;
}

const LEAVES = ["bytes", "diagnostics", "limits"];

export const IMPORT_RULES: readonly ImportRule[] = [
  { room: "bytes", mayImport: [], why: "a leaf: everybody stands on it" },
  { room: "limits", mayImport: [], why: "a leaf: numbers only" },
  { room: "diagnostics", mayImport: ["bytes"], why: "a leaf: a place in a stream has a side" },
  { room: "capture", mayImport: LEAVES, why: "knows files, not what packets mean" },
  { room: "packet", mayImport: [...LEAVES, "capture"], why: "finds TCP in what capture read" },
  { room: "tcp", mayImport: [...LEAVES, "packet"], why: "orders segments, wherever they came from" },
  { room: "hpack", mayImport: LEAVES, why: "header blocks only: knows nothing of HTTP/2" },
  { room: "http2", mayImport: [...LEAVES, "hpack"], why: "reads ordered bytes, also of a live socket: knows no TCP" },
  {
    room: "http1",
    mayImport: [...LEAVES, "hpack", "http2"],
    why: "tells exchanges as HTTP/2 would: of http2 it takes the observer only",
  },
  { room: "grpc", mayImport: LEAVES, why: "DATA bytes and header texts only" },
  { room: "protobuf", mayImport: LEAVES, why: "message bytes and schemas only" },
  {
    room: "call",
    mayImport: [...LEAVES, "hpack", "http2", "grpc", "protobuf"],
    why: "joins streams, messages and schemas",
  },
  {
    room: "explain",
    mayImport: [...LEAVES, "hpack", "http2", "grpc", "protobuf", "call"],
    why: "keeps the bytes of one call, and says what each of them means",
  },
  {
    room: "engine",
    mayImport: [
      ...LEAVES,
      "capture",
      "packet",
      "tcp",
      "hpack",
      "http1",
      "http2",
      "grpc",
      "protobuf",
      "call",
      "explain",
    ],
    why: "the composition root",
  },
  {
    room: "output",
    mayImport: [...LEAVES, "hpack", "grpc", "protobuf", "call", "engine", "explain"],
    why: "prints calls; does not read the wire",
  },
  {
    room: "node",
    mayImport: [...LEAVES, "capture", "grpc", "protobuf", "call", "engine", "output"],
    why: "the shell: files, streams, ports",
  },
  {
    room: "index",
    mayImport: [...LEAVES, "capture", "grpc", "protobuf", "call", "engine", "output"],
    why: "what the library shows",
  },
  {
    room: "cli",
    mayImport: [...LEAVES, "packet", "grpc", "protobuf", "call", "engine", "output", "node", "explain"],
    why: "the command line: nobody imports it",
  },
  { room: "calculator", mayImport: [], why: "the example: nobody imports it, and it imports nobody" },
];

/** Rooms that may import `node:` modules and the packages named; the core has none. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  protobuf: ["protobufjs"],
  node: ["node:", "@grpc/grpc-js", "pcap-parser"],
  cli: ["node:", "yargs", "yargs-parser"],
  // cal-inspect: by its own name, as a program that uses it would
  calculator: ["node:", "@grpc/grpc-js", "protobufjs", "yargs", "cal-inspect"],
};
