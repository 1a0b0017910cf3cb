/** A capture and the number of a call → what `explain` says of it, and whether that is true of the capture's own bytes. */
import { expect } from "@jest/globals";
import type { Call } from "../../src/call/call.js";
import { toCallRecord } from "../../src/call/format-record.js";
import type { CallRecord, HalfRecord } from "../../src/call/record.js";
import { Inspector, type InspectorOptions } from "../../src/engine/inspector.js";
import { CallWatch } from "../../src/explain/call-watch.js";
import { explainCall } from "../../src/explain/explain-call.js";
import type { Inner, Item, Span } from "../../src/explain/span.js";
import { LIMITS } from "../../src/limits.js";
import { nodePorts } from "../../src/node/ports.js";
import type { FieldType, MessageType } from "../../src/protobuf/types.js";
import { pushInPieces } from "./cuts.js";
import { readTcpStreams } from "./tcp-streams.js";

export interface Explained {
  readonly call: Call;
  readonly record: CallRecord;
  readonly items: readonly Item[];
  readonly spans: readonly Span[];
  readonly inner: readonly Inner[];
}

/** null: there is no such call. */
export function explainCapture(
  bytes: Uint8Array,
  id: number,
  options: Partial<InspectorOptions> = {},
  cuts: readonly number[] = [],
): Explained | null {
  const watch = new CallWatch(id, { ...LIMITS, ...options.limits });
  const inspector = new Inspector(nodePorts, options, { watch, listMessages: true });
  pushInPieces(bytes, cuts, (piece) => inspector.push(piece));
  inspector.finish();
  if (watch.call === null) return null;
  // all that the calls teach of each other is known now
  const record = toCallRecord(watch.call);
  const items = [...explainCall(watch.call, watch.log!)];
  const spans = items.filter((item) => item.kind === "span");
  const inner = items.filter((item) => item.kind === "inner");
  return { call: watch.call, record, items, spans, inner };
}

/** The bytes of each packet of a classic capture, read here and nowhere else. */
export function rawPackets(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const isLittle = view.getUint8(0) !== 0xa1;
  const packets: Uint8Array[] = [];
  for (let at = 24; at < file.length; ) {
    const end = at + 16 + view.getUint32(at + 8, isLittle);
    packets.push(file.subarray(at + 16, end));
    at = end;
  }
  return packets;
}

/** Each span's bytes are those of the capture at the place that it names. */
export function expectTruePlaces(spans: readonly Span[], file: Uint8Array): void {
  const packets = rawPackets(file);
  for (const { segment, offset, length, bytes, part } of spans) {
    if (segment === null) {
      expect(part.layer).toBe("lost");
      continue;
    }
    const there = packets[segment.packet! - 1].subarray(offset!, offset! + length);
    if (bytes === null || Buffer.compare(there, bytes) !== 0) expect([part, bytes]).toEqual([part, there]);
  }
}

/** Every byte of every frame of the stream stands in one span; the frames are found here, in the connection's ordered bytes. */
export function expectWholeCoverage(
  { record, spans }: Explained,
  file: Uint8Array,
  streams = readTcpStreams(file),
): void {
  const { sides } = streams[record.connection - 1];
  const isSwapped = Buffer.from(sides[1].bytes.subarray(0, 24)).toString("latin1").startsWith("PRI *");
  for (const side of [0, 1] as const) {
    const { bytes } = sides[isSwapped ? 1 - side : side];
    const wanted = frameRanges(bytes, side === 0 ? 24 : 0, record.stream);
    const told: [number, number][] = [];
    for (const span of spans) {
      if (span.side !== side) continue;
      const last = told.at(-1);
      if (last !== undefined && last[1] === span.at) last[1] += span.length;
      else told.push([span.at, span.at + span.length]);
    }
    expect({ side, told }).toEqual({ side, told: wanted });
  }
}

/** The frames of a stream, those that touch joined. */
function frameRanges(bytes: Uint8Array, from: number, stream: number): [number, number][] {
  const ranges: [number, number][] = [];
  const view = Buffer.from(bytes);
  for (let at = from; at + 9 <= view.length; ) {
    const end = Math.min(view.length, at + 9 + view.readUIntBE(at, 3));
    if ((view.readUInt32BE(at + 5) & 0x7fffffff) === stream) {
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === at) last[1] = end;
      else ranges.push([at, end]);
    }
    at = end;
  }
  return ranges;
}

/** The values in the spans are those of the record. */
export function expectTheRecordsValues(
  explained: Explained,
  types: readonly [request: MessageType | null, response: MessageType | null],
): void {
  const { record, items } = explained;
  for (const side of [0, 1] as const) {
    const half = side === 0 ? record.request : record.response;
    const own = items.filter((item) => item.side === side && (item.kind === "inner" || item.piece === 1));
    expect(headersOf(own)).toEqual(headersOfRecord(half));
  }
  expectTheRecordsMessages(explained, types);
}

