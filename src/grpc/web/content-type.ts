/**
 * What a `content-type` says of gRPC-Web (gRPC PROTOCOL-WEB): `application/grpc-web[+codec]`, or `application/grpc-web-text[+codec]`,
 * where the body is base64.
 */
export interface WebContentType {
  readonly text: boolean;
  /** "proto" (also when none is named), "json", … */
  readonly codec: string;
}

/** null: not gRPC-Web. */
export function parseWebContentType(value: string): WebContentType | null {
  const match = /^application\/grpc-web(-text)?(?:\+([^;\s]+))?\s*(?:;.*)?$/i.exec(value.trim());
  return match === null ? null : { text: match[1] !== undefined, codec: match[2]?.toLowerCase() ?? "proto" };
}
