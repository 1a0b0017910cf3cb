/** Header fields → lines of the text format. "-bin" values are shown decoded: as what their name says they are, else as bytes. */

import { formatHex } from "../bytes/hex.js";
import type { Call } from "../call/call.js";
import { shownName, shownValue } from "../call/header-texts.js";
import { allMetadataBytes, isBinaryName } from "../grpc/binary-metadata.js";
import type { HeaderField } from "../hpack/header-field.js";
import { decodeMessage } from "../protobuf/decode.js";
import { escapeText, quoteText } from "./escape.js";
import { noPaint } from "./paint.js";
import type { TextOptions } from "./text.js";
import { bytesText, layOut, messageNodes } from "./text-value.js";

const INDENT = "    ";

/** Values of one "-bin" field that are shown; the others are counted. */
const MAX_VALUES = 20;

/** A title and a line for each field; nothing where the block was never seen. */
export function headerLines(
  title: string,
  call: Call,
  fields: readonly HeaderField[] | null,
  { paint }: TextOptions,
): string[] {
  if (fields === null) return [];
  const lines = fields.map((field) => `${INDENT}  ${escapeText(shownName(field))}: ${headerValueText(call, field)}`);
  return [`${INDENT}${paint("dim", title)}`, ...lines.map((line) => paint("dim", line))];
}

function headerValueText(call: Call, field: HeaderField): string {
  const value = shownValue(field);
  if (value === null) return `?${field.placeholder} (never seen)`;
  if (!isBinaryName(field.name)) return `${quoteText(value)}${field.valueSource === "inferred" ? " (inferred)" : ""}`;
  const all = allMetadataBytes(field);
  const values = all
    .slice(0, MAX_VALUES)
    .map(({ text, bytes }) =>
      bytes === null ? `${quoteText(text)} (no base64)` : binaryText(call, field.name, bytes),
    );
  if (all.length > MAX_VALUES) values.push(`… ${all.length - MAX_VALUES} more`);
  return values.join(", ");
}

/** "google.rpc.retryinfo-bin": grpc-java's ProtoUtils names a key after the message in it; HTTP/2 has it in lower case. */
const NAMED_AFTER_MESSAGE = new Map(
  ["ErrorInfo", "RetryInfo", "DebugInfo", "QuotaFailure", "PreconditionFailure", "BadRequest"]
    .concat(["RequestInfo", "ResourceInfo", "Help", "LocalizedMessage", "Status"])
    .map((name) => [`google.rpc.${name.toLowerCase()}-bin`, `google.rpc.${name}`]),
);

function binaryText(call: Call, name: string, bytes: Uint8Array): string {
  if (name === "grpc-trace-bin") return traceText(bytes) ?? bytesText(bytes);
  const typeName = name.endsWith("-details-bin") ? "google.rpc.Status" : NAMED_AFTER_MESSAGE.get(name);
  const type = typeName === undefined ? null : call.context.schema.message(typeName);
  if (type === null) return bytesText(bytes);
  const { json, complete } = decodeMessage(type, bytes, 0, bytes.length, call.context);
  if (!complete) return bytesText(bytes);
  return layOut(
    [{ open: `${escapeText(type.fullName)} {`, children: messageNodes(type, JSON.parse(json), noPaint), close: "}" }],
    "",
    Infinity,
  )[0];
}

const TRACE_LENGTH = 29;

/**
 * OpenCensus BinaryEncoding of a trace context: version 0; field 0, 16 bytes of trace id; field 1, 8 bytes of span id; field 2, options,
 * of which bit 0 says that it is sampled.
 */
function traceText(bytes: Uint8Array): string | null {
  const isTrace =
    bytes.length === TRACE_LENGTH && bytes[0] === 0 && bytes[1] === 0 && bytes[18] === 1 && bytes[27] === 2;
  if (!isTrace) return null;
  const sampled = (bytes[28] & 1) === 1 ? "sampled" : "not sampled";
  return `trace ${formatHex(bytes.subarray(2, 18))} span ${formatHex(bytes.subarray(19, 27))} ${sampled}`;
}
