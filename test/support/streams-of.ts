/** A capture file's bytes → the TCP streams in it. */
import type { CaptureReader, PacketView } from "../../src/capture/packet-view.js";
import { createCaptureReader } from "../../src/capture/reader.js";
import { LIMITS } from "../../src/limits.js";
import { PacketDecoder } from "../../src/packet/decoder.js";
import type { PacketCounts } from "../../src/packet/packet-counts.js";
import { TcpAssembler } from "../../src/tcp/assembler.js";
import { pushInPieces } from "./cuts.js";
import { RecordedStreams } from "./recorded-streams.js";
import { ToldList } from "./told.js";

export interface StreamsOfCapture {
  readonly streams: RecordedStreams;
  readonly told: ToldList;
  readonly counts: PacketCounts;
}

export function streamsOf(file: Uint8Array, cuts: readonly number[] = []): StreamsOfCapture {
  const streams = new RecordedStreams();
  const told = new ToldList();
  const tcp = new TcpAssembler(streams, (_, code, values, place) => told.report(code, values, place), LIMITS);
  const decoder = new PacketDecoder(told.report, LIMITS);
  const timeOf = (packet: PacketView) => (packet.seconds % 1e6) * 1e9 + packet.nanoseconds;
  let last = 0;
  const reader: CaptureReader = createCaptureReader(
    { packet: (packet) => decoder.decode(packet, (last = timeOf(packet)), tcp) },
    told.report,
    LIMITS,
  );
  pushInPieces(file, cuts, (piece) => reader.push(piece));
  reader.end();
  tcp.finish(last);
  return { streams, told, counts: decoder.counts };
}

/** Each connection as text, to compare runs by: ends, bytes, gaps, how it closed. */
export function describeStreams({ streams }: StreamsOfCapture): string[] {
  return streams.connections.map(({ connection: { client, server }, sides }) => {
    const each = sides.map(
      ({ bytes, gaps, closed }) => `${Buffer.from(bytes).toString("hex")} ${JSON.stringify(gaps)} ${closed}`,
    );
    return `${client} ${server} ${each.join(" / ")}`;
  });
}
