/** A head of HTTP/1.1, or the trailers in a body of gRPC-Web (http1/parse-head.ts) → a part for each line, its line end included. */
import { decodeUtf8 } from "../bytes/text.js";
import type { BodyPart } from "./body-part.js";
import type { Part } from "./span.js";

const LF = 10;

/** `startLine`: what the first line is called; null: it is a field like the others. */
export function* lineParts(bytes: Uint8Array, startLine: string | null): Generator<BodyPart> {
  let isFirst = startLine !== null;
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(LF, start);
    const end = found < 0 ? bytes.length : found + 1;
    const line = decodeUtf8(bytes, start, end).trim();
    const isStart = isFirst && line !== "";
    yield { start, end, part: isStart ? startPart(startLine!, line) : fieldPart(line) };
    if (isStart) isFirst = false;
    start = end;
  }
}

function startPart(name: string, line: string): Part {
  return { layer: "http1", role: "start line", name, json: JSON.stringify(line), text: line, note: name, depth: 0 };
}

function fieldPart(line: string): Part {
  if (line === "") return { layer: "http1", role: "end", name: null, json: "null", text: "end of the lines", depth: 0 };
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
  const json = JSON.stringify(line.slice(colon + 1).trim());
  return { layer: "http1", role: "field", name: colon > 0 ? name : null, json, text: `${name}: ${json}`, depth: 0 };
}