/** The values of messages alone. */
export function expectTheRecordsMessages(
  { call, record, items }: Explained,
  types: readonly [request: MessageType | null, response: MessageType | null],
): void {
  for (const side of [0, 1] as const) {
    const half = side === 0 ? record.request : record.response;
    const own = items.filter((item) => item.side === side && (item.kind === "inner" || item.piece === 1));
    const { codec } = call.half(side);
    const wanted = half.messages.map((message) => linesOfMessage(message, codec, types[side]));
    // In Connect a unary message is the whole body, and without bytes nowhere.
    if (record.protocol !== "connect") expect(messagesOf(own)).toEqual(wanted);
    else
      expect(messagesOf(own).filter((lines) => lines.length > 0)).toEqual(wanted.filter((lines) => lines.length > 0));
  }
}

function headersOf(items: readonly Item[]): string[] {
  return items
    .filter(({ part }) => part.layer === "hpack" && (["field", "value"].includes(part.role) || isEmptyValue(part)))
    .map(({ part }) => `${part.name}=${isEmptyValue(part) ? '""' : part.json}`)
    .sort();
}

/** A value of no bytes has its length alone. */
function isEmptyValue({ role, more }: Item["part"]): boolean {
  return role === "value length" && more?.reads === "";
}

function headersOfRecord({ headers, trailers }: HalfRecord): string[] {
  return [headers, trailers]
    .flatMap((fields) => Object.entries(fields ?? {}))
    .flatMap(([name, values]) => [values].flat().map((value) => `${name}=${JSON.stringify(value)}`))
    .sort();
}

/** By message: "path=value" of each leaf, without indexes, sorted. */
function messagesOf(items: readonly Item[]): string[][] {
  const messages: string[][] = [];
  let whole = "";
  let inMessage = false;
  for (const { part } of items) {
    if (part.heading?.startsWith("message ")) {
      inMessage = true;
      messages.push([]);
    } else if (part.heading !== undefined && !part.isBlock && !part.heading.startsWith("decompressed"))
      inMessage = false;
    if (!inMessage) continue;
    if (part.layer === "json") messages.at(-1)!.push(JSON.stringify(JSON.parse(part.json)));
    if (part.layer !== "protobuf") continue;
    const path = plain(part.more?.path as string | undefined);
    if (whole !== "" && path.startsWith(`${whole}.`)) continue;
    if (part.more?.reads !== undefined) {
      whole = part.json === "0" ? "" : path;
      messages.at(-1)!.push(`${path}=${JSON.stringify(part.more.reads)}`);
    } else if (part.role === "value") messages.at(-1)!.push(`${path}=${part.json.replace(/^-0$/, "0")}`);
    else if (part.role === "tag") whole = "";
  }
  return messages.map((lines) => lines.sort());
}

function plain(path = ""): string {
  return path.replace(/\[\d+\]/g, "");
}

function linesOfMessage(
  { value, fields }: HalfRecord["messages"][number],
  codec: string,
  type: MessageType | null,
): string[] {
  if (codec === "json") return [JSON.stringify(value)];
  const unexplained = fields === null ? [] : readingLines(fields as never, "");
  return [...unexplained, ...(type === null ? [] : leaves(value as never, type, ""))].sort();
}

interface Reading {
  readonly number: number;
  readonly readings: readonly { readonly as: string; readonly value: unknown }[];
}

function readingLines(fields: readonly Reading[], parent: string): string[] {
  return fields.flatMap(({ number, readings: [{ as, value }] }) =>
    as === "message" || as === "group"
      ? readingLines(value as Reading[], `${parent}${number}.`)
      : [`${parent}${number}=${JSON.stringify(value)}`],
  );
}

function leaves(value: Record<string, unknown>, type: MessageType, parent: string): string[] {
  return type.fields.flatMap((field) => {
    const there = value[field.jsonName];
    if (there === undefined) return [];
    const path = `${parent}${field.name}`;
    if (field.map)
      return Object.entries(there as object).flatMap(([key, entry]) => entryLines(field, key, entry, path));
    return [there].flat(field.repeated ? 1 : 0).flatMap((element) => elementLines(field, element, path));
  });
}

function elementLines({ messageType }: FieldType, element: unknown, path: string): string[] {
  if (messageType === null || messageType.fullName.startsWith("google.protobuf."))
    return [`${path}=${JSON.stringify(element)}`];
  return leaves(element as Record<string, unknown>, messageType, `${path}.`);
}

function entryLines({ messageType }: FieldType, key: string, entry: unknown, path: string): string[] {
  const keyField = messageType!.fieldByNumber.get(1)!;
  const isText = keyField.type === "string" || /64/.test(keyField.type);
  return [
    `${path}.key=${isText ? JSON.stringify(key) : key}`,
    ...elementLines(messageType!.fieldByNumber.get(2)!, entry, `${path}.value`),
  ];
}
