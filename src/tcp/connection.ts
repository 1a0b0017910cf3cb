import type { ByteStreamSink } from "../bytes/byte-stream-sink.js";
import type { OffsetMap } from "../bytes/offset-map.js";

/** What a side ends its connection by. */
export type EndFlag = "FIN" | "RST";

/** A TCP connection as it appears. The client is who sent the SYN; where none was seen, who sent the first segment. */
export interface TcpConnection {
  /** 1, 2, … in order of appearance. */
  readonly id: number;
  /** "127.0.0.1:41234", "[::1]:50051". */
  readonly client: string;
  readonly server: string;
  /** False: it began before the capture, so the roles of the two ends are a guess. */
  readonly sawSyn: boolean;
  /** It is the rest of a connection whose end was told and was not true; null: it is not. */
  readonly goesOn: EndFlag | null;
  readonly timeNs: number;
  /** Per side: stream offset → packet. Filled before the bytes are pushed. */
  readonly provenance: readonly [OffsetMap, OffsetMap];
}

export interface TcpSink {
  /** A new connection; its bytes go into the sink returned. */
  connection(connection: TcpConnection): ByteStreamSink;
}
