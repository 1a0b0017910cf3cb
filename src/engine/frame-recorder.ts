/** The frames of one connection → FrameRecords. Passes on to the calls what it looks at on the way. */
import type { CloseReason, Side } from "../bytes/byte-stream-sink.js";
import { formatHex } from "../bytes/hex.js";
import type { OffsetMap } from "../bytes/offset-map.js";
import { decodeUtf8 } from "../bytes/text.js";
import type { TimeBase } from "../bytes/time-base.js";
import type { CallConnection } from "../call/call.js";
import { parseConnectContentType } from "../grpc/connect/content-type.js";
import { parseGrpcContentType } from "../grpc/content-type.js";
import { PrefixReader } from "../grpc/prefix-reader.js";
import { parseWebContentType } from "../grpc/web/content-type.js";
import { fieldValue, type HeaderField } from "../hpack/header-field.js";
import { formatErrorCode } from "../http2/error-code.js";
import type { FrameObserver, FrameView } from "../http2/frame-observer.js";
import { DATA, FRAME_HEADER_LENGTH, formatFlags, formatFrameType, GOAWAY, PING } from "../http2/frame-type.js";
import type { HeaderBlock, Http2Observer, Http2Stream } from "../http2/observer.js";
import { formatSetting } from "../http2/settings.js";
import type { FrameField, FramePayload, FrameRecord } from "./frame-record.js";

export class FrameRecorder implements FrameObserver, Http2Observer {
  /** By stream id: the prefixes of both sides' DATA, where a content-type says that it has some. */
  private readonly prefixes = new Map<number, readonly [PrefixReader, PrefixReader]>();

  constructor(
    private readonly connection: CallConnection,
    private readonly provenance: readonly [OffsetMap, OffsetMap] | null,
    private readonly timeBase: TimeBase,
    private readonly calls: Http2Observer,
    private readonly tell: (record: FrameRecord) => void,
  ) {}

  frame(view: FrameView): void {
    const { connection, provenance } = this;
    const { side, at, length, type, flags, streamId, complete, block } = view;
    this.tell({
      connection: connection.id,
      client: connection.client,
      server: connection.server,
      side: side === 0 ? "client" : "server",
      time: this.timeBase.format(view.endNs),
      packets: provenance?.[side].packets(at, at + FRAME_HEADER_LENGTH + length) ?? [],
      stream: streamId,
      type: formatFrameType(type),
      flags: formatFlags(type, flags),
      length,
      complete,
      headers: block?.fields.map(toFrameField) ?? null,
      headersComplete: block?.complete ?? true,
      says: this.payloadOf(view),
    });
  }

  headers(stream: Http2Stream, side: Side, block: HeaderBlock, endStream: boolean): void {
    const contentType = fieldValue(block.fields, "content-type");
    if (contentType !== null && hasPrefixes(contentType) && !this.prefixes.has(stream.id))
      this.prefixes.set(stream.id, [new PrefixReader(), new PrefixReader()]);
    // A page in place of a gRPC response is no messages.
    else if (contentType !== null && side === 1 && !hasPrefixes(contentType))
      this.prefixes.get(stream.id)?.[1].skip(Number.POSITIVE_INFINITY);
    this.calls.headers(stream, side, block, endStream);
  }

  data(stream: Http2Stream, side: Side, buf: Uint8Array, start: number, end: number, at: number, timeNs: number): void {
    this.prefixes.get(stream.id)?.[side].push(buf, start, end);
    this.calls.data(stream, side, buf, start, end, at, timeNs);
  }

  endStream(stream: Http2Stream, side: Side, timeNs: number): void {
    if (side === 1) this.prefixes.delete(stream.id);
    this.calls.endStream(stream, side, timeNs);
  }

  reset(stream: Http2Stream, side: Side, errorCode: number, refused: boolean, timeNs: number): void {
    this.prefixes.delete(stream.id);
    this.calls.reset(stream, side, errorCode, refused, timeNs);
  }

  lost(stream: Http2Stream | null, side: Side, length: number, timeNs: number): void {
    if (stream !== null) this.prefixes.get(stream.id)?.[side].skip(length);
    else for (const readers of this.prefixes.values()) readers[side].skip(Number.POSITIVE_INFINITY);
    this.calls.lost(stream, side, length, timeNs);
  }

  abandoned(stream: Http2Stream): void {
    this.prefixes.delete(stream.id);
    this.calls.abandoned?.(stream);
  }

  close(side: Side, reason: CloseReason, timeNs: number): void {
    this.calls.close(side, reason, timeNs);
  }

  private payloadOf(view: FrameView): FramePayload {
    const { type, opaque, settings } = view;
    const says: FramePayload = {};
    if (view.padLength !== null) says.padLength = view.padLength;
    if (view.priority !== null) says.priority = view.priority;
    if (settings !== null) says.settings = settings.map(([identifier, value]) => [formatSetting(identifier), value]);
    if (view.errorCode !== null) says.errorCode = formatErrorCode(view.errorCode);
    if (view.lastStreamId !== null) says.lastStream = view.lastStreamId;
    if (view.promisedStreamId !== null) says.promisedStream = view.promisedStreamId;
    if (view.prioritizedStreamId !== null) says.prioritizedStream = view.prioritizedStreamId;
    if (view.increment !== null) says.increment = view.increment;
    if (opaque !== null && type === PING) says.opaque = formatHex(opaque);
    if (opaque !== null && type === GOAWAY) says.debugData = decodeUtf8(opaque, 0, opaque.length);
    if (view.origin !== null) says.origin = view.origin;
    if (view.origins !== null) says.origins = view.origins;
    if (view.fieldValue !== null) says.fieldValue = view.fieldValue;
    if (type === DATA) {
      const prefixes = this.prefixes.get(view.streamId)?.[view.side].take() ?? [];
      if (prefixes.length > 0) says.messages = prefixes;
    }
    return says;
  }
}

function toFrameField({ name, value, nameSource, valueSource, placeholder }: HeaderField): FrameField {
  return {
    name: nameSource === "unknown" ? null : name,
    value: valueSource === "unknown" ? null : value,
    placeholder,
    inferred: nameSource === "inferred" || valueSource === "inferred",
  };
}

/** gRPC, gRPC-Web apart from its text, and streams of Connect. */
function hasPrefixes(contentType: string): boolean {
  return (
    parseGrpcContentType(contentType) !== null ||
    parseWebContentType(contentType)?.text === false ||
    parseConnectContentType(contentType)?.streaming === true
  );
}
