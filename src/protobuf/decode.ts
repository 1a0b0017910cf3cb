/** A message body → canonical ProtoJSON, with all that the JSON cannot tell next to it. */
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

export interface DecodedMessage {
  /** Canonical ProtoJSON text. */
  readonly json: string;
  /** The same as UTF-8; borrowed, good until the next message is decoded. */
  readonly utf8: Uint8Array;
  /** `json` accounts for every byte. False: something was unknown, damaged, overwritten or cut; the raw bytes should be shown. */
  readonly complete: boolean;
  readonly problems: readonly DecodeProblem[];
  /** Records that the schema does not explain, with `in` telling the type of the message that they stood in. */
  readonly unknown: readonly FieldReading[];
}

const NOTHING: readonly never[] = [];
const transcoder = new Transcoder();
const encoder = new TextEncoder();

/** What the transcoder made of a message: text only when somebody asks for text. */
class Transcoded implements DecodedMessage {
  readonly complete = true;
  readonly problems = NOTHING;
  readonly unknown = NOTHING;

  constructor(readonly utf8: Uint8Array) {}

  get json(): string {
    return decodeUtf8(this.utf8, 0, this.utf8.length);
  }
}

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
  const { limits, schema } = options;
  if (!options.emitDefaults) {
    const { maxProtobufDepth, maxProtobufFields } = limits;
    const length = transcoder.transcode(type, buf, start, end, maxProtobufDepth, maxProtobufFields, schema);
    if (length >= 0) {
      return new Transcoded(transcoder.writer.out.subarray(0, length));
    }
  }
  return decodeExactly(type, buf, start, end, options);
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
  const { complete, list, unknown } = reader;
  return { json, utf8: encoder.encode(json), complete, problems: list.problems, unknown };
}
