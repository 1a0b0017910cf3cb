/** `cal-inspect explain --json`: a line for the call, then one for each span (docs/explain.md). */
import { formatHex } from "../bytes/hex.js";
import { captureIndexOf, packetNumberIn } from "../bytes/packet-number.js";
import type { Call } from "../call/call.js";
import type { Segment } from "../explain/byte-log.js";
import type { Inner, Item, Part, Span } from "../explain/span.js";

const quote = JSON.stringify;

/** The lines, without their ends. */
export function* explainJson(call: Call, items: Iterable<Item>, verbose: boolean): Generator<string> {
  const { id, path, connection, stream, outcome } = call;
  const { client, server } = connection;
  const head = { record: "explain", version: 1, capture: call.context.capture, call: id, path };
  yield quote({ ...head, client, server, connection: connection.id, stream, outcome });
  const { merged } = call.context;
  let segment: Segment | null = null;
  for (const item of items) {
    if (item.kind === "inner") yield innerLine(item, merged);
    else {
      if (verbose && item.segment !== null && item.segment !== segment) {
        segment = item.segment;
        yield segmentLine(call, item, segment);
      }
      yield spanLine(item, merged);
    }
  }
}

function spanLine({ part, side, at, length, segment, offset, bytes, piece, pieces }: Span, merged: Merged): string {
  const place = { record: "span", ...packetMembers(segment?.packet ?? null, merged), offset, length };
  const cut = pieces > 1 ? { piece: [piece, pieces] } : {};
  const stands = { side: sideName(side), at, hex: bytes && formatHex(bytes), ...cut };
  return line(place, part, stands, piece === 1 ? part.json : "null");
}

function innerLine({ decoding, part, side, message, offset, bytes, from }: Inner, merged: Merged): string {
  const place = { record: decoding, message, offset, length: bytes.length };
  const places = from.map((source) =>
    source.kind === "inner"
      ? { record: source.decoding, offset: source.offset, length: source.bytes.length }
      : { ...packetMembers(source.segment?.packet ?? null, merged), offset: source.offset, length: source.length },
  );
  return line(place, part, { side: sideName(side), hex: formatHex(bytes), from: places }, part.json);
}

/** `json` is text already: -0 and 64-bit integers stay what they are. */
function line(place: object, { layer, role, name, more }: Part, stands: object, json: string): string {
  const start = quote({ ...place, layer, name }).slice(0, -1);
  return `${start},"value":${json},${quote({ role, ...more, ...stands }).slice(1)}`;
}

function segmentLine(call: Call, { side }: Span, { packet, origin, at, length, timeNs }: Segment): string {
  const { merged, timeBase } = call.context;
  return quote({
    record: "segment",
    ...packetMembers(packet, merged),
    offset: Number.isNaN(origin) ? null : origin,
    length,
    side: sideName(side),
    sequence: at + 1,
    time: timeBase.format(timeNs),
  });
}

type Merged = readonly string[] | null;

function packetMembers(packet: number | null, merged: Merged): object {
  if (packet === null || merged === null) return { packet };
  return { packet: packetNumberIn(packet), packetCapture: merged[captureIndexOf(packet)] };
}

export function sideName(side: 0 | 1): string {
  return side === 0 ? "client" : "server";
}
