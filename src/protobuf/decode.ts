/** A message body → canonical ProtoJSON, with all that the JSON cannot tell next to it. */
import type { ByteWriter } from "../bytes/byte-writer.js";
import { decodeUtf8 } from "../bytes/text.js";
import { TreeReader } from "./exact/read-tree.js";
import { TreeWriter } from "./exact/write-tree.js";
import type { FieldReading, ReadingLimits } from "./field-reading.js";
import type { DecodeProblem } from "./problem.js";
import { Transcoder } from "./transcode/transcoder.js";
import type { MessageType, TypeRegistry } from "./types.js";

export interface DecodeOptions {
  /** Where the type that an Any names is looked up; null: every Any stays bytes. */
  readonly schema: TypeRegistry | null;
  readonly limits: ReadingLimits;
  /** Also write fields that are not on the wire and have no presence, with their default. */
  readonly emitDefaults: boolean;
}

/** What the JSON of a message cannot tell. */
export interface DecodeNotes {
  /** The JSON accounts for every byte. False: something was unknown, damaged, overwritten or cut; the raw bytes should be shown. */
  readonly complete: boolean;
  readonly problems: readonly DecodeProblem[];
  /** Records that the schema does not explain, with `in` telling the type of the message that they stood in. */
  readonly unknown: readonly FieldReading[];
}

export interface DecodedMessage extends DecodeNotes {
  /** Canonical ProtoJSON text. */
  readonly json: string;
}

const NOTHING_TO_NOTE: DecodeNotes = { complete: true, problems: [], unknown: [] };
const transcoder = new Transcoder();

/**
 * Decodes `buf[start, end)` as `type`. Never throws on wire input: what was decoded before damage stands, and decoding
 * goes on behind the damaged sub-message.
 */
export function decodeMessage(
  type: MessageType,
  buf: Uint8Array,
  start: number,
  end: number,
  options: DecodeOptions,
): DecodedMessage {
  const length = transcode(type, buf, start, end, options);
  if (length < 0) return decodeExactly(type, buf, start, end, options);
  return { json: decodeUtf8(transcoder.writer.out, 0, length), ...NOTHING_TO_NOTE };
}

/** The same, with the JSON appended to `out` as UTF-8: no string is made where the message is as serializers write it. */
export function writeMessage(
  type: MessageType,
  buf: Uint8Array,
  start: number,
  end: number,
  options: DecodeOptions,
  out: ByteWriter,
): DecodeNotes {
  const length = transcode(type, buf, start, end, options);
  if (length >= 0) {
    out.raw(transcoder.writer.out, 0, length);
    return NOTHING_TO_NOTE;
  }
  const decoded = decodeExactly(type, buf, start, end, options);
  out.text(decoded.json);
  return decoded;
}

/** Bytes of JSON in `transcoder.writer.out`; negative: the exact path has to do it. */
function transcode(type: MessageType, buf: Uint8Array, start: number, end: number, options: DecodeOptions): number {
  if (options.emitDefaults) return -1;
  const { maxProtobufDepth, maxProtobufFields } = options.limits;
  return transcoder.transcode(type, buf, start, end, maxProtobufDepth, maxProtobufFields, options.schema);
}

/** The same for every encoding there is, several times slower: where the transcoder gives up, and its measure in tests. */
export function decodeExactly(
  type: MessageType,
  buf: Uint8Array,
  start: number,
  end: number,
  options: DecodeOptions,
): DecodedMessage {
  const reader = new TreeReader(buf, start, end, options.limits);
  const tree = reader.read(type, start, end, options.limits.maxProtobufDepth);
  const json = new TreeWriter(reader, options.schema, options.emitDefaults).write(tree);
  return { json, complete: reader.complete, problems: reader.list.problems, unknown: reader.unknown };
}
