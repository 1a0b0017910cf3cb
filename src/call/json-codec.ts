/** A message whose codec is JSON (`application/grpc+json`) → its text on one line, as it stands: numbers keep all their digits. */
import { decodeUtf8Strict } from "../bytes/text.js";

/** null: no JSON (RFC 8259), or arrays and objects in each other deeper than `maxDepth`. */
export function compactJson(body: Uint8Array, maxDepth: number): string | null {
  const text = decodeUtf8Strict(body, 0, body.length);
  const compact = text === null ? null : withoutSpace(text, maxDepth);
  if (text === null || compact === null) return null;
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  return compact;
}

/** Takes off the whitespace outside of strings; of a text that is no JSON, anything. */
function withoutSpace(text: string, maxDepth: number): string | null {
  let compact = "";
  let copied = 0;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) inString = !inString;
    else if (inString) i += code === 0x5c ? 1 : 0;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) return null;
    } else if (code === 0x5d || code === 0x7d) depth--;
    else if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      compact += text.slice(copied, i);
      copied = i + 1;
    }
  }
  return compact + text.slice(copied);
}
