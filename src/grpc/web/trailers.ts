/** The trailers that a gRPC-Web body ends with (gRPC PROTOCOL-WEB): HTTP/1 header lines, names in lower case, without an empty line. */
import { decodeUtf8 } from "../../bytes/text.js";

/** The most significant bit of the flag marks trailers. */
export const TRAILERS_FLAG = 0x80;

export interface WebTrailers {
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** False: lines were left out, as they are no fields, cut, or too many. */
  readonly complete: boolean;
}

/** `isWhole`: nothing of the block is missing, so that its last line may lack a line end. */
export function parseWebTrailers(
  bytes: Uint8Array,
  isWhole: boolean,
  maxBytes: number,
  maxFields: number,
): WebTrailers {
  const taken = Math.min(bytes.length, maxBytes);
  const lines = decodeUtf8(bytes, 0, taken).split("\n");
  const last = lines.pop()!;
  const wholeEnd = isWhole && taken === bytes.length;
  if (wholeEnd) lines.push(last);
  let complete = wholeEnd;
  const fields: (readonly [string, string])[] = [];
  for (const line of lines) {
    const text = line.trim();
    if (text === "") continue;
    const colon = text.indexOf(":");
    if (colon <= 0 || fields.length >= maxFields) complete = false;
    else fields.push([text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()]);
  }
  return { fields, complete };
}
