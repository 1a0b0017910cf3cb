/** Builds HTTP/1.1 messages for tests. */
import { ascii, concat } from "./frames.js";

type Fields = Readonly<Record<string, string>>;

function head(startLine: string, fields: Fields): Uint8Array {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return ascii(`${startLine}\r\n${lines.join("")}\r\n`);
}

/** With Content-Length, unless the fields tell another length. */
function whole(startLine: string, fields: Fields, body: Uint8Array): Uint8Array {
  const hasLength = "transfer-encoding" in fields || "content-length" in fields;
  return concat(head(startLine, hasLength ? fields : { ...fields, "content-length": String(body.length) }), body);
}

export function post(path: string, fields: Fields, body: Uint8Array): Uint8Array {
  return whole(`POST ${path} HTTP/1.1`, { host: "localhost:8080", ...fields }, body);
}

export function get(target: string, fields: Fields = {}): Uint8Array {
  return head(`GET ${target} HTTP/1.1`, { host: "localhost:8080", ...fields });
}

export function reply(status: number, fields: Fields, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  return whole(`HTTP/1.1 ${status} X`, fields, body);
}

/** A response in chunks, one for each piece. */
export function chunked(status: number, fields: Fields, ...pieces: Uint8Array[]): Uint8Array {
  return reply(status, { ...fields, "transfer-encoding": "chunked" }, concat(...pieces.map(chunk), ascii("0\r\n\r\n")));
}

export function chunk(bytes: Uint8Array): Uint8Array {
  return concat(ascii(`${bytes.length.toString(16)}\r\n`), bytes, ascii("\r\n"));
}
