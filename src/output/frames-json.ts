/** `cal-inspect frames --json`: one object per frame and line (docs/frames.md). */
import { captureIndexOf, packetNumberIn } from "../bytes/packet-number.js";
import type { FrameField, FrameRecord } from "../engine/frame-record.js";
import type { Output, Write } from "./output.js";

export function createFramesJsonOutput(write: Write, merged: readonly string[] | null = null): Output {
  return { frame: (frame) => write(`${formatFrame(frame, merged)}\n`), end: () => {} };
}

/** The line without its end. */
export function formatFrame(frame: FrameRecord, merged: readonly string[] | null): string {
  const { packets, connection, side, stream, type, flags, length, headers, time, client, server, complete } = frame;
  return JSON.stringify({
    record: "frame",
    time,
    packets: packets.map(packetNumberIn),
    ...(merged !== null && { packetCaptures: packets.map((packet) => merged[captureIndexOf(packet)]) }),
    connection,
    client,
    server,
    side,
    stream,
    type,
    flags,
    length,
    complete,
    ...(headers !== null && { headers: headers.map(({ name, value }) => [name, value]), ...evidence(headers) }),
    ...(!frame.headersComplete && { headersComplete: false }),
    ...frame.says,
  });
}

/** Beside `headers`, in step with it, when a field of the block was not read: where each comes from. */
function evidence(headers: readonly FrameField[]): object {
  if (headers.every(({ placeholder, inferred }) => placeholder === 0 && !inferred)) return {};
  return {
    placeholders: headers.map(({ placeholder }) => (placeholder === 0 ? null : placeholder)),
    inferred: headers.map(({ inferred }) => inferred),
  };
}
