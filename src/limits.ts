/**
 * Every bound of the decoder in one object, each with its reason. A peer's claim never allocates; these numbers do.
 * `--limit NAME=VALUE` and the library's `limits` option replace single ones.
 */
export interface Limits {
  /**
   * Connections tracked at once; past it the one idle for longest is given up, and read as joined late should it go on. 1,024: an
   * HTTP/2 connection with two HPACK tables of a gRPC client and server takes 18 KiB, so 18 MiB, and a whole run under 200 MB.
   */
  readonly maxConnections: number;
  /** Bytes held that arrived ahead of a hole, one side of one connection: 1 MiB, several times a usual TCP window in flight. */
  readonly maxOutOfOrderBytes: number;
  /** The same over all connections: 64 MiB, so that a thousand lossy connections stay in memory. */
  readonly maxOutOfOrderBytesTotal: number;
  /** IP fragments held: 4 MiB, as the Linux kernel's own ipfrag_high_thresh. */
  readonly maxFragmentBytes: number;
  /** One captured packet: 256 KiB is libpcap's largest snapshot length; GRO packets reach beyond 64 KiB, up to 512 KiB are taken. */
  readonly maxPacketBytes: number;
  /** One pcapng block kept whole, such as embedded TLS secrets: 16 MiB, as Wireshark takes. */
  readonly maxCaptureBlockBytes: number;
  /** Interfaces that one section of a pcapng file describes: 65,536, as many as its older packet blocks can name. */
  readonly maxCaptureInterfaces: number;
  /** Bytes looked at to recognise a connection's protocol, and 24 for each packet of them: 64 KiB, four frames of the default size. */
  readonly maxDetectBytes: number;
  /** One header block, HEADERS with its CONTINUATIONs: 256 KiB; servers commonly refuse above 8 to 64 KiB. */
  readonly maxHeaderBlockBytes: number;
  /** Header fields in one block: 1,000, ten times what any gRPC call carries. */
  readonly maxHeaderFields: number;
  /** One HPACK dynamic table, whatever SETTINGS_HEADER_TABLE_SIZE allows: 64 KiB, what browsers and Envoy use at most. */
  readonly maxHpackTableBytes: number;
  /** Requests of an HTTP/1.1 connection that wait for their responses: 1,000; most clients send one at a time. */
  readonly maxPipelinedRequests: number;
  /**
   * Open streams of one connection: 10,000; peers commonly allow 100 to 1,000. Nothing bounds those of all connections: 80,000 on
   * eight of them take 450 MB.
   */
  readonly maxStreams: number;
  /** One message kept: 64 MiB; gRPC peers refuse above 4 MiB unless told otherwise. */
  readonly maxMessageBytes: number;
  /** Messages that have begun and not ended, all calls together: 256 MiB. */
  readonly maxOpenMessageBytes: number;
  /** One message decompressed: 64 MiB, as for a plain one. */
  readonly maxDecompressedBytes: number;
  /**
   * Decompressed by compressed size: 1,100, more than deflate's own end of 1,032, which 4 MiB of zeros reach. Not asked up to 1 MiB:
   * zstd and br make a few bytes of them.
   */
  readonly maxDecompressionRatio: number;
  /** Sub-messages in each other: 100, as in protobuf's own parsers. */
  readonly maxProtobufDepth: number;
  /** Fields of one message, sub-messages included: 1,000,000. */
  readonly maxProtobufFields: number;
  /** Messages listed in one call record: 10,000; more are counted. */
  readonly maxCallMessages: number;
  /**
   * Calls held back because no schema explains them yet, their messages and 512 bytes for each event: 8 MiB, some 10,000 small
   * calls. Written as readings they take ten times that.
   */
  readonly maxHeldCallBytes: number;
  /**
   * Descriptors learnt from reflection answers in the input, as base64, with 1,000 bytes for each and 400 for each field, value and
   * method that it declares: 32 MiB, some 70,000 of them; the whole of googleapis has 290,000.
   */
  readonly maxReflectedBytes: number;
  /** Ended calls of one connection held back until it is known what they called: 1,000, a few MiB of small calls. */
  readonly maxHeldCalls: number;
  /** The same diagnostic on one connection: 20; more are counted. */
  readonly maxSameDiagnostic: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;

export const LIMITS: Limits = {
  maxConnections: 1_024,
  maxOutOfOrderBytes: 1 * MiB,
  maxOutOfOrderBytesTotal: 64 * MiB,
  maxFragmentBytes: 4 * MiB,
  maxPacketBytes: 512 * KiB,
  maxCaptureBlockBytes: 16 * MiB,
  maxCaptureInterfaces: 65_536,
  maxDetectBytes: 64 * KiB,
  maxHeaderBlockBytes: 256 * KiB,
  maxHeaderFields: 1_000,
  maxHpackTableBytes: 64 * KiB,
  maxPipelinedRequests: 1_000,
  maxStreams: 10_000,
  maxMessageBytes: 64 * MiB,
  maxOpenMessageBytes: 256 * MiB,
  maxDecompressedBytes: 64 * MiB,
  maxDecompressionRatio: 1_100,
  maxProtobufDepth: 100,
  maxProtobufFields: 1_000_000,
  maxCallMessages: 10_000,
  maxHeldCallBytes: 8 * MiB,
  maxReflectedBytes: 32 * MiB,
  maxHeldCalls: 1_000,
  maxSameDiagnostic: 20,
};
