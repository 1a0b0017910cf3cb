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

/** A buffer that one large message made larger than this is not kept for the next. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

const toBytes = new Transcoder();
let toText = new Transcoder();

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
  const length = options.emitDefaults ? -1 : toText.transcode(type, buf, start, end, options, 0);
  if (length < 0) return decodeExactly(type, buf, start, end, options);
  const { out } = toText.writer;
  if (out.length > MAX_KEPT_BYTES) toText = new Transcoder();
  const { complete, problems, unknown } = NOTHING_TO_NOTE;
  return { json: decodeUtf8(out, 0, length), complete, problems, unknown };
}

/** The same, with the JSON appended to `out`: no string is made where the message is as serializers write it. */
export function writeMessage(
  type: MessageType,
  buf: Uint8Array,
  start: number,
  end: number,
  options: DecodeOptions,
  out: ByteWriter,
): DecodeNotes {
  toBytes.writer.use(out.bytes);
  const length = options.emitDefaults ? -1 : toBytes.transcode(type, buf, start, end, options, out.length);
  if (length >= 0) {
    out.adopt(toBytes.writer.out, length);
    return NOTHING_TO_NOTE;
  }
  const decoded = decodeExactly(type, buf, start, end, options);
  out.text(decoded.json);
  return decoded;
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
