/** Bytes of a capture file → the ordered bytes of each of its TCP connections, through the capture, packet and tcp layers alone. */
import { TimeBase } from "../../src/bytes/time-base.js";
import { createCaptureReader } from "../../src/capture/reader.js";
import { LIMITS } from "../../src/limits.js";
import { PacketDecoder } from "../../src/packet/decoder.js";
import { TcpAssembler } from "../../src/tcp/assembler.js";
import { type RecordedConnection, RecordedStreams } from "./recorded-streams.js";

export function readTcpStreams(capture: Uint8Array): RecordedConnection[] {
  const streams = new RecordedStreams();
  const packets = new PacketDecoder(() => {}, LIMITS);
  const tcp = new TcpAssembler(streams, () => {}, LIMITS);
  const timeBase = new TimeBase();
  const packet = (view: Parameters<typeof packets.decode>[0]) =>
    packets.decode(view, timeBase.toNs(view.seconds, view.nanoseconds), tcp);
  const reader = createCaptureReader({ packet }, () => {}, LIMITS);
  reader.push(capture);
  reader.end();
  tcp.finish(0);
  return streams.connections;
}
