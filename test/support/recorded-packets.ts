/** Runs a capture reader over bytes and keeps what it pushed, as plain values. */
import { formatHex } from "../../src/bytes/hex.js";
import type { CaptureReader, CaptureSink, PacketView } from "../../src/capture/packet-view.js";
import { createCaptureReader } from "../../src/capture/reader.js";
import type { Report } from "../../src/diagnostics/diagnostic.js";
import { LIMITS, type Limits } from "../../src/limits.js";
import { pushInPieces } from "./cuts.js";
import { ToldList } from "./told.js";

export type RecordedPacket = Omit<PacketView, "buf" | "start" | "end"> & { readonly hex: string };

export interface ReadCapture {
  readonly packets: RecordedPacket[];
  readonly secrets: { readonly type: number; readonly hex: string }[];
  readonly told: ToldList;
}

export type CreateReader = (sink: CaptureSink, report: Report, limits: Limits) => CaptureReader;

export function readCapture(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  limits: Partial<Limits> = {},
  createReader: CreateReader = createCaptureReader,
): ReadCapture {
  const read: ReadCapture = { packets: [], secrets: [], told: new ToldList() };
  const sink: CaptureSink = {
    packet: ({ buf, start, end, ...rest }) => read.packets.push({ ...rest, hex: formatHex(buf, "", start, end) }),
    secrets: (type, buf, start, end) => read.secrets.push({ type, hex: formatHex(buf, "", start, end) }),
  };
  const reader = createReader(sink, read.told.report, { ...LIMITS, ...limits });
  pushInPieces(bytes, cuts, (piece) => reader.push(piece));
  reader.end();
  return read;
}
