/** Numbers of packets for the reader: "12", or "ring_2.pcapng:12" where several captures are read as one. */
import { type ByteWriter, labelOf } from "../bytes/byte-writer.js";
import { captureIndexOf, packetNumberIn } from "../bytes/packet-number.js";
import type { DiagnosticRecord } from "./record.js";

/** `merged`: the names of the captures that are read as one; null for a single one. */
export function formatPacket(packet: number, merged: readonly string[] | null): string {
  return merged === null ? String(packet) : `${merged[captureIndexOf(packet)]}:${packetNumberIn(packet)}`;
}

const PACKETS = labelOf('"packets":[');
const COMMA = labelOf(",");
const CLOSE = labelOf("]");

/** The member `packets`, and `packetCaptures` beside it where several captures are read as one. */
export function writePackets(packets: readonly number[], merged: readonly string[] | null, out: ByteWriter): void {
  out.label(PACKETS);
  for (let i = 0; i < packets.length; i++) {
    if (i > 0) out.label(COMMA);
    out.number(packetNumberIn(packets[i]));
  }
  out.label(CLOSE);
  if (merged === null) return;
  out.ascii(',"packetCaptures":');
  out.text(JSON.stringify(packets.map((packet) => merged[captureIndexOf(packet)])));
}

/** An array of DiagnosticRecords. */
export function writeDiagnostics(
  diagnostics: readonly DiagnosticRecord[],
  merged: readonly string[] | null,
  out: ByteWriter,
): void {
  out.ascii("[");
  for (const [index, { code, severity, text, packets }] of diagnostics.entries()) {
    out.ascii(`${index > 0 ? "," : ""}{"code":"${code}","severity":"${severity}","text":`);
    out.quote(text);
    out.ascii(",");
    writePackets(packets, merged, out);
    out.ascii("}");
  }
  out.ascii("]");
}
