/** What two peers send, cut into segments → a classic capture of the connection: handshake, data, close. */
import { ACK, FIN, ipv4, PSH, SYN, tcp } from "./packets.js";

/** Bytes of one side from an offset of its stream on. */
export interface SentBytes {
  readonly side: 0 | 1;
  readonly at: number;
  readonly bytes: Uint8Array;
  /** Of the TCP header; data by default. */
  readonly flags?: number;
}

const LINKTYPE_RAW = 101;
const FIRST_SEQUENCE = [1_000_000, 0xffff_ff00] as const;

/** The segments of each turn in the order given; within a turn in any order, also twice. IPv4, no link layer. */
export function captureOf(turns: readonly (readonly SentBytes[])[]): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(262144, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  const records: Buffer[] = [header];
  const end = [0, 0];
  const packet = (side: 0 | 1, at: number, flags: number, payload: Uint8Array = new Uint8Array(0)) => {
    const [own, other] = side === 0 ? [40000, 50051] : [50051, 40000];
    const [source, destination] = side === 0 ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.2", "10.0.0.1"];
    const sequence = (FIRST_SEQUENCE[side] + at) >>> 0;
    const acknowledgment = (FIRST_SEQUENCE[1 - side] + 1 + end[1 - side]) >>> 0;
    const segment = tcp({ sourcePort: own, destinationPort: other, sequence, acknowledgment, flags, payload });
    const bytes = ipv4({ source, destination, payload: segment });
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000, 0);
    record.writeUInt32LE(records.length * 100, 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    records.push(Buffer.concat([record, bytes]));
  };
  packet(0, 0, SYN);
  packet(1, 0, SYN | ACK);
  packet(0, 1, ACK);
  for (const segments of turns) {
    for (const { side, at, bytes, flags = PSH | ACK } of segments) packet(side, 1 + at, flags, bytes);
    for (const { side, at, bytes } of segments) end[side] = Math.max(end[side], at + bytes.length);
  }
  packet(0, 1 + end[0], FIN | ACK);
  packet(1, 1 + end[1], FIN | ACK);
  return Buffer.concat(records);
}
