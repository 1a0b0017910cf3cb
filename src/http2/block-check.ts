/** A header block held against the rules of its message, and against what the peer takes. */
import type { Side } from "../bytes/byte-stream-sink.js";
import type { FrameReader } from "./frame-reader.js";
import { type BlockKind, fieldsFault } from "./header-rules.js";
import type { HeaderBlock } from "./observer.js";
import { MAX_HEADER_LIST_SIZE } from "./settings.js";
import type { Shared } from "./shared.js";
import type { Stream } from "./stream.js";

/** Holds a block against RFC 9113 §8, and counts it. */
export function checkBlock(
  shared: Shared,
  frame: FrameReader,
  stream: Stream,
  side: Side,
  block: HeaderBlock,
  endStream: boolean,
): void {
  const { fields, complete, memo } = block;
  const before = side === 0 ? stream.clientBlocks : stream.serverBlocks;
  const kind: BlockKind = before > 0 ? "trailers" : side === 0 ? "request" : "response";
  const status = side === 1 && fields.length > 0 && fields[0].name === ":status" ? fields[0].value : "";
  // §8.1: "one or more … interim (1xx) responses" precede the response
  const interim = status.length === 3 && status.startsWith("1") && !endStream;
  if (!interim) {
    if (side === 0) stream.clientBlocks++;
    else stream.serverBlocks++;
  }
  checkListSize(shared, frame);
  if (stream.doubtful) return;
  const heldAs = interim ? "response" : kind;
  const rule = memo !== null && memo.faultlessAs === heldAs ? "" : fieldsFault(fields, heldAs, complete);
  if (memo !== null && rule === "") memo.faultlessAs = heldAs;
  if (rule !== "") shared.fault("HTTP2_MESSAGE_MALFORMED", frame, { rule });
  // §8.1: "A HEADERS frame … that does not have END_STREAM set" after the first is malformed, as "trailers" end the message
  else if (kind === "trailers" && !endStream && complete)
    shared.fault("HTTP2_MESSAGE_MALFORMED", frame, { rule: "trailers do not end the stream" });
}

/** §6.5.2: SETTINGS_MAX_HEADER_LIST_SIZE "informs a peer of the maximum field section size that the sender is prepared to accept". */
function checkListSize(shared: Shared, frame: FrameReader): void {
  const { side } = frame;
  const allowed = shared.settings[1 - side].values.get(MAX_HEADER_LIST_SIZE);
  const bytes = shared.hpack[side].listBytes;
  if (allowed !== undefined && bytes > allowed) shared.fault("HTTP2_HEADER_LIST_SIZE", frame, { bytes, allowed });
}
