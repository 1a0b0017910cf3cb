/**
 * Whether a request is one of the Connect protocol (connectrpc.com/docs/protocol), and how its messages are written.
 *
 * Streams say so by their content type, application/connect+codec. Unary calls look like any POST of application/json: they are
 * taken for Connect with the header connect-protocol-version, or where the path names a method of the schema, or where protobuf
 * (application/proto) is sent to a path of the form /package.Service/Method. A GET is one with the query parameter connect=v1, or with
 * encoding and message where the path names a method of the schema.
 */
export interface ConnectContentType {
  readonly streaming: boolean;
  /** "proto", "json", … */
  readonly codec: string;
}

/** null: neither a Connect stream nor anything that a unary call could be. */
export function parseConnectContentType(value: string): ConnectContentType | null {
  const match = /^application\/(connect\+)?([a-z0-9._-]+)\s*(?:;.*)?$/i.exec(value.trim());
  return match === null ? null : { streaming: match[1] !== undefined, codec: match[2].toLowerCase() };
}

/** What a unary request says of itself; null for a header that it has not. */
export interface UnaryEvidence {
  readonly version: string | null;
  readonly path: string;
  readonly codec: string;
  readonly methodKnown: boolean;
}

export function isUnaryConnect({ version, path, codec, methodKnown }: UnaryEvidence): boolean {
  if (version !== null) return true;
  if (codec !== "proto" && codec !== "json") return false;
  return methodKnown || (codec === "proto" && /\/[A-Za-z_][\w.]*\.[A-Za-z_]\w*\/[A-Za-z_]\w*$/.test(path));
}
