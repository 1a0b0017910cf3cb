/** The part of pcap-parser's interface that is used: the package brings no types. */
declare module "pcap-parser" {
  import type { EventEmitter } from "node:events";

  export interface GlobalHeader {
    readonly magicNumber: string;
    readonly snapshotLength: number;
    /** The whole 32-bit field. */
    readonly linkLayerType: number;
  }

  export interface PacketHeader {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly capturedLength: number;
    readonly originalLength: number;
  }

  export interface Packet {
    readonly header: PacketHeader;
    readonly data: Buffer;
  }

  export interface Parser {
    /** True stops it: it takes no further data. Not documented, but the only way to keep it from gathering a claimed length. */
    errored?: boolean;
    on(event: "globalHeader", listener: (header: GlobalHeader) => void): this;
    on(event: "packetHeader", listener: (header: PacketHeader) => void): this;
    on(event: "packet", listener: (packet: Packet) => void): this;
    on(event: "error", listener: (error: Error) => void): this;
  }

  /** `input`: a path, or a stream, of which it uses "data", "error" and "end", `pause` and `resume`. */
  export function parse(input: string | EventEmitter): Parser;
}
